//! Any text is a configuration, or has problems that each name a line of it.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use lucarne::builtin::builtins;
use lucarne::config::Config;

fuzz_target!(|text: &str| {
    if let Err(problems) = Config::parse(text, Path::new("/base"), &builtins()) {
        let lines = text.lines().count().max(1);
        assert!(problems.iter().count() > 0);
        assert!(problems.iter().all(|problem| (1..=lines + 1).contains(&problem.line)));
    }
});
