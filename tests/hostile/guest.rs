//! Guests: core modules in WAT, made components as any toolchain would make them. An innocent module for each place
//! stands in `guests/`, and a misdeed is what takes the place of some of its fields.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lucarne::sandbox::World;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// Where a guest can misbehave: the functions of the worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Route,
    Lookup,
    Store,
    Inspect,
    Transform,
}

impl Place {
    pub(crate) const ALL: &[Self] = &[Self::Route, Self::Lookup, Self::Store, Self::Inspect, Self::Transform];

    /// The function, as WIT and the files in `guests/` name it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Lookup => "lookup",
            Self::Store => "store",
            Self::Inspect => "inspect",
            Self::Transform => "transform",
        }
    }

    pub(crate) fn world(self) -> World {
        match self {
            Self::Route => World::Router,
            Self::Lookup | Self::Store => World::CachePolicy,
            Self::Inspect | Self::Transform => World::Image,
        }
    }
}

/// The WAT of a misdeed in `guests/misdeeds/`.
pub(crate) fn misdeed(name: &str) -> String {
    read(&format!("tests/guests/misdeeds/{name}.wat"))
}

/// WAT that spoils an answer: `statements` run when it is written, and find its address in `$answer`.
pub(crate) fn spoil(statements: &str) -> String {
    format!("(func $spoil (param $answer i32) {statements})")
}

/// The component of the innocent guest of a place, in which these fields stand instead of its own.
pub(crate) fn component(place: Place, fields: &str) -> Vec<u8> {
    component_of(place.world().name(), &module(place, fields))
}

/// The core module of that guest, without the world that it is for.
pub(crate) fn module(place: Place, fields: &str) -> Vec<u8> {
    let innocent = read(&format!("tests/guests/{}.wat", place.function()));
    let (mut all, others) = (fields_of(&innocent), fields_of(fields));
    for other in others {
        let name = name_of(&other);
        match all.iter_mut().find(|field| name.is_some() && name_of(field) == name) {
            Some(field) => *field = other,
            None => all.push(other),
        }
    }
    // Imports come first in a module.
    all.sort_by_key(|field| !field.starts_with("(import"));
    let text = format!("(module {})", all.join("\n"));
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A core module as a component of this world.
pub(crate) fn component_of(world: &str, module: &[u8]) -> Vec<u8> {
    let (resolve, package) = wit();
    let mut module = module.to_vec();
    let world = resolve.select_world(&[*package], Some(world)).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

fn wit() -> &'static (Resolve, PackageId) {
    static WIT: OnceLock<(Resolve, PackageId)> = OnceLock::new();
    WIT.get_or_init(|| {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
        (resolve, package)
    })
}

/// The fields of a module's text, each from its parenthesis to the one that closes it.
fn fields_of(text: &str) -> Vec<String> {
    let (mut fields, mut field, mut depth, mut quoted) = (Vec::new(), String::new(), 0, false);
    for line in text.lines() {
        let line = line.split(";;").next().unwrap_or_default();
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            if depth > 0 || character == ')' {
                field.push(character);
            }
            if depth == 0 && character == ')' {
                fields.push(std::mem::take(&mut field));
            }
        }
        field.push('\n');
        if depth == 0 {
            field.clear();
        }
    }
    fields
}

/// What a field is called: `$name`, whether it is imported or its own; a module has one start.
fn name_of(field: &str) -> Option<&str> {
    let mut words = field.split(['(', ')', ' ', '\n']).filter(|word| !word.is_empty());
    match words.next()? {
        "start" => Some("start"),
        "import" => words.find(|word| word.starts_with('$')),
        _ => words.next().filter(|word| word.starts_with('$')),
    }
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
