//! What the concurrent core is made of here. The models of `tests/loom` put loom's own in its place, so that the same
//! files are checked under every order that threads can run in.

pub(super) use std::sync::Arc;

use parking_lot::MutexGuard;

pub(super) use parking_lot::Mutex;

/// When a flight began. Only compared.
pub(super) type Moment = std::time::Instant;

pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
