//! What one call of a component may use, each number with its reason. The host enforces all of it, whatever the guest
//! does.

use std::time::Duration;

/// The limits of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories of the component together.
    pub memory: usize,
    /// CPU time of the calling thread, from when the instance is made.
    pub time: Duration,
    /// Wall time: only a loaded machine can make it longer than CPU time, since no host function waits.
    pub wall: Duration,
    /// Bytes that may come back across the boundary in one transfer, decoded lists counted by their elements.
    pub transfer: usize,
    /// Calls of host functions.
    pub host_calls: u32,
    /// Lines that reach the node's log; the rest are counted as host calls and dropped.
    pub log_lines: u32,
    /// Bytes of a line that reach the log.
    pub log_line: usize,
}

/// Core instances that make up one component: a module and its adapters.
pub(super) const CORE_INSTANCES: u32 = 8;
/// Linear memories of one component.
pub(super) const MEMORIES: u32 = 2;
/// Tables of one component.
pub(super) const TABLES: u32 = 4;
/// Elements of one table: Rust guests have some hundred function pointers.
pub(super) const TABLE_ELEMENTS: usize = 20_000;
/// Bytes of stack: deep enough for decoders, shallow enough to leave a thread's stack to the host.
pub(super) const STACK: usize = 512 << 10;
/// Bytes of a component file: larger ones would take too long to compile, and huge functions are where compilers err.
pub(super) const COMPONENT_FILE: u64 = 16 << 20;

/// Modules and components within one component, at any depth: toolchains make a handful, and each takes the compiler some
/// 100 KB. Measured: more than 8 GB for the 100,000 empty ones that a file of one megabyte can hold.
pub(super) const PARTS: usize = 100;

impl Limits {
    /// For routers and cache policies: they read some strings and answer. An ordinary call takes 20 µs.
    pub const POLICY: Self = Self {
        memory: 16 << 20,
        time: Duration::from_millis(5),
        wall: Duration::from_secs(1),
        transfer: 1 << 20,
        host_calls: 1000,
        log_lines: 16,
        log_line: 4 << 10,
    };

    /// For image components: a decoded picture takes one to four bytes a pixel, and up to twelve while it is decoded
    /// (progressive JPEG, WebP with alpha); so this holds a baseline JPEG of 50 megapixels, and a progressive one of
    /// about 25. The time is a base; each megapixel of the source adds [`Limits::PER_MEGAPIXEL`].
    pub const IMAGE: Self =
        Self { memory: 256 << 20, time: Duration::from_secs(1), transfer: 33 << 20, ..Self::POLICY };

    /// CPU time for making an instance, start functions included, where the time of a call is less. What this takes is
    /// mostly the machine's: an instance is made in 15 µs, but a page that the machine below has to find first was
    /// measured to take 6 ms, and that is no fault of the guest.
    pub const START: Duration = Duration::from_millis(50);

    /// Added to an image component's time for each megapixel of the source: three times what a full decode with
    /// portable code takes.
    pub const PER_MEGAPIXEL: Duration = Duration::from_millis(100);

    /// Wall time as a multiple of CPU time, where that is more than the default: a loaded machine is not the
    /// component's fault, but the client waits.
    pub const WALL_FACTOR: u32 = 4;
}
