//! Hit ratios of the node's memory tier and of LRU over one workload, what theory says of it, and what a scan does.
//!
//! `tests/hit_ratio.rs` plays the same in small.

mod oracle;
mod stores;
mod workload;

use stores::{Lru, NodeCache};
use workload::{Population, real};

pub(crate) use workload::Sizes;

/// What is played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trial {
    /// How many objects there are. The cache holds a tenth of their bytes.
    pub(crate) objects: usize,
    /// Of Zipf's law.
    pub(crate) alpha: f64,
    pub(crate) sizes: Sizes,
    /// How many requests count. Half as many come before, to fill the cache.
    pub(crate) requests: usize,
    pub(crate) seed: u64,
}

/// Shares of requests that hit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratios {
    /// The node's memory tier.
    pub(crate) node: f64,
    /// Plain LRU.
    pub(crate) lru: f64,
    /// What LRU should have, by Che's approximation.
    pub(crate) che: f64,
    /// What no cache can exceed that does not see the future.
    pub(crate) optimum: f64,
}

/// Hit ratios of the hot set around a scan: of those objects that the static optimum would hold. In a turnover as many
/// objects are scanned as the cache has entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan {
    pub(crate) before: f64,
    /// Of the first turnover of the scan.
    pub(crate) at_first: f64,
    /// Of the rest of the scan.
    pub(crate) during: f64,
    /// Of the turnover that follows the scan.
    pub(crate) after: f64,
}

/// A share that is counted.
#[derive(Default)]
struct Count {
    hits: usize,
    asked: usize,
}

impl Trial {
    /// The reference: 10,000 objects of one size, α 0.9.
    pub(crate) const REFERENCE: Self =
        Self { objects: 10_000, alpha: 0.9, sizes: Sizes::Equal, requests: 2_000_000, seed: 1 };

    /// Plays it on both caches.
    pub(crate) fn play(&self) -> Ratios {
        let population = Population::zipf(self.objects, self.alpha, self.sizes, self.seed);
        let (weights, capacity) = self.weights(&population);
        let (node, mut lru) = (NodeCache::new(capacity), Lru::new(capacity));
        let (mut of_node, mut of_lru) = (Count::default(), Count::default());
        let warm_up = self.requests / 2;
        for (number, object) in population.requests(self.seed).take(warm_up + self.requests).enumerate() {
            let hits = (node.ask(object, population.sizes[object]), lru.ask(object, weights[object]));
            if number >= warm_up {
                of_node.add(hits.0);
                of_lru.add(hits.1);
            }
        }
        let weights: Vec<f64> = weights.into_iter().map(real).collect();
        Ratios {
            node: of_node.ratio(),
            lru: of_lru.ratio(),
            che: oracle::lru(&population.popularity, &weights, real(capacity)),
            optimum: oracle::static_optimum(&population.popularity, &weights, real(capacity)),
        }
    }

    /// Among the usual requests come ten times as many objects as the cache holds, that are asked for once: so many
    /// after each request. `times` over, each time with others.
    pub(crate) fn scan(&self, scanned_per_request: usize, times: usize) -> Scan {
        let population = Population::zipf(self.objects, self.alpha, Sizes::Equal, self.seed);
        let (_, capacity) = self.weights(&population);
        let (turnover, size) = (self.objects / 10, population.sizes[0]);
        let node = NodeCache::new(capacity);
        let mut requests = population.requests(self.seed);
        let mut never_asked = self.objects..;
        let mut ask = |number: usize, scanned: usize, count: &mut Count| {
            for object in requests.by_ref().take(number) {
                let hit = node.ask(object, size);
                if object < turnover {
                    count.add(hit);
                }
                for object in never_asked.by_ref().take(scanned) {
                    assert!(!node.ask(object, size), "nobody has asked for it before");
                }
            }
        };
        let [mut before, mut at_first, mut during, mut after] = [(); 4].map(|()| Count::default());
        for _ in 0..times {
            ask(20 * turnover, 0, &mut Count::default());
            ask(10 * turnover, 0, &mut before);
            ask(turnover / scanned_per_request, scanned_per_request, &mut at_first);
            ask(9 * turnover / scanned_per_request, scanned_per_request, &mut during);
            ask(turnover, 0, &mut after);
        }
        Scan { before: before.ratio(), at_first: at_first.ratio(), during: during.ratio(), after: after.ratio() }
    }

    /// What each object takes in a cache, and a tenth of all.
    fn weights(&self, population: &Population) -> (Vec<usize>, usize) {
        let overhead = NodeCache::overhead();
        let weights: Vec<usize> = population.sizes.iter().map(|size| size + overhead).collect();
        let capacity = weights.iter().sum::<usize>() / 10;
        (weights, capacity)
    }
}

impl Ratios {
    /// What does not hold, in words; `margin` is added to every tolerance, for runs that are short.
    pub(crate) fn misses(&self, margin: f64) -> Vec<String> {
        let Self { node, lru, che, optimum } = *self;
        let claims = [
            ((lru - che).abs() <= 0.007 + margin, format!("LRU has {lru:.4}, more than 0.7 points from {che:.4}")),
            (node >= 0.95 * optimum - margin, format!("the node has {node:.4}, less than 0.95 × {optimum:.4}")),
            (node >= lru + 0.08 - margin, format!("the node has {node:.4}, less than 8 points over LRU's {lru:.4}")),
        ];
        claims.into_iter().filter(|(holds, _)| !holds).map(|(_, miss)| miss).collect()
    }
}

impl Scan {
    /// What does not hold, in words: beyond the first turnover a scan costs the hot set at most four points.
    pub(crate) fn misses(&self, margin: f64) -> Vec<String> {
        let Self { before, at_first, during, after } = *self;
        let least = before - 0.04 - margin;
        let low = [("the rest of a scan", during), ("what follows it", after)]
            .into_iter()
            .filter(|(_, ratio)| *ratio < least);
        let first = format!("{before:.4} before and {at_first:.4} in the first turnover");
        low.map(|(when, ratio)| format!("the hot set has {ratio:.4} in {when}; {first}")).collect()
    }
}

impl Count {
    fn add(&mut self, hit: bool) {
        self.asked += 1;
        self.hits += usize::from(hit);
    }

    fn ratio(&self) -> f64 {
        real(self.hits) / real(self.asked)
    }
}
