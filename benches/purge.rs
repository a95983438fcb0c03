//! What a purge costs: a tag that 100,000 stored responses have, and the lookups that come after it.
//!
//! A purge should take effect in less than 1 ms, however much it hits. What it hits is found out at its next lookup, so
//! those are measured too: the first thousand after a purge that hits them, after one that does not, and without any.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderMap, StatusCode};
use lucarne::cache::{
    CacheKey, Constraints, Fields, Freshness, KeyBuilder, Lookup, MemoryCache, Prepared, Purge, PurgeMark, PurgeStamp,
    Purges, Selection, Shelf, StoredResponse, Validation,
};
use lucarne::clock::Clock;

criterion_group!(benches, purged, looked_up);
criterion_main!(benches);

const MEMBERS: usize = 100_000;
const NEXT: usize = 1000;
const SITE: &str = "img.example.com";

struct Stage {
    purges: Arc<Purges>,
    cache: MemoryCache,
    now: Instant,
}

impl Stage {
    /// A cache in which so many responses have the tag `all`, and seven others.
    fn with_members() -> Self {
        let purges = Arc::new(Purges::default());
        let cache = MemoryCache::new(1 << 30, Arc::clone(&purges));
        let stage = Self { purges, cache, now: Clock::default().now().instant };
        (0..MEMBERS).for_each(|member| stage.store(member));
        assert!(stage.cache.usage(Shelf::Responses).1 >= MEMBERS * 99 / 100);
        stage
    }

    fn store(&self, member: usize) {
        let tags: Vec<String> = (0..7).map(|tag| format!("{tag} of {member}")).chain(["all".to_owned()]).collect();
        let stamp = PurgeStamp::of_target(self.purges.current(), SITE, &key(member), &tags);
        let freshness = Freshness {
            requested: self.now,
            initial_age: Duration::ZERO,
            lifetime: Duration::from_hours(24),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            validation: Validation::WhenStale,
        };
        let response = StoredResponse {
            status: StatusCode::OK,
            fields: Fields::default(),
            body: Bytes::from_static(&[0; 1000]).into(),
            freshness,
            source: None,
            stamp,
            prepared: Prepared::default(),
        };
        self.cache.store(Shelf::Responses, &key(member), &Selection::only(&key(member)), Arc::new(response));
    }

    fn purge(&self, tag: &str) {
        self.purges.purge(Purge::Hard, vec![PurgeMark::tag(Some(SITE), tag)]);
    }

    /// Looks the first members up; says how many are fresh.
    fn look_up(&self) -> usize {
        let (fields, constraints) = (HeaderMap::new(), Constraints::default());
        let is_fresh = |member: &usize| {
            let found = self.cache.lookup(Shelf::Responses, &key(*member), &fields, &constraints, self.now).1;
            matches!(found, Lookup::Fresh(_))
        };
        (0..NEXT).filter(is_fresh).count()
    }
}

fn key(member: usize) -> CacheKey {
    KeyBuilder::new("pass").part(SITE).part(member.to_le_bytes()).build()
}

fn purged(criterion: &mut Criterion) {
    let stage = Stage::with_members();
    criterion
        .bench_function("purge/tag with 100,000 members", |bencher| bencher.iter(|| stage.purge(black_box("all"))));
}

fn looked_up(criterion: &mut Criterion) {
    let stage = Stage::with_members();
    let mut group = criterion.benchmark_group("purge/next 1,000 lookups");
    group.throughput(Throughput::Elements(NEXT as u64));
    group.bench_function("nothing was purged", |bencher| {
        bencher.iter(|| assert_eq!(stage.look_up(), NEXT));
    });
    group.bench_function("something else was purged", |bencher| {
        bencher.iter_batched(|| stage.purge("else"), |()| assert_eq!(stage.look_up(), NEXT), BatchSize::PerIteration);
    });
    group.bench_function("they were purged", |bencher| {
        let prepare = || {
            (0..NEXT).for_each(|member| stage.store(member));
            stage.purge("all");
        };
        bencher.iter_batched(prepare, |()| assert_eq!(stage.look_up(), 0), BatchSize::PerIteration);
    });
    group.finish();
}
