//! What the core is made of, as loom has it.

pub(super) use loom::sync::{Arc, Mutex};

pub(super) type Moment = u64;

pub(super) type HashMap<K, V> = std::collections::HashMap<K, V>;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> loom::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
