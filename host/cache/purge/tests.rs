//! The store under purges, held against a model that remembers every purge and looks through all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::cache::{
    Constraints, Fields, Freshness, KeyBuilder, Lookup, MemoryCache, Prepared, Selection, Shelf, StoredResponse,
    Validation,
};
use crate::clock::Clock;

const TARGETS: usize = 4;
const SITES: [&str; 2] = ["a", "b"];
const TAGS: [&str; 3] = ["x", "y", "z"];

fn site(target: usize) -> &'static str {
    SITES[target % 2]
}

/// The tags of a target: none, one or two of three.
fn tags(target: usize) -> Vec<String> {
    TAGS.iter().take(target).skip(target / 3).map(ToString::to_string).collect()
}

fn key(target: usize) -> CacheKey {
    KeyBuilder::new("t").part([u8::try_from(target).expect("a small number")]).build()
}

fn response(stamp: PurgeStamp, validation: Validation, now: Instant) -> Arc<StoredResponse> {
    let freshness = Freshness {
        requested: now,
        initial_age: Duration::ZERO,
        lifetime: Duration::from_secs(60),
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        validation,
    };
    Arc::new(StoredResponse {
        status: StatusCode::OK,
        fields: Fields::default(),
        body: bytes::Bytes::from_static(b"body").into(),
        freshness,
        source: None,
        stamp,
        prepared: Prepared::default(),
    })
}

#[derive(Debug, Clone, Copy)]
enum Named {
    Target(usize),
    Tag(Option<usize>, usize),
    Site(usize),
    Everything,
}

#[derive(Debug, Clone)]
enum Step {
    Begin(usize),
    /// The fetch that was begun so many steps ago, modulo how many there are.
    Store(usize),
    Purge(Purge, Vec<Named>),
    Lookup(usize),
    Sweep,
    MakeRoom,
}

impl Named {
    fn mark(self) -> PurgeMark {
        match self {
            Self::Target(target) => PurgeMark::target(site(target), &key(target)),
            Self::Tag(on, tag) => PurgeMark::tag(on.map(|on| SITES[on]), TAGS[tag]),
            Self::Site(on) => PurgeMark::site(SITES[on]),
            Self::Everything => PurgeMark::EVERYTHING,
        }
    }

    fn covers(self, target: usize) -> bool {
        match self {
            Self::Target(named) => named == target,
            Self::Tag(on, tag) => {
                on.is_none_or(|on| SITES[on] == site(target)) && tags(target).iter().any(|has| has == TAGS[tag])
            }
            Self::Site(on) => SITES[on] == site(target),
            Self::Everything => true,
        }
    }
}

/// What is stored, and every purge there was.
#[derive(Default)]
struct Model {
    purges: Vec<(Purge, Vec<Named>)>,
    /// By target: after how many purges the fetch began.
    stored: [Option<usize>; TARGETS],
}

impl Model {
    fn verdict(&self, target: usize, began: usize) -> Option<Purge> {
        let hits = |(_, names): &&(Purge, Vec<Named>)| names.iter().any(|name| name.covers(target));
        let mut hit = self.purges.iter().skip(began).filter(hits).map(|(purge, _)| *purge).peekable();
        hit.peek()?;
        Some(if hit.any(|purge| purge == Purge::Hard) { Purge::Hard } else { Purge::Soft })
    }

    fn store(&mut self, target: usize, began: usize) {
        if self.verdict(target, began) != Some(Purge::Hard) && self.stored[target].is_none_or(|known| known <= began) {
            self.stored[target] = Some(began);
        }
    }

    /// Began when, and purged how.
    fn lookup(&mut self, target: usize) -> Option<(usize, Option<Purge>)> {
        let began = self.stored[target]?;
        match self.verdict(target, began) {
            Some(Purge::Hard) => {
                self.stored[target] = None;
                None
            }
            verdict => Some((began, verdict)),
        }
    }
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![
        8 => (0..TARGETS).prop_map(Named::Target),
        8 => (proptest::option::of(0..SITES.len()), 0..TAGS.len()).prop_map(|(on, tag)| Named::Tag(on, tag)),
        2 => (0..SITES.len()).prop_map(Named::Site),
        1 => Just(Named::Everything),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let purge = prop_oneof![Just(Purge::Hard), Just(Purge::Soft)];
    prop_oneof![
        4 => (0..TARGETS).prop_map(Step::Begin),
        4 => (0usize..3).prop_map(Step::Store),
        2 => (purge, proptest::collection::vec(named(), 1..3)).prop_map(|(purge, names)| Step::Purge(purge, names)),
        6 => (0..TARGETS).prop_map(Step::Lookup),
        1 => Just(Step::Sweep),
        1 => Just(Step::MakeRoom),
    ]
}

/// Does the same to a store and to the model; a table of so many names.
fn held_against_the_model(steps: Vec<Step>, capacity: usize, exact: bool) -> Result<(), TestCaseError> {
    let now = Clock::default().now().instant;
    let purges = Arc::new(Purges::new(capacity));
    let store = MemoryCache::new(1 << 20, Arc::clone(&purges));
    let mut model = Model::default();
    let mut fetches = Vec::new();
    for step in steps {
        match step {
            Step::Begin(target) => fetches.push((target, purges.current(), model.purges.len())),
            Step::Store(back) => {
                let Some(&(target, began, purges_before)) = fetches.iter().rev().cycle().nth(back) else { continue };
                let stamp = PurgeStamp::of_target(began, site(target), &key(target), &tags(target));
                let response = response(stamp, Validation::WhenStale, now);
                store.store(Shelf::Responses, &key(target), &Selection::only(&key(target)), response);
                model.store(target, purges_before);
            }
            Step::Purge(purge, names) => {
                purges.purge(purge, names.iter().map(|name| name.mark()).collect());
                model.purges.push((purge, names));
            }
            Step::Lookup(target) => {
                let fields = HeaderMap::new();
                let found = store.lookup(Shelf::Responses, &key(target), &fields, &Constraints::default(), now).1;
                let expected = model.lookup(target);
                let began = |response: &Arc<StoredResponse>| response.stamp.began();
                match (&found, expected) {
                    (Lookup::Fresh(response), Some((_, None))) | (Lookup::Stale(response), Some((_, Some(_)))) => {
                        let sequence = expected.map(|(began, _)| began as u64);
                        prop_assert!(!exact || Some(began(response).0) == sequence);
                    }
                    (Lookup::Miss(_), None) => {}
                    // A table that had to merge purges too much: a miss for what is there, or stale for fresh.
                    (Lookup::Miss(_) | Lookup::Stale(_), Some(_)) if !exact => {}
                    _ => prop_assert!(false, "{found:?} and not {expected:?} for {target}"),
                }
                if !exact && matches!(found, Lookup::Miss(_)) {
                    model.stored[target] = None;
                }
            }
            Step::Sweep => drop(store.sweep()),
            Step::MakeRoom => purges.make_room(store.sweep()),
        }
        prop_assert!(purges.names() <= capacity);
    }
    Ok(())
}

proptest! {
    /// Fault 62: a fetch that began before a purge is never visible after it, whenever it is stored.
    #[test]
    fn the_store_serves_what_was_not_purged_since_its_fetch_began(
        steps in proptest::collection::vec(step().prop_filter("purges", |step| !matches!(step, Step::MakeRoom)), 1..120)
    ) {
        held_against_the_model(steps, 1000, true)?;
    }

    #[test]
    fn a_full_table_purges_too_much_and_never_too_little(steps in proptest::collection::vec(step(), 1..120)) {
        held_against_the_model(steps, 3, false)?;
    }

    #[test]
    fn what_is_resumed_purges_what_was_purged(steps in proptest::collection::vec(step(), 1..60)) {
        let purges = Purges::new(1000);
        let mut model = Model::default();
        for step in steps {
            if let Step::Purge(purge, names) = step {
                purges.purge(purge, names.iter().map(|name| name.mark()).collect());
                model.purges.push((purge, names));
            }
        }
        let start = Sequence::of_run(0, purges.current()).expect("the run can be numbered");
        let resumed = Purges::resumed(start, purges.records());
        for target in 0..TARGETS {
            for began in 0..=model.purges.len() {
                let stamp = PurgeStamp::of_target(Sequence(began as u64), site(target), &key(target), &tags(target));
                prop_assert_eq!(resumed.verdict(&stamp), model.verdict(target, began), "{} {}", target, began);
            }
        }
    }

    #[test]
    fn a_name_is_read_as_it_was_written(bytes: [u8; PurgeName::LENGTH]) {
        if let Some(name) = PurgeName::from_bytes(&bytes) {
            prop_assert_eq!(name.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_soft_purge_lets_be_served_only_what_may_be_stale() {
    let now = Clock::default().now().instant;
    let max_age = Constraints { max_age: Some(Duration::from_secs(30)), ..Constraints::default() };
    let min_fresh = Constraints { min_fresh: Some(Duration::ZERO), ..Constraints::default() };
    let max_stale = Constraints { max_stale: Some(Duration::MAX), ..Constraints::default() };
    let table = [
        (Validation::WhenStale, Constraints::default(), true),
        (Validation::WhenStale, max_stale, true),
        (Validation::WhenStale, max_age, false),
        (Validation::WhenStale, min_fresh, false),
        (Validation::WhenStaleAlways, Constraints::default(), false),
        (Validation::EachTime, Constraints::default(), false),
    ];
    for (validation, constraints, served) in table {
        let purges = Arc::new(Purges::default());
        let store = MemoryCache::new(1 << 20, Arc::clone(&purges));
        let stamp = PurgeStamp::of_target(purges.current(), "a", &key(0), &[]);
        store.store(Shelf::Responses, &key(0), &Selection::only(&key(0)), response(stamp, validation, now));
        purges.purge(Purge::Soft, vec![PurgeMark::site("a")]);
        match store.lookup(Shelf::Responses, &key(0), &HeaderMap::new(), &constraints, now).1 {
            Lookup::Stale(_) => assert!(served, "{validation:?} {constraints:?}"),
            Lookup::Expired(_) => assert!(!served, "{validation:?} {constraints:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_claims_to_be_of_the_future_is_not_valid() {
    let purges = Purges::default();
    let stamp = PurgeStamp::of_target(purges.current().next(), "a", &key(0), &[]);
    assert_eq!(purges.verdict(&stamp), Some(Purge::Hard));
}

/// What is older than all that is stored makes room. A fetch that is still under way may be older, and counts as
/// purged.
#[test]
fn purges_that_can_hit_nothing_any_more_make_room() {
    let purges = Arc::new(Purges::new(160));
    let store = MemoryCache::new(1 << 20, Arc::clone(&purges));
    let under_way = PurgeStamp::of_target(purges.current(), "a", &key(0), &[]);
    let tag = |tag: u32| purges.purge(Purge::Hard, vec![PurgeMark::tag(Some("a"), &tag.to_string())]);
    (0..100).for_each(|number| drop(tag(number)));
    let stored = PurgeStamp::of_target(purges.current(), "a", &key(1), &["120".to_owned()]);
    let now = Clock::default().now().instant;
    let response = response(stored.clone(), Validation::WhenStale, now);
    store.store(Shelf::Responses, &key(1), &Selection::only(&key(1)), response);
    (100..120).for_each(|number| drop(tag(number)));
    assert!(!purges.is_crowded());
    purges.make_room(store.sweep());
    assert_eq!(purges.names(), 20);
    assert_eq!(purges.verdict(&stored), None);
    assert_eq!(purges.verdict(&under_way), Some(Purge::Hard));
    tag(120);
    assert_eq!(purges.verdict(&stored), Some(Purge::Hard));
    assert_eq!(store.sweep(), None, "what was purged is removed");
    purges.make_room(None);
    assert_eq!(purges.names(), 0);
}

#[test]
fn a_full_table_stands_for_its_older_half_with_purges_of_their_sites() {
    let purges = Purges::new(10);
    let began = purges.current();
    for number in 0..=10 {
        purges.purge(Purge::Soft, vec![PurgeMark::tag(Some("a"), &number.to_string())]);
    }
    assert_eq!(purges.names(), 6, "five tags and a site");
    let of_site = |site, began| purges.verdict(&PurgeStamp::of_target(began, site, &key(0), &[]));
    assert_eq!(of_site("a", began), Some(Purge::Soft));
    assert_eq!(of_site("a", Sequence(6)), None, "fetched after what was merged");
    assert_eq!(of_site("b", began), None);
    for number in 0..=10 {
        purges.purge(Purge::Hard, vec![PurgeMark::site(&number.to_string())]);
    }
    assert!(purges.names() <= 10);
    assert_eq!(of_site("b", began), Some(Purge::Hard), "more sites than names are remembered");
}

#[test]
fn a_purge_of_everything_forgets_what_it_covers() {
    let purges = Purges::default();
    for tag in ["x", "y"] {
        purges.purge(Purge::Hard, vec![PurgeMark::tag(None, tag)]);
    }
    purges.purge(Purge::Hard, vec![PurgeMark::EVERYTHING]);
    assert_eq!(purges.names(), 0);
}
