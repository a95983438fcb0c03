//! Hit ratios of the memory tier against what theory says: the trial of `benches/ratio.rs` in small.
//!
//! Everything follows from a seed. 200,000 requests instead of two million leave a standard error of 0.1 points, and the
//! node's own tables are seeded at random: half a point is allowed on top of each tolerance.

#[path = "../benches/ratio/trial.rs"]
mod trial;

use trial::{Sizes, Trial};

const MARGIN: f64 = 0.005;

#[test]
fn the_memory_tier_nears_the_static_optimum_and_lru_is_where_theory_puts_it() {
    let ratios = Trial { requests: 200_000, ..Trial::REFERENCE }.play();
    assert_eq!(ratios.misses(MARGIN), [""; 0], "{ratios:?}");
}

/// Sizes that have nothing to do with popularity gain nothing and cost nothing: theory and lead hold as they do for one.
#[test]
fn objects_of_many_sizes_cost_the_memory_tier_none_of_its_lead() {
    let ratios = Trial { requests: 200_000, sizes: Sizes::LogNormal, ..Trial::REFERENCE }.play();
    assert!((ratios.lru - ratios.che).abs() <= 0.007 + MARGIN, "{ratios:?}");
    assert!(ratios.node >= ratios.lru + 0.08 - MARGIN, "{ratios:?}");
}

#[test]
fn a_scan_of_ten_times_the_cache_leaves_the_hot_set_in_it() {
    for scanned_per_request in [1, 10] {
        let scan = Trial::REFERENCE.scan(scanned_per_request, 5);
        assert_eq!(scan.misses(MARGIN), [""; 0], "{scan:?}");
    }
}
