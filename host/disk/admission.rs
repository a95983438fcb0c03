//! What is worth a write: by default what is asked for a second time, since most of what is asked for once never is
//! again, and would push out what is.

use std::collections::HashSet;
use std::mem;

use parking_lot::Mutex;

use super::place::KeyHash;

/// When an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdmissionRule {
    /// When its key has been seen before.
    #[default]
    SecondRequest,
    /// Always.
    Always,
}

/// Whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is worth a write.
    Write,
    /// It was seen for the first time, as far as is remembered.
    SeenFirst,
}

/// The keys that were seen lately: between one and two times [`SEEN`] of them, in two generations of which the older
/// is forgotten as a whole. INVARIANT: neither holds more than [`SEEN`].
#[derive(Debug)]
pub(super) struct Seen {
    rule: AdmissionRule,
    recent: Mutex<(HashSet<u64>, HashSet<u64>)>,
}

/// Keys of one generation: some 2 MiB for both, and as much as a busy node asks for in minutes. A digest of 64 bits is
/// enough, since an error costs one write.
const SEEN: usize = 1 << 16;

impl Seen {
    pub(super) fn new(rule: AdmissionRule) -> Self {
        Self { rule, recent: Mutex::default() }
    }

    /// Notes a request.
    pub(super) fn note(&self, hash: KeyHash) -> Admission {
        if self.rule == AdmissionRule::Always {
            return Admission::Write;
        }
        let [.., a, b, c, d, e, f, g, h] = hash.0;
        let digest = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let mut recent = self.recent.lock();
        let (new, old) = &mut *recent;
        let known = old.contains(&digest);
        if new.len() == SEEN && !new.contains(&digest) {
            *old = mem::take(new);
        }
        if !new.insert(digest) || known { Admission::Write } else { Admission::SeenFirst }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: usize) -> KeyHash {
        KeyHash((number as u128).to_be_bytes())
    }

    #[test]
    fn the_second_request_is_admitted_and_every_one_after_it() {
        let seen = Seen::new(AdmissionRule::SecondRequest);
        assert_eq!(seen.note(hash(1)), Admission::SeenFirst);
        assert_eq!(seen.note(hash(2)), Admission::SeenFirst);
        for _ in 0..3 {
            assert_eq!(seen.note(hash(1)), Admission::Write);
        }
        assert_eq!(Seen::new(AdmissionRule::Always).note(hash(1)), Admission::Write);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_latest_is_kept() {
        let seen = Seen::new(AdmissionRule::SecondRequest);
        for number in 0..5 * SEEN {
            assert_eq!(seen.note(hash(number)), Admission::SeenFirst);
            let recent = seen.recent.lock();
            assert!(recent.0.len() <= SEEN && recent.1.len() <= SEEN);
        }
        assert_eq!(seen.note(hash(4 * SEEN + 1)), Admission::Write);
        assert_eq!(seen.note(hash(1)), Admission::SeenFirst);
    }
}
