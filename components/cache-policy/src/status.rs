//! What a status code alone says about storing (RFC 9110 §15, RFC 9111 §3).

/// How a status lets its response be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Heuristically cacheable (RFC 9110 §15.1): also without explicit freshness.
    Heuristic,
    /// Known to have no caching rules of its own: with explicit freshness or `public`.
    Explicit,
    /// Final, but not known: as `Explicit`, unless the response requires it to be known (must-understand).
    Unknown,
    /// Not stored, whatever the response says.
    Never,
}

impl Status {
    pub(crate) fn new(code: u16) -> Self {
        match code {
            200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 => Self::Heuristic,
            // Parts of a representation, and answers about a stored one: the host combines neither through a plan.
            206 | 304 => Self::Never,
            // Answers about one request (its syntax, size, conditions, credentials towards a proxy, pace) and not about
            // the target: to store one is to hand a stranger's mistake to everyone. RFC 6585 forbids it for 428, 429,
            // 431 and 511; 414 and 501 would be heuristically cacheable, and are how such poisoning is done.
            400 | 407 | 408 | 411..=417 | 421 | 425 | 426 | 428 | 429 | 431 | 501 | 505 | 511 => Self::Never,
            201 | 202 | 205 | 302 | 303 | 307 | 401..=403 | 406 | 409 | 422..=424 | 451 | 500 | 502..=504 => {
                Self::Explicit
            }
            200..=599 => Self::Unknown,
            // Interim, or no status at all.
            _ => Self::Never,
        }
    }

    /// Whether the code's caching requirements are known and met (RFC 9111 §5.2.2.3).
    pub(crate) fn is_understood(self) -> bool {
        matches!(self, Self::Heuristic | Self::Explicit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_stored_as_its_definition_allows() {
        let cases: [(&[u16], Status); 5] = [
            (&[200, 203, 204, 300, 301, 308, 404, 405, 410], Status::Heuristic),
            (&[201, 202, 302, 303, 307, 401, 403, 451, 500, 502, 503, 504], Status::Explicit),
            (&[299, 399, 418, 499, 599], Status::Unknown),
            (&[206, 304], Status::Never),
            (&[0, 99, 100, 103, 199, 600, 1000, u16::MAX], Status::Never),
        ];
        for (codes, status) in cases {
            for code in codes {
                assert_eq!(Status::new(*code), status, "{code}");
            }
        }
    }

    /// Fault 54.
    #[test]
    fn an_answer_about_one_request_is_never_stored() {
        for code in [400, 408, 412, 413, 414, 416, 429, 431, 501, 511] {
            assert_eq!(Status::new(code), Status::Never, "{code}");
        }
    }
}
