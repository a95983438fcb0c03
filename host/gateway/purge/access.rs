//! Who may purge: whoever knows the token, and on the clients' socket only from networks that are allowed to.

use std::fmt;
use std::net::IpAddr;

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use ipnet::IpNet;
use thiserror::Error;

/// Who may purge. By default nobody.
#[derive(Default)]
pub struct PurgeAccess {
    /// Digests of the tokens, any of which will do: digests are of one length and compared in constant time.
    tokens: Vec<blake3::Hash>,
    networks: Vec<IpNet>,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Denied {
    /// Nobody may.
    #[error("purging is not configured; set token or token-file in [purge]")]
    NotConfigured,
    /// Not from that address.
    #[error("purging is not allowed from this address")]
    Address,
    /// Without a token.
    #[error("send the token as Authorization: Bearer TOKEN")]
    NoToken,
    /// Not with that token.
    #[error("this is not the token")]
    WrongToken,
}

/// What a 401 asks for (RFC 9110 §11.6.1).
pub const CHALLENGE: &str = "Bearer realm=\"purge\"";

impl PurgeAccess {
    /// For who knows one of these tokens, and with the method PURGE only from these networks.
    #[must_use]
    pub fn new<'t>(tokens: impl IntoIterator<Item = &'t str>, networks: Vec<IpNet>) -> Self {
        Self { tokens: tokens.into_iter().map(|token| blake3::hash(token.as_bytes())).collect(), networks }
    }

    /// Whether a request with these fields may purge over the admin interface.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, fields: &HeaderMap) -> Result<(), Denied> {
        if self.tokens.is_empty() {
            return Err(Denied::NotConfigured);
        }
        let given = fields.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes())).ok_or(Denied::NoToken)?;
        let given = blake3::hash(given);
        if self.tokens.contains(&given) { Ok(()) } else { Err(Denied::WrongToken) }
    }

    /// Whether a client at this address may purge.
    ///
    /// # Errors
    /// Why not. The address comes first: from elsewhere nobody learns whether a token is right.
    pub fn admit_from(&self, client: Option<IpAddr>, fields: &HeaderMap) -> Result<(), Denied> {
        if self.tokens.is_empty() || self.networks.is_empty() {
            return Err(Denied::NotConfigured);
        }
        let client = client.map(|client| client.to_canonical());
        if !client.is_some_and(|client| self.networks.iter().any(|network| network.contains(&client))) {
            return Err(Denied::Address);
        }
        self.admit(fields)
    }
}

impl fmt::Debug for PurgeAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PurgeAccess").field("networks", &self.networks).finish_non_exhaustive()
    }
}

impl Denied {
    /// The status that says so, where the interface is for nothing else.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotConfigured | Self::Address => StatusCode::FORBIDDEN,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
        }
    }

    /// One word for metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotConfigured => "not-configured",
            Self::Address => "address",
            Self::NoToken => "no-token",
            Self::WrongToken => "wrong-token",
        }
    }
}

/// What follows `Bearer` (RFC 6750 §2.1); the scheme's case does not count (RFC 9110 §11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_who_knows_the_token_may_purge_and_only_from_allowed_networks() {
        let networks: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a network")];
        let access = PurgeAccess::new(["0123456789abcdef", "another"], networks.clone());
        let table = [
            (Some("10.1.1.1"), "Bearer 0123456789abcdef", Ok(())),
            (Some("10.1.1.1"), "bearer  0123456789abcdef ", Ok(())),
            (Some("10.1.1.1"), "Bearer another", Ok(())),
            (Some("::ffff:10.1.1.1"), "Bearer 0123456789abcdef", Ok(())),
            (Some("10.1.1.1"), "Bearer 0123456789abcdeF", Err(Denied::WrongToken)),
            (Some("10.1.1.1"), "Bearer 0123456789abcdef0", Err(Denied::WrongToken)),
            (Some("10.1.1.1"), "Bearer ", Err(Denied::WrongToken)),
            (Some("10.1.1.1"), "Bearer", Err(Denied::NoToken)),
            (Some("10.1.1.1"), "Basic 0123456789abcdef", Err(Denied::NoToken)),
            (Some("10.1.1.1"), "", Err(Denied::NoToken)),
            (Some("11.1.1.1"), "Bearer 0123456789abcdef", Err(Denied::Address)),
            (None, "Bearer 0123456789abcdef", Err(Denied::Address)),
        ];
        let fields = |value: &'static str| HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
        for (client, value, expected) in table {
            let client = client.map(|client: &str| client.parse().expect("an address"));
            assert_eq!(access.admit_from(client, &fields(value)), expected, "{client:?} {value:?}");
        }
        let client = Some(IpAddr::from([10, 1, 1, 1]));
        for access in [PurgeAccess::new([], networks), PurgeAccess::new(["0123456789abcdef"], Vec::new())] {
            let denied = access.admit_from(client, &fields("Bearer 0123456789abcdef"));
            assert_eq!(denied, Err(Denied::NotConfigured));
        }
        assert_eq!(PurgeAccess::default().admit(&HeaderMap::new()), Err(Denied::NotConfigured));
    }
}
