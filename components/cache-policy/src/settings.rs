//! What the node's owner may set, in `[component.NAME.settings]`.
//!
//! Durations are whole seconds, or a number with one of the units s, m, h and d (`"1d"`).

use std::fmt;

use crate::delta_seconds;

const HEURISTIC_PERCENT: &str = "heuristic-percent";
const HEURISTIC_MAX: &str = "heuristic-max";
const STALE_WHILE_REVALIDATE: &str = "stale-while-revalidate";
const STALE_IF_ERROR: &str = "stale-if-error";
const SET_COOKIE: &str = "set-cookie";
const DECLINE_STATUSES: &str = "decline-statuses";

/// The settings that this component knows.
pub const SETTINGS: &[&str] =
    &[HEURISTIC_PERCENT, HEURISTIC_MAX, STALE_WHILE_REVALIDATE, STALE_IF_ERROR, SET_COOKIE, DECLINE_STATUSES];

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
    /// Whether a response with Set-Cookie is stored.
    pub(crate) set_cookie: SetCookie,
    /// Statuses whose responses are not stored, whatever they say.
    pub(crate) declined_statuses: Vec<u16>,
}

/// When a response with Set-Cookie is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetCookie {
    /// With explicit freshness: the origin answers for it (RFC 9111 §7.3).
    WithLifetime,
    /// Never.
    Decline,
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
        Self {
            heuristic_percent: 10,
            heuristic_max: 86_400,
            stale_while_revalidate: 0,
            stale_if_error: 86_400,
            set_cookie: SetCookie::WithLifetime,
            declined_statuses: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the settings, each from the list of its values, and reports those that cannot be used.
    pub(crate) fn read(values: impl Fn(&str) -> Vec<String>, report: impl Fn(InvalidSetting)) -> Self {
        let mut settings = Self::default();
        for name in SETTINGS.iter().copied() {
            let values = values(name);
            if !values.is_empty()
                && let Err(expected) = settings.set(name, &values)
            {
                report(InvalidSetting { name, expected });
            }
        }
        settings
    }

    /// Sets one, or says what was expected.
    fn set(&mut self, name: &str, values: &[String]) -> Result<(), &'static str> {
        let one = match values {
            [value] => Some(value.as_str()),
            _ => None,
        };
        let seconds = || one.and_then(duration).ok_or("a duration such as \"90\", \"1h\" or \"1d\"");
        match name {
            HEURISTIC_PERCENT => self.heuristic_percent = one.and_then(percent).ok_or("a number from 0 to 100")?,
            HEURISTIC_MAX => self.heuristic_max = seconds()?,
            STALE_WHILE_REVALIDATE => self.stale_while_revalidate = seconds()?,
            STALE_IF_ERROR => self.stale_if_error = seconds()?,
            SET_COOKIE => self.set_cookie = one.and_then(set_cookie).ok_or("\"explicit\" or \"decline\"")?,
            DECLINE_STATUSES => {
                let statuses: Option<_> = values.iter().map(|value| status(value)).collect();
                self.declined_statuses = statuses.ok_or("a list of statuses from 200 to 599")?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn set_cookie(value: &str) -> Option<SetCookie> {
    match value {
        "explicit" => Some(SetCookie::WithLifetime),
        "decline" => Some(SetCookie::Decline),
        _ => None,
    }
}

fn status(value: &str) -> Option<u16> {
    value.parse().ok().filter(|status| (200..=599).contains(status))
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
        write!(formatter, "setting {} must be {}; its default is used", self.name, self.expected)
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
            (SET_COOKIE, &["explicit"], Settings::default(), false),
            (SET_COOKIE, &["decline"], Settings { set_cookie: SetCookie::Decline, ..Settings::default() }, false),
            (SET_COOKIE, &["never"], Settings::default(), true),
            (
                DECLINE_STATUSES,
                &["404", "503"],
                Settings { declined_statuses: vec![404, 503], ..Settings::default() },
                false,
            ),
            (DECLINE_STATUSES, &["404", "100"], Settings::default(), true),
            (DECLINE_STATUSES, &["4xx"], Settings::default(), true),
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
