//! Who sent a request, as far as trusted proxies tell.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the peer's, or, as long as the word of trusted proxies goes, the last that X-Forwarded-For
/// names which is not theirs.
pub(super) fn client_address(peer: IpAddr, fields: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let lines = fields.get_all(X_FORWARDED_FOR).iter().rev().filter_map(|line| line.to_str().ok());
    for hop in lines.flat_map(|line| line.rsplit(',')) {
        if !is_trusted(&client) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

/// Removes what an untrusted peer claims about whom it speaks for: an origin that believes it would be deceived.
pub(super) fn drop_untrusted_claims(peer: IpAddr, fields: &mut HeaderMap, trusted: &[IpNet]) {
    let claims = fields.contains_key(X_FORWARDED_FOR);
    if claims && !trusted.iter().any(|network| network.contains(&peer.to_canonical())) {
        fields.remove(X_FORWARDED_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: [IpNet; 1] = ["10.0.0.0/8".parse().expect("a network")];
        let table: [(&str, &[&'static str], &str); 6] = [
            ("192.0.2.1", &["1.1.1.1"], "192.0.2.1"),
            ("10.0.0.1", &["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6", "1.1.1.1, 10.0.0.2"], "1.1.1.1"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ];
        for (peer, lines, expected) in table {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            let client = client_address(peer.parse().expect("an address"), &fields, &trusted);
            assert_eq!(client.to_string(), expected, "{peer} {lines:?}");
        }
    }
}
