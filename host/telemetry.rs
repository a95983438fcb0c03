//! What the node tells about itself: metrics and logs. It knows the words of the other modules, not their work.

mod access;
mod logs;
mod metrics;

pub use access::{AccessLine, AccessLog, printable};
pub use logs::{LogFormat, install as install_logs};
pub use metrics::{DiskBytes, Gauge, Metrics, ShelfLabel, StatusClass};
