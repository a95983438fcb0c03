//! What a status code alone says about storing (RFC 9110 §15, RFC 9111 §3).

/// How a status lets its response be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Heuristically cacheable (RFC 9110 §15.1): also without explicit freshness.
    Heuristic,
    /// Known to have no caching rules of its own: with explicit freshness or `public`.
    Explicit,
    /// An answer about one request (its syntax, size, conditions, credentials) and not about the target: only while the
    /// origin itself calls it fresh. One stranger's odd request can provoke it, and nothing less than the origin's word
    /// shall hand it to everyone.
    OfRequest,
    /// The same, but heuristically cacheable (RFC 9110 §15.1): its Last-Modified is word enough. A server has none for an
    /// error that it makes up, which is what a stranger's request can provoke.
    OfRequestOrTarget,
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
            // RFC 6585 says of each that it must not be stored.
            428 | 429 | 431 | 511 => Self::Never,
            414 | 501 => Self::OfRequestOrTarget,
            400 | 407 | 408 | 411..=413 | 415..=417 | 421 | 425 | 426 | 505 => Self::OfRequest,
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
        matches!(self, Self::Heuristic | Self::Explicit | Self::OfRequest | Self::OfRequestOrTarget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_stored_as_its_definition_allows() {
        let cases: [(&[u16], Status); 7] = [
            (&[200, 203, 204, 300, 301, 308, 404, 405, 410], Status::Heuristic),
            (&[201, 202, 302, 303, 307, 401, 403, 451, 500, 502, 503, 504], Status::Explicit),
            (&[400, 407, 408, 411, 412, 413, 415, 416, 417, 421, 425, 426, 505], Status::OfRequest),
            (&[414, 501], Status::OfRequestOrTarget),
            (&[299, 399, 418, 499, 599], Status::Unknown),
            (&[206, 304, 428, 429, 431, 511], Status::Never),
            (&[0, 99, 100, 103, 199, 600, 1000, u16::MAX], Status::Never),
        ];
        for (codes, status) in cases {
            for code in codes {
                assert_eq!(Status::new(*code), status, "{code}");
            }
        }
    }
}
