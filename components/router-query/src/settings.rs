//! What the node's owner sets in `[component.NAME.settings]`: what is sent to the source, and what holds where a query
//! does not say.

use lucarne_guest::router::{Effort, Light, MetadataPolicy, TruncatedPolicy};

use crate::encoding::{LOSSLESS, METADATA, QUALITY, lossless, metadata, quality};
use crate::parameters::{EFFORT, LIGHT, Name, TRUNCATED, effort, light, truncated};

/// The names of the settings that this component reads. All but the first are the parameters of the same names.
pub const SETTINGS: &[&str] = &[FORWARD_QUERY, "quality", "lossless", "effort", "light", "metadata", "truncated"];

/// Names of query parameters that are sent to the source; all others are not.
const FORWARD_QUERY: &str = "forward-query";

/// The settings; the default is that of a component without any.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Settings {
    /// None of them is a name of the grammar.
    forward_query: Vec<String>,
    pub(crate) defaults: Defaults,
}

/// What holds where the query does not say; `None` where the owner does not either.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Defaults {
    /// 1 to 100.
    pub(crate) quality: Option<u8>,
    pub(crate) lossless: Option<bool>,
    pub(crate) effort: Option<Effort>,
    pub(crate) light: Option<Light>,
    pub(crate) metadata: Option<MetadataPolicy>,
    pub(crate) truncated: Option<TruncatedPolicy>,
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
    /// Not one value that the parameter accepts.
    #[error("setting {name}: {given:?} is ignored; give {accepted}")]
    Value {
        /// The setting's.
        name: &'static str,
        /// All values that were given.
        given: Vec<String>,
        /// What a value may be.
        accepted: &'static str,
    },
}

impl Settings {
    /// Reads the settings from `values`, which gives those of a name, and what is wrong with them.
    pub fn read(values: impl Fn(&str) -> Vec<String>) -> (Self, Vec<BadSetting>) {
        let mut problems = Vec::new();
        let forward_query = forward_query(values(FORWARD_QUERY), &mut problems);
        let mut given = Given { values, problems: &mut problems };
        let defaults = Defaults {
            quality: given.one("quality", quality, QUALITY),
            lossless: given.one("lossless", lossless, LOSSLESS),
            effort: given.one("effort", effort, EFFORT),
            light: given.one("light", light, LIGHT),
            metadata: given.one("metadata", metadata, METADATA),
            truncated: given.one("truncated", truncated, TRUNCATED),
        };
        (Self { forward_query, defaults }, problems)
    }

    /// Whether a parameter of this name, as sent, goes to the source.
    pub(crate) fn forwards(&self, name: &str) -> bool {
        self.forward_query.iter().any(|forwarded| forwarded == name)
    }
}

/// The settings as they are written, and where problems with them go.
struct Given<'p, V> {
    values: V,
    problems: &'p mut Vec<BadSetting>,
}

impl<V: Fn(&str) -> Vec<String>> Given<'_, V> {
    /// The value of a setting that has one at most.
    fn one<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        accepted: &'static str,
    ) -> Option<T> {
        let given = (self.values)(name);
        let value = match given.as_slice() {
            [] => return None,
            [one] => parse(one),
            _ => None,
        };
        if value.is_none() {
            self.problems.push(BadSetting::Value { name, given, accepted });
        }
        value
    }
}

fn forward_query(given: Vec<String>, problems: &mut Vec<BadSetting>) -> Vec<String> {
    let mut forwarded = Vec::new();
    for name in given {
        if Name::of(&name).is_some() {
            problems.push(BadSetting::Parameter(name));
        } else if !is_name(&name) {
            problems.push(BadSetting::Name(name));
        } else {
            forwarded.push(name);
        }
    }
    forwarded
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'=' | b'#'))
}
