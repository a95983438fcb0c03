//! Routers of a few instructions, written as text, for what the built-in ones do not read.

use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A router that puts the answer of one getter into the body of its reply.
pub(super) enum WatRouter {
    /// The value of this field; nothing where it is absent.
    Header(&'static str),
    /// `past` or `before`.
    IsPast(u64),
}

impl WatRouter {
    /// The component, in a file of its own.
    pub(super) fn file(&self) -> PathBuf {
        let name = match self {
            Self::Header(name) => format!("router-header-{name}.wasm"),
            Self::IsPast(instant) => format!("router-is-past-{instant}.wasm"),
        };
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        write(&path, &self.component());
        path
    }

    fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.text()).unwrap();
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("wit")).unwrap();
        let world = resolve.select_world(&[package], Some("router")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
        ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
    }

    /// The module. What it returns lies at 1024: `ok`, the route `reply`, status 200, no fields, and a body.
    fn text(&self) -> String {
        let (import, data, read) = match self {
            Self::Header(name) => (
                "(import \"lucarne:edge/http@0.1.0\" \"[method]request.header\"
                   (func $read (param i32 i32 i32 i32)))"
                    .to_owned(),
                format!("(data (i32.const 0) {name:?})"),
                format!(
                    "(call $read (local.get $request) (i32.const 0) (i32.const {}) (i32.const 512))
                     (if (i32.load8_u (i32.const 512)) (then
                       (i32.store (i32.const 1052) (i32.load (i32.const 516)))
                       (i32.store (i32.const 1056) (i32.load (i32.const 520)))))",
                    name.len()
                ),
            ),
            Self::IsPast(instant) => (
                "(import \"lucarne:edge/http@0.1.0\" \"[method]request.is-past\"
                   (func $read (param i32 i64) (result i32)))"
                    .to_owned(),
                "(data (i32.const 0) \"pastbefore\")".to_owned(),
                format!(
                    "(if (call $read (local.get $request) (i64.const {instant}))
                       (then (i32.store (i32.const 1052) (i32.const 0)) (i32.store (i32.const 1056) (i32.const 4)))
                       (else (i32.store (i32.const 1052) (i32.const 4)) (i32.store (i32.const 1056) (i32.const 6))))"
                ),
            ),
        };
        format!(
            "(module
               {import}
               (import \"lucarne:edge/http@0.1.0\" \"[resource-drop]request\" (func $drop (param i32)))
               (memory (export \"memory\") 1)
               (global $free (mut i32) (i32.const 4096))
               {data}
               (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
                 (local $at i32)
                 (local.set $at (global.get $free))
                 (global.set $free (i32.add (global.get $free) (local.get 3)))
                 (local.get $at))
               (func (export \"route\") (param $request i32) (result i32)
                 (i32.store8 (i32.const 1032) (i32.const 2))
                 (i32.store16 (i32.const 1040) (i32.const 200))
                 {read}
                 (call $drop (local.get $request))
                 (i32.const 1024)))"
        )
    }
}

/// Puts a file in place at once: tests that run side by side may write the same one.
pub(super) fn write(path: &Path, content: &[u8]) {
    let directory = path.parent().unwrap();
    std::fs::create_dir_all(directory).unwrap();
    let mut file = tempfile::NamedTempFile::new_in(directory).unwrap();
    std::io::Write::write_all(&mut file, content).unwrap();
    file.persist(path).unwrap();
}
