//! What the node's owner may set, in `[component.NAME.settings]`.
//!
//! Durations are whole seconds, or a number with one of the units s, m, h and d (`"1d"`).

use std::fmt;

use crate::delta_seconds;

const HEURISTIC_PERCENT: &str = "heuristic-percent";
const HEURISTIC_MAX: &str = "heuristic-max";
const STALE_WHILE_REVALIDATE: &str = "stale-while-revalidate";
const STALE_IF_ERROR: &str = "stale-if-error";

/// The settings that this component knows.
pub const SETTINGS: &[&str] = &[HEURISTIC_PERCENT, HEURISTIC_MAX, STALE_WHILE_REVALIDATE, STALE_IF_ERROR];

/// The settings, read. Durations are seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How much of the time that a response had not changed it stays fresh, where nothing explicit says (§4.2.2).
    pub(crate) heuristic_percent: u64,
    /// The longest such lifetime.
    pub(crate) heuristic_max: u64,
    /// The window of stale-while-revalidate of a response that does not state one.
    pub(crate) stale_while_revalidate: u64,
    /// The window of stale-if-error of a response that does not state one.
    pub(crate) stale_if_error: u64,
}

/// A setting whose value cannot be used; its default is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidSetting {
    name: &'static str,
    expected: &'static str,
}

impl Default for Settings {
    /// A tenth and a day are what RFC 9111 §4.2.2 calls typical. Nothing is served stale to save time unless the
    /// origin or the owner says so; but a picture of yesterday is better than none while the origin fails, which
    /// §4.2.4 permits where no directive forbids it.
    fn default() -> Self {
        Self { heuristic_percent: 10, heuristic_max: 86_400, stale_while_revalidate: 0, stale_if_error: 86_400 }
    }
}

impl Settings {
    /// Reads the settings, each from the list of its values, and reports those that cannot be used.
    pub(crate) fn read(values: impl Fn(&str) -> Vec<String>, report: impl Fn(InvalidSetting)) -> Self {
        let setting = |name, parse: fn(&str) -> Option<u64>, expected, default| match values(name).as_slice() {
            [] => default,
            [value] if let Some(value) = parse(value) => value,
            _ => {
                report(InvalidSetting { name, expected });
                default
            }
        };
        let duration_setting =
            |name, default| setting(name, duration, "a duration such as \"90\", \"1h\" or \"1d\"", default);
        let default = Self::default();
        Self {
            heuristic_percent: setting(HEURISTIC_PERCENT, percent, "a number from 0 to 100", default.heuristic_percent),
            heuristic_max: duration_setting(HEURISTIC_MAX, default.heuristic_max),
            stale_while_revalidate: duration_setting(STALE_WHILE_REVALIDATE, default.stale_while_revalidate),
            stale_if_error: duration_setting(STALE_IF_ERROR, default.stale_if_error),
        }
    }
}

fn percent(value: &str) -> Option<u64> {
    delta_seconds::parse(value.bytes()).filter(|percent| *percent <= 100)
}

fn duration(value: &str) -> Option<u64> {
    let (digits, unit) = match value.as_bytes() {
        [digits @ .., b's'] => (digits, 1),
        [digits @ .., b'm'] => (digits, 60),
        [digits @ .., b'h'] => (digits, 3600),
        [digits @ .., b'd'] => (digits, 86_400),
        digits => (digits, 1),
    };
    let count = delta_seconds::parse(digits.iter().copied())?;
    Some((count * unit).min(delta_seconds::GREATEST))
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "setting {} must be one value, {}; its default is used", self.name, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_duration_is_seconds_or_has_a_unit() {
        for (value, seconds) in [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("2m", Some(120)),
            ("1h", Some(3600)),
            ("1d", Some(86_400)),
            ("99999999999d", Some(1 << 31)),
            ("", None),
            ("d", None),
            ("1.5h", None),
            ("1 d", None),
            ("-1", None),
            ("1w", None),
        ] {
            assert_eq!(duration(value), seconds, "{value:?}");
        }
    }

    #[test]
    fn what_is_not_set_has_its_default_and_what_is_invalid_is_reported() {
        for (name, values, expected, reported) in [
            ("none", &[] as &[&str], Settings::default(), false),
            (HEURISTIC_PERCENT, &["25"], Settings { heuristic_percent: 25, ..Settings::default() }, false),
            (HEURISTIC_MAX, &["1h"], Settings { heuristic_max: 3600, ..Settings::default() }, false),
            (STALE_WHILE_REVALIDATE, &["60"], Settings { stale_while_revalidate: 60, ..Settings::default() }, false),
            (STALE_IF_ERROR, &["0"], Settings { stale_if_error: 0, ..Settings::default() }, false),
            (HEURISTIC_PERCENT, &["101"], Settings::default(), true),
            (STALE_IF_ERROR, &["soon"], Settings::default(), true),
            (STALE_IF_ERROR, &["1", "2"], Settings::default(), true),
        ] {
            let reports = RefCell::new(Vec::new());
            let read = Settings::read(
                |asked| {
                    if asked == name { values.iter().map(|value| (*value).to_owned()).collect() } else { Vec::new() }
                },
                |invalid| reports.borrow_mut().push(invalid.name),
            );
            assert_eq!(read, expected, "{name} {values:?}");
            assert_eq!(*reports.borrow(), if reported { vec![name] } else { vec![] }, "{name} {values:?}");
        }
    }
}
