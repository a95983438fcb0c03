//! `Vary`, computed: the fields behind what the router read, and those that the origin names. Never configured.

use http::header::VARY;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::sandbox::Read;

/// The fields behind a router's reads, written once when the decision is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vary {
    names: Vec<HeaderName>,
    value: Option<HeaderValue>,
}

impl Vary {
    /// Of what a router read.
    #[must_use]
    pub fn of(reads: &[Read]) -> Self {
        let mut names: Vec<HeaderName> = Vec::new();
        for name in reads.iter().flat_map(|read| read.getter.fields()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let text = names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
        let value = if names.is_empty() { None } else { HeaderValue::try_from(text).ok() };
        Self { names, value }
    }

    /// The names, lower case.
    #[must_use]
    pub fn names(&self) -> &[HeaderName] {
        &self.names
    }

    /// The field's value, if the router read a field.
    pub(super) fn value(&self) -> Option<&HeaderValue> {
        self.value.as_ref()
    }

    /// Adds the names that the response does not have yet.
    pub(super) fn add_to(&self, fields: &mut HeaderMap) {
        let mut lacking = Vec::new();
        self.lacking(fields.get_all(VARY).iter().map(HeaderValue::as_bytes), |value| lacking.push(value.to_vec()));
        for value in lacking {
            if let Ok(value) = HeaderValue::try_from(value) {
                fields.append(VARY, value);
            }
        }
    }

    /// Gives the values that have to be added to a response with these lines of its own.
    pub(super) fn lacking<'a>(&self, lines: impl Iterator<Item = &'a [u8]>, mut add: impl FnMut(&[u8])) {
        let Some(all) = &self.value else { return };
        let mut lines = lines.filter_map(|line| str::from_utf8(line).ok()).peekable();
        if lines.peek().is_none() {
            return add(all.as_bytes());
        }
        let there: Vec<String> =
            lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
        for name in self.names.iter().filter(|name| !there.iter().any(|known| known == name.as_str() || known == "*")) {
            add(name.as_str().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Answer, Getter};

    #[test]
    fn the_origins_vary_and_the_routers_reads_are_joined() {
        let read = |getter| Read { getter, answer: Answer::Flag(true) };
        let vary = Vary::of(&[
            read(Getter::Path),
            read(Getter::NegotiateImage(std::sync::Arc::from([]))),
            read(Getter::SaveData),
            read(Getter::Header(http::header::ACCEPT)),
        ]);
        let joined = |origin: &[&'static str]| {
            let mut fields = HeaderMap::new();
            for line in origin {
                fields.append(VARY, HeaderValue::from_static(line));
            }
            vary.add_to(&mut fields);
            let lines: Vec<_> =
                fields.get_all(VARY).iter().filter_map(|line| line.to_str().ok()).map(str::to_owned).collect();
            lines.join(", ")
        };
        assert_eq!(joined(&[]), "accept, save-data");
        assert_eq!(joined(&["Origin, Accept"]), "Origin, Accept, save-data");
        assert_eq!(joined(&["*"]), "*");
    }
}
