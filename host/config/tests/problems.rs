//! What is wrong with a configuration, in words that say what to write instead.

use super::*;

/// Each case: a file without its end, and all that is said of it.
#[track_caller]
fn assert_problems(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_whole_file_problems(&format!("{text}{REST}"), expected);
    }
}

#[track_caller]
fn assert_whole_file_problems(text: &str, expected: &[&str]) {
    let problems = parse(text).expect_err(text);
    assert_eq!(problems.to_string(), expected.join("\n"), "in\n{text}");
}

#[test]
fn bad_values_are_quoted_and_corrected() {
    assert_problems(&[
        ("[cache]\nmemory = \"512XB\"", &["line 2: cache.memory: \"512XB\" is not a size; write it like \"512MiB\""]),
        ("cache = { memory = 512 }", &["line 1: cache.memory: 512 is not a size; write it like \"512MiB\""]),
        ("[cache]\ndecisions = \"512\"", &["line 2: cache.decisions: \"512\" is not a size; write it like \"512MiB\""]),
        (
            "[cache]\nmemory = \"1KiB\"",
            &["line 2: cache.memory: \"1KiB\" is out of range; it must be from 1.0 MiB to 16.0 TiB"],
        ),
        (
            "[cache]\nobject = \"64MiB\"\nmemory = \"32MiB\"",
            &["line 2: cache.object: is more than cache.memory, so nothing that large could be stored"],
        ),
        (
            "[cache]\nimage-default-ttl = \"1500ms\"",
            &["line 2: cache.image-default-ttl: \"1500ms\" is not a number of whole seconds"],
        ),
        (
            "[cache]\ndisk = { size = \"1MiB\", object = \"65MiB\", admission = \"never\" }",
            &[
                "line 2: cache.disk.size: \"1MiB\" is out of range; it must be from 64.0 MiB to 64.0 TiB",
                "line 2: cache.disk.object: \"65MiB\" is out of range; it must be from 1.0 KiB to 64.0 MiB",
                "line 2: cache.disk.admission: \"never\" is not one of \"second-request\", \"always\"",
                "line 2: cache.disk.path: is missing; write it like path = \"/var/cache/lucarne\"",
            ],
        ),
        ("drain-timeout = 30", &["line 1: drain-timeout: 30 is not a time span; write it like \"30s\" or \"1h 30m\""]),
        ("[timeouts]\nidle = \"0s\"", &["line 2: timeouts.idle: \"0s\" is out of range; it must be from 1ms to 1day"]),
        (
            "listen = \"8080\"",
            &["line 1: listen: \"8080\" is not an address and port; \
               write it like \"127.0.0.1:8080\" or \"[::1]:8080\""],
        ),
        ("admin = \"127.0.0.1:8080\"", &["line 1: admin: is the address of listen; clients must not reach it"]),
        ("trusted-proxies = \"10.0.0.1\"", &["line 1: trusted-proxies: \"10.0.0.1\" is not a list"]),
        (
            "trusted-proxies = [\n  \"10.0.0.0/8\",\n  \"10.0.0.0/40\",\n]",
            &["line 3: trusted-proxies: \"10.0.0.0/40\" is not an address or a network; write it like \"10.0.0.0/8\""],
        ),
        (
            "[log]\nlevel = \"loud\"",
            &["line 2: log.level: \"loud\" is not one of \"error\", \"warn\", \"info\", \"debug\", \"trace\""],
        ),
        ("[limits]\nconnections = -1", &["line 2: limits.connections: -1 is not a whole number"]),
        ("[limits]\nconnections = 0", &["line 2: limits.connections: 0 is out of range; it must be from 1 to 1000000"]),
        (
            "[limits]\nurl-bytes = \"17KiB\"",
            &["line 2: limits.url-bytes: is more than header-bytes, which counts the URL too"],
        ),
        (
            "[images]\nsource-pixels = \"1.0000001MP\"",
            &["line 2: images.source-pixels: \"1.0000001MP\" is not a number of pixels; \
             write it like 50_000_000 or \"50MP\""],
        ),
        ("log = 1", &["line 1: log: 1 is not a table"]),
        ("\n[log]\nformat = [\"json\"]", &["line 3: log.format: a list is not one of \"text\", \"json\""]),
    ]);
}

#[test]
fn unknown_keys_are_reported_with_what_was_meant() {
    assert_problems(&[
        ("[cache]\nmemroy = \"1GiB\"", &["line 2: cache.memroy: unknown key; did you mean `memory`?"]),
        ("drain_timeout = \"1s\"", &["line 1: drain_timeout: unknown key; did you mean `drain-timeout`?"]),
        (
            "[timeouts]\nconnect = \"1s\"",
            &["line 2: timeouts.connect: unknown key; there are header-read, idle, stall"],
        ),
        ("[log.file]\nname = \"x\"", &["line 1: log.file: unknown key; there are access, format, level"]),
        ("[log]\n\"a\\nb\" = 1", &["line 2: log.\"a\\nb\": unknown key; there are access, format, level"]),
        (
            "[component.query.settings]\nqality = 80",
            &["line 2: component.query.settings.qality: unknown key; did you mean `quality`?"],
        ),
        (
            "[component.image.settings]\nquality = 80",
            &["line 2: component.image.settings.quality: unknown key; there are none"],
        ),
    ]);
}

#[test]
fn references_that_lead_nowhere_are_reported() {
    let site = |keys: &str| format!("[[site]]\nhosts = [\"a.example\"]\nupstream = \"rest\"\n{keys}{REST}");
    for (keys, expected) in [
        (
            "router = \"qurey\"",
            "line 4: site[0].router: \"qurey\" is no component and no path of a .wasm file; did you mean `query`?",
        ),
        ("router = \"http\"", "line 4: site[0].router: \"http\" is a cache policy, not a router"),
        (
            "cache-policy = \"image\"",
            "line 4: site[0].cache-policy: \"image\" is an image component, not a cache policy",
        ),
        ("upstream = \"orgin\"", "line 4: duplicate key"),
        (
            "router = \"x.wasm\"\nimage = \"x.wasm\"",
            "line 5: site[0].image: \"x.wasm\" is a router elsewhere, so it cannot be an image component here",
        ),
        (
            "router = \"mine\"\n[component.mine]\nuse = \"image\"",
            "line 4: site[0].router: \"mine\" is an image component, not a router",
        ),
        (
            "[component.mine]\nuse = \"qery\"",
            "line 5: component.mine.use: \"qery\" is no built-in; did you mean `query`?",
        ),
        (
            "router = \"mine\"\n[component.mine]\nuse = \"query\"\npath = \"x.wasm\"",
            "line 7: component.mine.path: stands beside use; give one of them",
        ),
        (
            "router = \"mine\"\n[component.mine]\nlimits = { memory = \"1MiB\" }",
            "line 5: component.mine: needs path or use, as it is not the name of a built-in; \
             there are query, http, image",
        ),
    ] {
        assert_whole_file_problems(&site(keys), &[expected]);
    }
}

#[test]
fn a_site_needs_hosts_and_an_upstream() {
    let files: [(&str, &[&str]); 7] = [
        ("", &["line 1: site: there is no site; add [[site]] with hosts = [\"*\"]"]),
        ("\n[site]\nhosts = [\"*\"]", &["line 2: site: a table is not a list of tables; write [[site]]"]),
        (
            "\n[[site]]\nrouter = \"query\"",
            &[
                "line 2: site[0].hosts: is missing; write it like hosts = [\"img.example.com\"], or [\"*\"] for all",
                "line 2: site[0].upstream: there is no upstream; add [upstream.origin] with url or path",
            ],
        ),
        (
            "[upstream.a]\npath = \"a\"\n[upstream.b]\npath = \"b\"\n[[site]]\nhosts = []",
            &[
                "line 5: site[0].upstream: which one? there are a, b",
                "line 6: site[0].hosts: is empty, so the site would never answer",
            ],
        ),
        (
            "[upstream.a]\npath = \"a\"\n[[site]]\nupstream = \"A\"\nhosts = [\"x.example\"]\n\
             [[site]]\nhosts = [\n  \"y.example\",\n  \"X.example\",\n]",
            &[
                "line 4: site[0].upstream: \"A\" is no upstream; did you mean `a`?",
                "line 9: site[1].hosts: \"X.example\" stands here for the second time; a host belongs to one site",
            ],
        ),
        (
            "[upstream.a]\npath = \"a\"\n[[site]]\nhosts = [\"*\"]\nviewport-widths = [320, 640, 640, 0]",
            &[
                "line 5: site[0].viewport-widths: 640 is not more than the width before it",
                "line 5: site[0].viewport-widths: 0 is out of range; it must be from 1 to 65535",
            ],
        ),
        (
            "[upstream.a]\npath = \"a\"\n[[site]]\nhosts = [\"*\"]\nviewport-widths = []",
            &["line 5: site[0].viewport-widths: is empty; leave it out for the usual widths"],
        ),
    ];
    for (text, expected) in files {
        assert_whole_file_problems(text, expected);
    }
}

#[test]
fn a_token_is_long_can_be_sent_and_is_not_shown() {
    assert_problems(&[
        (
            "[purge]\ntoken = \"secret\"",
            &["line 2: purge.token: a token has at least 16 characters; `openssl rand -hex 32` makes one"],
        ),
        ("[purge]\ntoken = \"0123456789 abcdef\"", &["line 2: purge.token: a token has visible ASCII characters only"]),
        ("[purge]\ntoken = 5", &["line 2: purge.token: is not text; put it in quotes"]),
        ("[purge]\nallow = [\"10.0.0.0/8\"]", &["line 2: purge.allow: is of no use without token or token-file"]),
    ]);
    let config = config(&format!("[purge]\ntoken = \"0123456789abcdef\"\n{REST}"));
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
}

#[test]
fn an_upstream_is_a_server_or_a_folder() {
    let upstream = |keys: &str| format!("[upstream.a]\n{keys}{REST}");
    let malformed = "is not a URL; write it like \"https://origin.example/pictures\"";
    for (keys, expected) in [
        ("", "line 1: upstream.a: needs url, for an HTTP server, or path, for a folder".to_owned()),
        ("url = \"http://a\"\npath = \"a\"", "line 3: upstream.a.path: stands beside url; give one of them".to_owned()),
        ("url = \"origin.example\"", format!("line 2: upstream.a.url: \"origin.example\" {malformed}")),
        ("url = \"ftp://a\"", format!("line 2: upstream.a.url: \"ftp://a\" {malformed}")),
        ("url = \"http://:80/\"", format!("line 2: upstream.a.url: \"http://:80/\" {malformed}")),
        (
            "url = \"http://me:secret@a\"",
            "line 2: upstream.a.url: \"http://me:secret@a\" has user information, which is not sent; leave it out"
                .into(),
        ),
        (
            "url = \"http://a/#x\"",
            "line 2: upstream.a.url: \"http://a/#x\" has a query or a fragment; \
             only a path can go before what is asked for"
                .into(),
        ),
        ("url = \"http://a\"\nca = \"a.pem\"", "line 3: upstream.a.ca: is for an https URL".into()),
        (
            "url = \"http://a\"\nmax-age = \"1m\"",
            "line 3: upstream.a.max-age: is for a folder; an HTTP server states lifetimes itself".into(),
        ),
        (
            "path = \"a\"\nca = \"a.pem\"",
            "line 3: upstream.a.ca: is for an HTTP server, and this upstream is a folder".into(),
        ),
    ] {
        assert_whole_file_problems(&upstream(keys), &[&expected]);
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    assert_whole_file_problems(
        r#"listen = 8080
colour = "red"

[images]
wait = "soon"
source-pixels = "many"
queues = 1

[[site]]
hosts = ["*.example.com:81", "bücher.example", "a b"]
router = "ruter"
upstream = "nowhere"

[upstream.origin]
ur = "http://a"

[component.mine]
path = 1

[cache]
memory = "much"
"#,
        &[
            "line 1: listen: 8080 is not an address and port; write it like \"127.0.0.1:8080\" or \"[::1]:8080\"",
            "line 2: colour: unknown key; there are admin, cache, component, drain-timeout, images, limits, listen, \
             log, node-name, purge, site, timeouts, trusted-proxies, upstream",
            "line 5: images.wait: \"soon\" is not a time span; write it like \"30s\" or \"1h 30m\"",
            "line 6: images.source-pixels: \"many\" is not a number of pixels; write it like 50_000_000 or \"50MP\"",
            "line 7: images.queues: unknown key; did you mean `queue`?",
            "line 10: site[0].hosts: \"*.example.com:81\" has a port behind a wildcard; leave the port out",
            "line 10: site[0].hosts: \"bücher.example\" is not in ASCII; write the name as requests have it, with xn--",
            "line 10: site[0].hosts: \"a b\" is not a host; write it like \"img.example.com\", \
             \"img.example.com:8080\", \"*.example.com\" or \"*\"",
            "line 11: site[0].router: \"ruter\" is no component and no path of a .wasm file; there are mine, query, \
             http, image",
            "line 12: site[0].upstream: \"nowhere\" is no upstream; there is only origin",
            "line 14: upstream.origin: needs url, for an HTTP server, or path, for a folder",
            "line 15: upstream.origin.ur: unknown key; did you mean `url`?",
            "line 18: component.mine.path: 1 is not text; put it in quotes",
            "line 21: cache.memory: \"much\" is not a size; write it like \"512MiB\"",
        ],
    );
}

#[test]
fn text_that_is_not_toml_is_one_problem() {
    for (text, line) in [("a = ", 1), ("[cache]\nmemory = \"1", 2), ("a = 1\n\na = 2", 3), ("[a\nb = 1", 1)] {
        let problems = parse(text).expect_err(text);
        let lines: Vec<_> = problems.iter().map(|problem| (problem.line, problem.key.as_str())).collect();
        assert_eq!(lines, [(line, "")], "{problems}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lucarne.toml");
    let missing = Config::load(&path, &BUILT_INS).unwrap_err().to_string();
    assert_eq!(missing, format!("cannot read the configuration {}", path.display()));
    std::fs::write(&path, "").unwrap();
    let invalid = Config::load(&path, &BUILT_INS).unwrap_err().to_string();
    assert!(invalid.starts_with(&format!("{} cannot be used:\nline 1: site: ", path.display())), "{invalid}");
}
