//! How old a response was when it arrived (RFC 9111 §4.2.3, §5.1).

use crate::delta_seconds::{self, GREATEST};
use crate::head::Head;

/// The greater of apparent age and Age, in seconds, at most 2³¹. The time of transfer is the host's to add.
pub(crate) fn initial(head: &Head<'_>) -> u64 {
    let apparent = head.received_at().saturating_sub(head.date).min(GREATEST);
    apparent.max(stated(head).unwrap_or(0))
}

/// The Age field: the first member of the list, ignored where it is not a number of seconds (§5.1).
fn stated(head: &Head<'_>) -> Option<u64> {
    let first = head.lines("age").next()?.split(|byte| *byte == b',').next()?;
    delta_seconds::parse(first.trim_ascii().iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{RECEIVED_AT_DATE, plan};

    /// Fault 97.
    #[test]
    fn the_initial_age_is_the_greater_of_date_and_age() {
        for (fields, age) in [
            (&[] as &[_], 0),
            (&[("date", RECEIVED_AT_DATE)], 0),
            (&[("date", "Thu, 19 Nov 2026 10:00:00 GMT")], 86_400),
            (&[("date", "Sat, 21 Nov 2026 10:00:00 GMT")], 0),
            (&[("date", "Thu, 01 Jan 1970 00:00:00 GMT")], 1_795_168_800),
            (&[("date", "yesterday")], 0),
            (&[("age", "30")], 30),
            (&[("age", " 30 ")], 30),
            (&[("age", "30"), ("date", "Fri, 20 Nov 2026 09:59:50 GMT")], 30),
            (&[("age", "5"), ("date", "Fri, 20 Nov 2026 09:59:50 GMT")], 10),
            (&[("age", "2147483647")], GREATEST - 1),
            (&[("age", "2147483648")], GREATEST),
            (&[("age", "99999999999999999999")], GREATEST),
            (&[("age", "-7200")], 0),
            (&[("age", "7200.0")], 0),
            (&[("age", "abc")], 0),
            (&[("age", "")], 0),
            (&[("age", "7200,0")], 7200),
            (&[("age", "0, 7200")], 0),
            (&[("age", "7200"), ("age", "0")], 7200),
            (&[("age", "0"), ("age", "7200")], 0),
            (&[("age", "7200;x=1")], 0),
        ] {
            let cacheable = [("cache-control", "max-age=60")];
            let fields: Vec<_> = cacheable.iter().chain(fields).copied().collect();
            assert_eq!(plan(&fields).initial_age, age, "{fields:?}");
        }
    }
}
