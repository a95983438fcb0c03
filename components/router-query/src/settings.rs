//! What the node's owner sets in `[component.NAME.settings]`.

use crate::parameters::{Name, quality};

/// The names of the settings that this component reads.
pub const SETTINGS: &[&str] = &[FORWARD_QUERY, QUALITY];

/// Names of query parameters that are sent to the source; all others are not.
const FORWARD_QUERY: &str = "forward-query";

/// The quality of a JPEG where the query names none.
const QUALITY: &str = "quality";

/// The settings; the default is that of a component without any.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Settings {
    /// None of them is a name of the grammar.
    forward_query: Vec<String>,
    /// 1 to 100.
    quality: Option<u8>,
}

/// A value that counts as absent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// Not a name of a query parameter as it stands in a URL.
    #[error("setting forward-query: {0:?} is ignored; give the name of a query parameter, as URLs spell it")]
    Name(String),
    /// A name that this component reads itself.
    #[error("setting forward-query: {0:?} is ignored; it is a parameter of the picture and never sent to the source")]
    Parameter(String),
    /// Not one quality.
    #[error("setting quality: {0:?} is ignored; give one integer from 1 to 100")]
    Quality(Vec<String>),
}

impl Settings {
    /// Reads the settings from `values`, which gives those of a name, and what is wrong with them.
    pub fn read(values: impl Fn(&str) -> Vec<String>) -> (Self, Vec<BadSetting>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        for name in values(FORWARD_QUERY) {
            if Name::of(&name).is_some() {
                problems.push(BadSetting::Parameter(name));
            } else if !is_name(&name) {
                problems.push(BadSetting::Name(name));
            } else {
                settings.forward_query.push(name);
            }
        }
        let given = values(QUALITY);
        match given.as_slice() {
            [] => {}
            [one] if quality(one).is_some() => settings.quality = quality(one),
            _ => problems.push(BadSetting::Quality(given)),
        }
        (settings, problems)
    }

    /// Whether a parameter of this name, as sent, goes to the source.
    pub(crate) fn forwards(&self, name: &str) -> bool {
        self.forward_query.iter().any(|forwarded| forwarded == name)
    }

    /// The quality of a JPEG where the query names none.
    pub(crate) fn quality(&self) -> Option<u8> {
        self.quality
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'=' | b'#'))
}
