//! What a guest writes to the node's log.

use std::io::{self, Write};
use std::sync::Arc;

use lucarne::sandbox::{ComponentSpec, FailureReason};
use parking_lot::Mutex;

use super::claims::forging;
use super::direct::{sandbox, spec, view};
use super::guest::{Place, component, misdeed};

/// A log that can be read.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

#[test]
fn sixteen_lines_of_four_kib_reach_the_log_and_nothing_ends_a_line_early() {
    let time = Some(std::time::Duration::from_secs(2));
    let spec = ComponentSpec { time, ..spec(component(Place::Route, &misdeed("log-flood"))) };
    let router = sandbox().router(&spec).unwrap();
    let (pages, view) = (Pages::default(), view("/"));
    let writer = pages.clone();
    let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let failure = tracing::subscriber::with_default(log, || router.route(&view)).unwrap_err();
    assert_eq!(failure.reason, FailureReason::HostCalls);

    let text = String::from_utf8(pages.0.lock().clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 16, "{text}");
    for line in lines {
        // The message has three bytes a character, and the limit falls within one.
        assert!((4095..4095 + 200).contains(&line.len()), "{}", line.len());
        assert!(line.contains("component=\"guest\" \u{20ac}"), "{line}");
    }
}

#[test]
fn where_a_component_failed_is_one_line_for_those_who_debug() {
    let router = sandbox().router(&spec(component(Place::Route, &forging()))).unwrap();
    for (level, expected) in [(tracing::Level::INFO, 0), (tracing::Level::DEBUG, 1)] {
        let (pages, view) = (Pages::default(), view("/"));
        let writer = pages.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).with_max_level(level);
        let failure = tracing::subscriber::with_default(log.finish(), || router.route(&view)).unwrap_err();
        assert_eq!(failure.reason, FailureReason::Unreachable);
        let text = String::from_utf8(pages.0.lock().clone()).unwrap();
        let places: Vec<&str> = text.lines().filter(|line| line.contains("wasm backtrace")).collect();
        assert_eq!(places.len(), expected, "{text}");
        assert!(places.iter().all(|line| line.contains("ERROR forged") && line.len() < 4096 + 200), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("2026-01-01 ERROR forged")), "{text}");
    }
}

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
