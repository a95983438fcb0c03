//! The two engines: one for the small components that decide, one for those that make pictures. They differ in how
//! much memory an instance may have and keeps, and never share types.
//!
//! Deadlines are epochs: a thread ticks once a millisecond while calls are in flight, and sleeps otherwise.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmFeatures};

use crate::sandbox::limits::{CORE_INSTANCES, MEMORIES, STACK, TABLE_ELEMENTS, TABLES};

/// The length of an epoch.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// How long the ticker goes on without a call: a busy node never sends it to sleep.
const TICKS_UNTIL_ASLEEP: u32 = 100;

/// Bytes that an idle policy slot keeps: an ordinary call touches less, so the next one faults no page in.
const POLICY_RESIDENT: usize = 4 << 20;

/// Bytes that an idle image slot keeps. Measured at +4 % over a reused instance, against +14 % without.
const IMAGE_RESIDENT: usize = 64 << 20;

/// The engines, and the clock that ends their calls.
pub(super) struct Engines {
    pub(super) policy: Engine,
    pub(super) image: Engine,
    ticker: Arc<Ticker>,
}

/// Ticks while there is something to time.
struct Ticker {
    engines: [Engine; 2],
    in_flight: AtomicU64,
    asleep: AtomicBool,
    stopped: AtomicBool,
    thread: OnceLock<Thread>,
}

/// A call in flight: the ticker runs while one exists.
#[must_use]
pub(super) struct Timed<'a> {
    ticker: &'a Ticker,
}

impl Engines {
    /// `image_memory` is the greatest memory limit of any image component; `image_slots` how many run at once.
    pub(super) fn new(policy_memory: usize, image_memory: usize, image_slots: u32) -> wasmtime::Result<Self> {
        let policy = Engine::new(&configuration(policy_memory, policy_slots(), POLICY_RESIDENT))?;
        let image = Engine::new(&configuration(image_memory, image_slots, IMAGE_RESIDENT))?;
        let ticker = Arc::new(Ticker {
            engines: [policy.clone(), image.clone()],
            in_flight: AtomicU64::new(0),
            asleep: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let ticking = Arc::clone(&ticker);
        let thread = thread::Builder::new().name("epochs".into()).spawn(move || ticking.run())?;
        ticker.thread.get_or_init(|| thread.thread().clone());
        Ok(Self { policy, image, ticker })
    }

    /// To be held during a call.
    pub(super) fn time(&self) -> Timed<'_> {
        self.ticker.in_flight.fetch_add(1, Ordering::SeqCst);
        if self.ticker.asleep.load(Ordering::SeqCst) {
            self.ticker.wake();
        }
        Timed { ticker: &self.ticker }
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.ticker.stopped.store(true, Ordering::SeqCst);
        self.ticker.wake();
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.ticker.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Ticker {
    fn run(&self) {
        let mut idle_ticks = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            thread::park_timeout(TICK);
            for engine in &self.engines {
                engine.increment_epoch();
            }
            idle_ticks = if self.in_flight.load(Ordering::SeqCst) == 0 { idle_ticks + 1 } else { 0 };
            if idle_ticks > TICKS_UNTIL_ASLEEP {
                self.sleep();
                idle_ticks = 0;
            }
        }
    }

    /// INVARIANT: a call counts itself before it looks at `asleep`, and this sets `asleep` before it looks at the
    /// count; so either this sees the call or the call sees this.
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while self.in_flight.load(Ordering::SeqCst) == 0 && !self.stopped.load(Ordering::SeqCst) {
            thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// Policy calls run on the runtime's threads, at most one a thread, and there are as many threads as cores. Twice that
/// leaves room for the command line and for tests; each slot reserves 8 GiB of addresses.
fn policy_slots() -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    u32::try_from(cores).unwrap_or(u32::MAX).saturating_mul(2).max(16)
}

fn configuration(memory: usize, slots: u32, resident: usize) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots * CORE_INSTANCES)
        .total_memories(slots * MEMORIES)
        .total_tables(slots * TABLES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memories_per_module(1)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(memory)
        .linear_memory_keep_resident(resident)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots(slots)
        .pagemap_scan(Enabled::Auto);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        .guard_before_linear_memory(true)
        .signals_based_traps(true)
        .max_wasm_stack(STACK)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        // A backtrace is for the log of a component's author, and costs nothing until something traps.
        .wasm_backtrace_max_frames(NonZeroUsize::new(16))
        // The component model's asynchronous half is where this year's escapes were, and host calls cost less than
        // half without it.
        .concurrency_support(false)
        .relaxed_simd_deterministic(true)
        .wasm_features(REFUSED_FEATURES, false);
    config
}

/// Proposals that no component needs: what is not compiled cannot be miscompiled.
const REFUSED_FEATURES: WasmFeatures = WasmFeatures::GC
    .union(WasmFeatures::FUNCTION_REFERENCES)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::SHARED_EVERYTHING_THREADS)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::STACK_SWITCHING)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES)
    .union(WasmFeatures::CM_ASYNC);
