//! Whom a request is for: one spelling for every host and port.

use std::net::Ipv6Addr;

use super::BadRequest;

/// A host with an optional port, in canonical form.
///
/// INVARIANT: a name in lower case, of labels with 1 to 63 letters, digits, `-` and `_`, 253 bytes in all, without a
/// dot at its end; or an IPv6 address in brackets, as RFC 5952 writes it. Then `:` and the port as a number, unless it is
/// 80 or 443: a node cannot know which scheme the client used with whoever is in front of it, and says neither to the
/// origin. Names beyond ASCII are what DNS has of them, `xn--…`; nothing is converted here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority(String);

impl Authority {
    /// From a Host field, or from a target.
    ///
    /// # Errors
    /// [`BadRequest::Authority`].
    pub fn parse(text: &str) -> Result<Self, BadRequest> {
        // Most are a name as it should be, and copied.
        if is_plain(text) {
            return Ok(Self(text.to_owned()));
        }
        Self::canonical(text).ok_or(BadRequest::Authority)
    }

    fn canonical(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (text, ""),
        };
        let mut authority = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => format!("[{}]", address.parse::<Ipv6Addr>().ok()?),
            None => {
                let name = host.strip_suffix('.').unwrap_or(host);
                is_name(name).then(|| name.to_ascii_lowercase())?
            }
        };
        // RFC 9110 §4.2.3: an empty port is the default.
        if !port.is_empty() && !port.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        match port {
            "" => {}
            port => match port.parse::<u16>().ok()? {
                0 => return None,
                80 | 443 => {}
                port => authority = format!("{authority}:{port}"),
            },
        }
        Some(Self(authority))
    }

    /// A name that nothing has (RFC 6761 §6.4).
    pub(super) fn invalid() -> Self {
        Self("invalid".to_owned())
    }

    /// As it is used in keys, by components and towards origins.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it is a canonical name at a glance.
fn is_plain(text: &str) -> bool {
    let lower = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    text.bytes().all(lower) && is_name(text)
}

fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(letter);
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Fault 41.
    #[test]
    fn spellings_of_one_authority_become_one() {
        let long = "a".repeat(64);
        let table = [
            ("example.com", Some("example.com")),
            ("Example.COM", Some("example.com")),
            ("example.com.", Some("example.com")),
            ("example.com:", Some("example.com")),
            ("example.com:80", Some("example.com")),
            ("example.com:443", Some("example.com")),
            ("example.com:0080", Some("example.com")),
            ("example.com.:8080", Some("example.com:8080")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("a_b.example", Some("a_b.example")),
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("[::1]", Some("[::1]")),
            ("[0:0::0001]:80", Some("[::1]")),
            ("[2001:DB8::1]:8443", Some("[2001:db8::1]:8443")),
            ("b\u{fc}cher.example", None),
            ("b%C3%BCcher.example", None),
            ("user@example.com", None),
            ("example.com/x", None),
            ("example.com..", None),
            ("a..b", None),
            (".a", None),
            ("", None),
            (".", None),
            (":80", None),
            ("a b", None),
            ("a,b", None),
            ("a:99999", None),
            ("a:0", None),
            ("a:+80", None),
            ("a:b", None),
            ("a:80:80", None),
            ("[::1", None),
            ("[a]", None),
            ("::1", None),
            (long.as_str(), None),
        ];
        for (text, expected) in table {
            let parsed = Authority::parse(text).ok();
            assert_eq!(parsed.as_ref().map(Authority::as_str), expected, "{text}");
        }
    }

    proptest! {
        /// Nothing but case, a dot, a port's zeros and a default port is lost.
        #[test]
        fn the_form_is_idempotent_and_tells_hosts_apart(
            one in "[a-cA-C.]{1,4}(:[0-9]{0,4})?", other in "[a-cA-C.]{1,4}(:[0-9]{0,4})?",
        ) {
            let plainly = |text: &str| {
                let (host, port) = text.split_once(':').unwrap_or((text, ""));
                let port = port.trim_start_matches('0').to_owned();
                let port = if port == "80" || port == "443" { String::new() } else { port };
                (host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(), port)
            };
            if let (Ok(first), Ok(second)) = (Authority::parse(&one), Authority::parse(&other)) {
                let again = Authority::parse(first.as_str());
                prop_assert_eq!(again.as_ref(), Ok(&first));
                prop_assert_eq!(first == second, plainly(&one) == plainly(&other));
            }
        }

        #[test]
        fn arbitrary_text_is_canonical_or_refused(text in ".{0,40}") {
            if let Ok(authority) = Authority::parse(&text) {
                let again = Authority::parse(authority.as_str());
                prop_assert_eq!(again, Ok(authority));
            }
        }
    }
}
