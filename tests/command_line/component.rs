//! `lucarne component inspect`.

use super::{folder, path_in, run};

#[test]
fn a_component_says_what_it_is() {
    for (component, exports) in [
        (&lucarne_bundle::QUERY, "route"),
        (&lucarne_bundle::HTTP, "lookup, store"),
        (&lucarne_bundle::IMAGE, "inspect, transform"),
        (&lucarne_bundle::EXAMPLE_ROUTER, "route"),
    ] {
        let files = folder(&[("component.wasm", component.wasm)]);
        let inspected = run(&["component", "inspect", &path_in(&files, "component.wasm")]);
        assert_eq!(inspected.status, 0, "{}", inspected.stderr);
        let text = inspected.text();
        let says = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        let world = format!("{:?}", component.world).to_lowercase();
        assert_eq!(says("world").replace('-', ""), world, "{text}");
        let mut names: Vec<&str> = says("exports").split(", ").collect();
        names.sort_unstable();
        assert_eq!(names.join(", "), exports);
        assert!(says("imports").split(", ").all(|import| import.starts_with("lucarne:edge/")), "{text}");
        assert_eq!(says("size"), format!("{} bytes", component.wasm.len()));
        assert_eq!(says("digest"), format!("{} (BLAKE3)", lucarne::cache::Digest::of(component.wasm)));
    }
}

#[test]
fn what_is_no_component_is_told_so() {
    let empty_component = wat::parse_str("(component)").unwrap();
    let files = folder(&[
        ("core.wasm", b"\0asm\x01\0\0\0"),
        ("garbage.wasm", b"\x7fELF and so on"),
        ("empty.wasm", b""),
        ("cut.wasm", &lucarne_bundle::QUERY.wasm[..1000]),
    ]);
    for (file, said) in [
        ("core.wasm", "it is a core module, not a component; build it with `cargo xtask component"),
        ("garbage.wasm", "it is not a WebAssembly component"),
        ("empty.wasm", "it is not a WebAssembly component"),
        ("cut.wasm", "it does not compile"),
    ] {
        run(&["component", "inspect", &path_in(&files, file)]).assert_failed(65, &[file, said]);
    }
    run(&["component", "inspect", &path_in(&files, "none.wasm")]).assert_failed(1, &["cannot read "]);
    // A component of no world is described, and then refused.
    let files = folder(&[("worldless.wasm", &empty_component)]);
    let inspected = run(&["component", "inspect", &path_in(&files, "worldless.wasm")]);
    assert_eq!(inspected.status, 65);
    assert!(inspected.text().contains("exports none\n") && inspected.stderr.contains("would be refused: "));
}
