//! The table against a component in miniature: what is recalled is what would be decided.

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::request::RequestHead;

fn view(path: &str, query: Option<&str>, fields: &[(&'static str, &str)]) -> RequestView {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a valid value"));
    }
    RequestView { head: Arc::new(RequestHead::composed("a", path, query, map)), widths: Arc::from([]), now: 100 }
}

/// A component in miniature: what it reads depends on what it read.
fn reads(view: &RequestView) -> Vec<Read> {
    let ask = |getter: Getter| Read { answer: getter.answer(view).into_owned(), getter };
    let mut reads = vec![ask(Getter::Path)];
    if view.head.path().ends_with('x') {
        reads.push(ask(Getter::Query));
        if view.head.query() == Some("auto") {
            reads.push(ask(Getter::Header(HeaderName::from_static("accept"))));
        }
    }
    reads
}

fn decide(table: &Remembered<String>, generation: Generation, view: &RequestView) -> (Arc<String>, bool) {
    if let Some(decision) = table.recall(generation, view) {
        return (decision, true);
    }
    let reads = reads(view);
    let decision = Arc::new(format!("{reads:?}"));
    table.remember(generation, &reads, Arc::clone(&decision), decision.len());
    (decision, false)
}

proptest! {
    #[test]
    fn a_remembered_decision_is_the_one_that_would_be_made(
        requests in prop::collection::vec(("/[abx]{1,2}", prop::option::of("auto|[ab]"), "[pq]", "[pq]"), 1..80),
        budget in prop::sample::select(vec![4_000usize, 60_000, 1_000_000]),
    ) {
        let table = Remembered::new(budget);
        let generation = Generation::of(&[b"one"]);
        for (path, query, accept, unread) in requests {
            let view = view(&path, query.as_deref(), &[("accept", &accept), ("x-unread", &unread)]);
            let (decision, _) = decide(&table, generation, &view);
            prop_assert_eq!(decision.as_str(), format!("{:?}", reads(&view)));
        }
        prop_assert!(table.usage().0 <= budget);
    }
}

#[test]
fn what_was_not_read_is_not_asked_again() {
    let table = Remembered::new(100_000);
    let generation = Generation::of(&[b"one"]);
    let first = decide(&table, generation, &view("/x", Some("a"), &[("accept", "p")]));
    let second = decide(&table, generation, &view("/x", Some("a"), &[("accept", "q"), ("cookie", "z")]));
    assert_eq!((first.1, second.1), (false, true));
    assert!(Arc::ptr_eq(&first.0, &second.0));
}

#[test]
fn another_generation_finds_nothing() {
    let table = Remembered::new(100_000);
    let view = view("/a", None, &[]);
    decide(&table, Generation::of(&[b"one"]), &view);
    assert!(table.recall(Generation::of(&[b"two"]), &view).is_none());
}

#[test]
fn a_flood_of_decisions_used_once_does_not_push_out_those_used_twice() {
    let table = Remembered::new(400_000);
    let generation = Generation::of(&[b"one"]);
    let known: Vec<_> = (0..100).map(|n| view(&format!("/known{n}x"), Some("a"), &[])).collect();
    for _ in 0..3 {
        known.iter().for_each(|view| drop(decide(&table, generation, view)));
    }
    for n in 0..20_000 {
        decide(&table, generation, &view(&format!("/odd{n}"), None, &[]));
    }
    let forgotten = known.iter().filter(|view| table.recall(generation, view).is_none()).count();
    assert_eq!(forgotten, 0);
    assert!(table.usage().0 <= 400_000);
}

#[test]
fn the_passing_of_time_is_an_answer_like_any_other() {
    let table = Remembered::new(10_000);
    let generation = Generation::of(&[b"one"]);
    let mut view = view("/a", None, &[]);
    let getter = Getter::IsPast(200);
    let read = Read { answer: getter.answer(&view).into_owned(), getter };
    table.remember(generation, &[read], Arc::new("before".to_owned()), 6);
    assert!(table.recall(generation, &view).is_some());
    view.now = 201;
    assert!(table.recall(generation, &view).is_none());
}
