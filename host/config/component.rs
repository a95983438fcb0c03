//! `[component.NAME]`: the Wasm components that sites may name, with their settings and limits.
//!
//! A site names a component in one of three ways: by its table here, by the name of a built-in, or by the path of a
//! file. [`Components`] turns each into one entry. It does not open the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::reader::{Section, did_you_mean};
use super::units::{self, GIB, MIB};
use crate::sandbox::{Limits, World};

/// A component that a site uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentConfig {
    /// Where its bytes are.
    pub source: ComponentSource,
    /// What the sites use it as. A file is of this world only if it says so itself when it is loaded.
    pub world: World,
    /// What it reads with `config.values`. One value is a list of one; numbers and booleans are text by now.
    pub settings: BTreeMap<String, Vec<String>>,
    /// What one call may take.
    pub limits: ComponentLimits,
}

/// Where a component's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentSource {
    /// In the node, under this name.
    BuiltIn(String),
    /// In this file.
    File(PathBuf),
}

/// What one call of a component may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentLimits {
    /// Bytes of linear memory, all memories together. Default 16 MiB for a router or a cache policy, which see heads
    /// only; 256 MiB for an image component, which holds decoded pixels.
    pub memory: u64,
    /// Processor time. Default 5 ms for a router or a cache policy, which stand in the way of each request; 1 s for an
    /// image component, to which the sandbox adds time for each pixel of the source.
    pub time: Duration,
}

/// A component that is part of the node, as far as the configuration has to know it.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name by which a site or `use` refers to it.
    pub name: &'static str,
    /// What it is for.
    pub world: World,
    /// The settings that it reads; any other is a problem.
    pub settings: &'static [&'static str],
}

/// All components that can be named, and those that have been.
pub(super) struct Components<'c> {
    builtins: &'c [BuiltIn],
    base: &'c Path,
    written: BTreeMap<String, Written>,
    used: BTreeMap<String, ComponentConfig>,
}

/// A `[component.NAME]` as it stands in the file. `source` is `None` where it is wrong, which is noted already.
struct Written {
    source: Option<ComponentSource>,
    settings: BTreeMap<String, Vec<String>>,
    memory: Option<u64>,
    time: Option<Duration>,
}

impl ComponentConfig {
    /// A built-in without settings, with the default limits of its world.
    pub(super) fn built_in(name: &str, world: World) -> Self {
        Self::plain(ComponentSource::BuiltIn(name.to_owned()), world)
    }

    fn plain(source: ComponentSource, world: World) -> Self {
        Self { source, world, settings: BTreeMap::new(), limits: ComponentLimits::of(world) }
    }
}

impl ComponentLimits {
    /// The default limits of a world.
    pub fn of(world: World) -> Self {
        let limits = match world {
            World::Router | World::CachePolicy => Limits::POLICY,
            World::Image => Limits::IMAGE,
        };
        Self { memory: limits.memory as u64, time: limits.time }
    }
}

impl<'c> Components<'c> {
    /// Reads every `[component.NAME]`.
    pub(super) fn read(root: &mut Section<'_>, builtins: &'c [BuiltIn], base: &'c Path) -> Self {
        let written = root.named("component", |name, section| Written::read(name, section, builtins, base));
        Self { builtins, base, written, used: BTreeMap::new() }
    }

    /// Notes that a site uses `name` as `world`. Fails with the end of a sentence that begins with the name.
    pub(super) fn refer(&mut self, name: &str, world: World) -> Result<(), String> {
        let Some(component) = self.find(name, world)? else { return Ok(()) };
        match (&component.source, self.used.get(name)) {
            (ComponentSource::BuiltIn(built_in), _) => self.expect_world(built_in, world)?,
            (ComponentSource::File(_), Some(used)) if used.world != world => {
                return Err(format!("is {} elsewhere, so it cannot be {} here", article(used.world), article(world)));
            }
            (ComponentSource::File(_), _) => {}
        }
        self.used.insert(name.to_owned(), component);
        Ok(())
    }

    /// The components that were referred to, by name.
    pub(super) fn into_used(self) -> BTreeMap<String, ComponentConfig> {
        self.used
    }

    /// `Ok(None)` for a table that is wrong, which is noted already.
    fn find(&self, name: &str, world: World) -> Result<Option<ComponentConfig>, String> {
        if let Some(written) = self.written.get(name) {
            return Ok(written.as_world(world));
        }
        if self.builtins.iter().any(|built_in| built_in.name == name) {
            return Ok(Some(ComponentConfig::built_in(name, world)));
        }
        if name.contains('/') || name.ends_with(".wasm") {
            return Ok(Some(ComponentConfig::plain(ComponentSource::File(self.base.join(name)), world)));
        }
        let names = self.written.keys().map(String::as_str).chain(names(self.builtins));
        Err(format!("is no component and no path of a .wasm file; {}", did_you_mean(name, names)))
    }

    fn expect_world(&self, built_in: &str, world: World) -> Result<(), String> {
        match self.builtins.iter().find(|known| known.name == built_in) {
            Some(known) if known.world != world => Err(format!("is {}, not {}", article(known.world), article(world))),
            _ => Ok(()),
        }
    }
}

impl Written {
    fn read(name: &str, section: &mut Section<'_>, builtins: &[BuiltIn], base: &Path) -> Self {
        let built_in = section.value("use", |value| {
            let name = units::text(value)?;
            let known = builtins.iter().find(|known| known.name == name);
            known.ok_or_else(|| format!("is no built-in; {}", did_you_mean(&name, names(builtins))))
        });
        let path = section.value("path", units::path(base));
        let namesake = builtins.iter().find(|known| known.name == name);
        let built_in = match (section.has("use"), section.has("path")) {
            (true, true) => {
                section.problem("path", "stands beside use; give one of them");
                None
            }
            (false, false) => {
                if namesake.is_none() {
                    let have = did_you_mean(name, names(builtins));
                    section.own_problem(format!("needs path or use, as it is not the name of a built-in; {have}"));
                }
                namesake
            }
            _ => built_in,
        };
        let settings = section.map("settings", built_in.map(|known| known.settings), setting);
        let (memory, time) = section.table("limits", |limits| {
            let time = Duration::from_millis(1)..=Duration::from_secs(600);
            (limits.value("memory", units::size(MIB..=4 * GIB)), limits.value("time", units::duration(time)))
        });
        let source = match built_in {
            Some(known) => Some(ComponentSource::BuiltIn(known.name.to_owned())),
            None => path.map(ComponentSource::File),
        };
        Self { source, settings, memory, time }
    }

    fn as_world(&self, world: World) -> Option<ComponentConfig> {
        let default = ComponentLimits::of(world);
        Some(ComponentConfig {
            source: self.source.clone()?,
            world,
            settings: self.settings.clone(),
            limits: ComponentLimits {
                memory: self.memory.unwrap_or(default.memory),
                time: self.time.unwrap_or(default.time),
            },
        })
    }
}

/// One value, or a list of them.
fn setting(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match value.as_array() {
        None => Ok(vec![scalar(value)?]),
        Some(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
    }
}

fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        _ => Err("is not text, a whole number, true or false, or a list of these".to_owned()),
    }
}

fn names(builtins: &[BuiltIn]) -> impl Iterator<Item = &str> + Clone {
    builtins.iter().map(|built_in| built_in.name)
}

fn article(world: World) -> &'static str {
    match world {
        World::Router => "a router",
        World::CachePolicy => "a cache policy",
        World::Image => "an image component",
    }
}
