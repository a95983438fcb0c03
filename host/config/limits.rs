//! `[limits]` and `[timeouts]`: how much of the node one client may take, in things and in time.

use std::time::Duration;

use super::reader::Section;
use super::units::{self, KIB, MIB, TIB, TIMEOUT};

/// How much clients may hold or send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; more wait to be accepted. Default 10,000: as many heads of
    /// the largest size are 160 MiB.
    pub connections: usize,
    /// Bytes of a request's target; longer is answered with 414. Default 8 KiB: RFC 9110 §4.1 asks for at least 8,000.
    pub url_bytes: u64,
    /// Bytes of a request's head, its target included; more is answered with 431. Default 16 KiB: room for large
    /// cookies, and for no more than that. At least 8 KiB, which is the smallest buffer the HTTP parser takes.
    pub header_bytes: u64,
    /// Bytes of a request's body; more is answered with 413. Default 64 MiB: an upload that is passed through is
    /// streamed, so this bounds time and bandwidth rather than memory. Zero refuses every body.
    pub request_body: u64,
}

/// How long clients may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first byte of a request's head to its last. Default 10 s: slower is an attack or a lost cause.
    pub header_read: Duration,
    /// How long a connection may wait for its next request. Default 60 s: long enough for a page's later pictures.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 10_000, url_bytes: 8 * KIB, header_bytes: 16 * KIB, request_body: 64 * MIB }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { header_read: Duration::from_secs(10), idle: Duration::from_secs(60) }
    }
}

impl Limits {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let default = Self::default();
        let limits = Self {
            connections: section.value("connections", units::count(1..=1_000_000)).unwrap_or(default.connections),
            url_bytes: section.value("url-bytes", units::size(256..=MIB)).unwrap_or(default.url_bytes),
            header_bytes: section.value("header-bytes", units::size(8 * KIB..=MIB)).unwrap_or(default.header_bytes),
            request_body: section.value("request-body", units::size(0..=TIB)).unwrap_or(default.request_body),
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
        }
    }
}
