//! Requests that come back to where they were: `CDN-Loop` (RFC 8586).
//!
//! Each gateway adds its name, and refuses what has its name already. No client and no component may take a name away:
//! the field belongs to the message whatever `Connection` says.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// Where gateways leave their names.
const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// How this node is called by other gateways and itself: a token (RFC 9110 §5.6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeName(HeaderValue);

/// The text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "is not a name; use 1 to 64 letters, digits, \"-\", \"_\" and \".\", like \"lucarne\" or \"edge-1.example.com\""
)]
pub struct InvalidNodeName;

impl FromStr for NodeName {
    type Err = InvalidNodeName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !(1..=64).contains(&text.len()) || !text.bytes().all(letter) {
            return Err(InvalidNodeName);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| InvalidNodeName)
    }
}

impl Default for NodeName {
    /// `lucarne`.
    fn default() -> Self {
        Self(HeaderValue::from_static("lucarne"))
    }
}

impl NodeName {
    /// Whether a request has been here.
    #[must_use]
    pub fn is_in(&self, fields: &HeaderMap) -> bool {
        // Most requests have no such field.
        fields.contains_key(CDN_LOOP) && fields.get_all(CDN_LOOP).iter().any(|line| self.is_in_line(line.as_bytes()))
    }

    /// A list of names with optional parameters. What cannot be parsed is compared as far as it can be: a name that is
    /// hidden in nonsense is still a loop.
    fn is_in_line(&self, line: &[u8]) -> bool {
        let mut names = line.split(|byte| *byte == b',').filter_map(|member| member.split(|byte| *byte == b';').next());
        names.any(|name| name.trim_ascii().eq_ignore_ascii_case(self.0.as_bytes()))
    }

    /// Signs a request to an origin.
    pub fn sign(&self, fields: &mut HeaderMap) {
        fields.append(CDN_LOOP, self.0.clone());
    }
}

/// Takes the names along to a request that the node composes for this one.
pub fn carry_names(from: &HeaderMap, to: &mut HeaderMap) {
    for line in from.get_all(CDN_LOOP) {
        to.append(CDN_LOOP, line.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault 48.
    #[test]
    fn a_name_is_found_wherever_it_stands() {
        let name = NodeName::default();
        let table: [(&[&'static str], bool); 10] = [
            (&[], false),
            (&["lucarne"], true),
            (&["other, Lucarne ;v=1"], true),
            (&["other", "lucarne"], true),
            (&["other; lucarne"], false),
            (&["lucarne2, xlucarne"], false),
            (&["a=b, ;;,, lucarne"], true),
            (&["\"lucarne"], false),
            (&["lucarne.example"], false),
            (&["other;v=\"a,lucarne\""], false),
        ];
        for (lines, expected) in table {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(CDN_LOOP, HeaderValue::from_static(line));
            }
            assert_eq!(name.is_in(&fields), expected, "{lines:?}");
            name.sign(&mut fields);
            assert!(name.is_in(&fields), "{lines:?}");
        }
    }

    #[test]
    fn a_node_is_called_by_a_token() {
        let long = "a".repeat(65);
        for text in ["", "a b", "a,b", "a;b", "\u{e9}", "a\r\n", long.as_str()] {
            assert_eq!(text.parse::<NodeName>(), Err(InvalidNodeName), "{text:?}");
        }
        assert!("edge-1.example.com".parse::<NodeName>().is_ok());
    }
}
