//! `[limits]` and `[timeouts]`: how much of the node one client may take, in things and in time.

use std::time::Duration;

use super::reader::Section;
use super::units::{self, KIB, MIB, TIB, TIMEOUT};

/// How much clients may hold or send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; for one more, those that have been idle for longest are closed. Default 10,000: as many
    /// heads of the largest size are 160 MiB.
    pub connections: usize,
    /// Requests at once on one HTTP/2 connection. Default 100: RFC 9113 §6.5.2 advises no less, and browsers use no more.
    pub streams: u32,
    /// Bytes of a request's target; longer is answered with 414. Default 8 KiB: RFC 9110 §4.1 asks for at least 8,000.
    pub url_bytes: u64,
    /// Bytes of a request's head, its target included; more is answered with 431. Default 16 KiB: room for large
    /// cookies, and for no more than that. At least 8 KiB, which is the smallest buffer the HTTP parser takes.
    pub header_bytes: u64,
    /// Bytes of a request's body; more is answered with 413. Default 64 MiB: an upload that is passed through is
    /// streamed, so this bounds time and bandwidth rather than memory. Zero refuses every body.
    pub request_body: u64,
    /// Bytes a second, on average over `timeouts.stall`, that a client has to send of a body or take of an answer while
    /// it is waited for. Default 1 KiB: less than any modem, and more than what holds connections open for nothing.
    pub minimum_rate: u64,
}

/// How long clients may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first byte of a request's head to its last. Default 10 s: slower is an attack or a lost cause.
    pub header_read: Duration,
    /// How long a connection may wait for its next request. Default 60 s: long enough for a page's later pictures.
    pub idle: Duration,
    /// Over how long `limits.minimum-rate` is measured, so that this is also the longest silence. Default 60 s: a phone
    /// that changes its cell comes back within it.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            streams: 100,
            url_bytes: 8 * KIB,
            header_bytes: 16 * KIB,
            request_body: 64 * MIB,
            minimum_rate: KIB,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { header_read: Duration::from_secs(10), idle: Duration::from_secs(60), stall: Duration::from_secs(60) }
    }
}

impl Limits {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let default = Self::default();
        let limits = Self {
            connections: section.value("connections", units::count(1..=1_000_000)).unwrap_or(default.connections),
            streams: section.value("streams", units::count(1..=10_000)).unwrap_or(default.streams),
            url_bytes: section.value("url-bytes", units::size(256..=MIB)).unwrap_or(default.url_bytes),
            header_bytes: section.value("header-bytes", units::size(8 * KIB..=MIB)).unwrap_or(default.header_bytes),
            request_body: section.value("request-body", units::size(0..=TIB)).unwrap_or(default.request_body),
            minimum_rate: section.value("minimum-rate", units::size(1..=MIB)).unwrap_or(default.minimum_rate),
        };
        if limits.url_bytes > limits.header_bytes {
            section.problem("url-bytes", "is more than header-bytes, which counts the URL too");
        }
        limits
    }
}

impl Timeouts {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let default = Self::default();
        Self {
            header_read: section.value("header-read", units::duration(TIMEOUT)).unwrap_or(default.header_read),
            idle: section.value("idle", units::duration(TIMEOUT)).unwrap_or(default.idle),
            stall: section.value("stall", units::duration(TIMEOUT)).unwrap_or(default.stall),
        }
    }
}
