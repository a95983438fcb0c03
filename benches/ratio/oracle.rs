//! What theory says of a workload of independent requests, in closed form: nothing here asks a cache.

/// The hit ratio of LRU by Che's approximation (Che, Tung, Wang 2002). An object stays for the characteristic time: that
/// in which requests touch as many bytes as the cache holds. It hits if it was asked for within that time.
pub(crate) fn lru(popularity: &[f64], weights: &[f64], capacity: f64) -> f64 {
    let touched = |time: f64| -> f64 {
        popularity.iter().zip(weights).map(|(share, weight)| weight * -(-share * time).exp_m1()).sum()
    };
    let (mut low, mut high) = (0.0, 1.0);
    while touched(high) < capacity {
        high *= 2.0;
    }
    // Bisection to the precision of the numbers.
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if touched(middle) < capacity { low = middle } else { high = middle }
    }
    popularity.iter().map(|share| share * -(-share * high).exp_m1()).sum()
}

/// The most that any cache can have that does not know what comes next: it holds what is most popular for its bytes, and
/// never changes. With several sizes a part of the last one is counted, so that this is never too little.
pub(crate) fn static_optimum(popularity: &[f64], weights: &[f64], capacity: f64) -> f64 {
    let mut objects: Vec<(f64, f64)> = popularity.iter().copied().zip(weights.iter().copied()).collect();
    objects.sort_by(|(share, weight), (other, others)| (other / others).total_cmp(&(share / weight)));
    let mut left = capacity;
    let mut ratio = 0.0;
    for (share, weight) in objects {
        ratio += share * (left / weight).min(1.0);
        left -= weight;
        if left <= 0.0 {
            break;
        }
    }
    ratio
}
