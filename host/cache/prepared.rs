//! The fields that hits were last served with, as maps. They change once a second, with the age; in between a hit shares
//! them and does not put them together. A head of HTTP/1 is text, and put together sooner than it is found here.
//!
//! Each thread keeps those of a bounded number of responses, beside the store and not in it: what is asked for seldom
//! gains nothing by them, and an entry of the store takes what it counts.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue};

/// Under which number a response's fields are found. No two responses have the same; a clone has its own.
#[derive(Debug)]
pub struct Prepared {
    number: u64,
    was_used: AtomicBool,
}

/// Where the fields of one response may be.
#[derive(Default)]
struct Place {
    number: u64,
    age: u64,
    made: Option<Made>,
}

struct Made {
    vary: Option<HeaderValue>,
    fields: HeaderMap,
}

/// Places of a thread: some 2 MiB if all are taken. A response has one, by its number.
const PLACES: usize = 1024;

static NUMBERS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static LAST: RefCell<Box<[Place]>> = RefCell::new((0..PLACES).map(|_| Place::default()).collect());
}

impl Default for Prepared {
    fn default() -> Self {
        Self { number: NUMBERS.fetch_add(1, Ordering::Relaxed), was_used: AtomicBool::new(false) }
    }
}

impl Clone for Prepared {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Prepared {
    /// Whether there was a hit.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }

    /// There is a hit.
    pub fn use_it(&self) {
        if !self.was_used.load(Ordering::Relaxed) {
            self.was_used.store(true, Ordering::Relaxed);
        }
    }

    /// The fields for this age and Vary: those of last time, or what `make` makes. They are kept from the second time on,
    /// so that what is asked for once a second costs no copy.
    pub fn fields(&self, age: u64, vary: Option<&HeaderValue>, make: impl FnOnce() -> HeaderMap) -> HeaderMap {
        self.use_it();
        LAST.with_borrow_mut(|places| {
            let place = &mut places[usize::try_from(self.number % PLACES as u64).unwrap_or(0)];
            if (place.number, place.age) != (self.number, age) {
                *place = Place { number: self.number, age, made: None };
                return make();
            }
            match &mut place.made {
                Some(made) if made.vary.as_ref() == vary => made.fields.clone(),
                made => made.insert(Made { vary: vary.cloned(), fields: make() }).fields.clone(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use http::header::AGE;

    use super::*;

    #[test]
    fn fields_are_made_anew_for_another_age_vary_or_response() {
        let (first, vary) = (Prepared::default(), HeaderValue::from_static("accept"));
        let other = first.clone();
        let mut made = 0_u64;
        let table = [
            (&first, 1, None, 1),
            (&first, 1, None, 2),
            (&first, 1, None, 2),
            (&first, 1, Some(&vary), 3),
            (&first, 1, Some(&vary), 3),
            (&other, 1, Some(&vary), 4),
            (&first, 2, Some(&vary), 5),
            (&first, 2, Some(&vary), 6),
            (&first, 2, Some(&vary), 6),
        ];
        for (row, (prepared, age, vary, expected)) in table.into_iter().enumerate() {
            let fields = prepared.fields(age, vary, || {
                made += 1;
                [(AGE, HeaderValue::from(made))].into_iter().collect()
            });
            assert_eq!(fields[AGE], HeaderValue::from(expected), "row {row}");
        }
    }
}
