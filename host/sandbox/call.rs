//! One call of a component: a fresh store with its limits, the host functions that the guest sees, and the record of
//! what it read. The store is dropped afterwards, whatever happened.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use wasmtime::component::Resource;
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline};

use crate::clock::{stopwatch, thread_cpu_time};
use crate::request::ImageFormat;
use crate::sandbox::bindings::{caching, config, http as guest_http, imaging, log, routing};
use crate::sandbox::convert;
use crate::sandbox::engine::TICK;
use crate::sandbox::failure::LimitReached;
use crate::sandbox::limits::{Limits, TABLE_ELEMENTS};
use crate::sandbox::read::{Answer, Getter, Read, RequestView};
use crate::sandbox::spec::Identity;

/// What a store holds.
pub(super) struct Call {
    identity: Arc<Identity>,
    view: Option<RequestView>,
    reads: Vec<Read>,
    limits: Limits,
    memory: usize,
    host_calls: u32,
    log_lines: u32,
}

impl Call {
    /// A store for one call, with the time for making an instance. `view` is the request that the getters answer from;
    /// image components have none.
    pub(super) fn store(
        engine: &Engine,
        identity: &Arc<Identity>,
        limits: Limits,
        view: Option<RequestView>,
    ) -> Store<Self> {
        let identity = Arc::clone(identity);
        let call = Self { identity, view, reads: Vec::new(), limits, memory: 0, host_calls: 0, log_lines: 0 };
        let mut store = Store::new(engine, call);
        store.limiter(|call| call);
        store.set_hostcall_fuel(limits.transfer);
        set_deadline(&mut store, limits.time.max(Limits::START), limits.wall);
        store
    }

    /// What the guest has read, in order, each question once.
    pub(super) fn into_reads(self) -> Vec<Read> {
        self.reads
    }

    fn count_host_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        let limit = self.limits.host_calls;
        if self.host_calls > limit { Err(LimitReached::HostCalls { limit }.into()) } else { Ok(()) }
    }

    fn read(&mut self, getter: Getter) -> wasmtime::Result<Answer<'static>> {
        self.count_host_call()?;
        if let Some(known) = self.reads.iter().find(|read| read.getter == getter) {
            return Ok(known.answer.clone());
        }
        let view = self.view.as_ref().ok_or_else(|| wasmtime::Error::msg("this world has no request"))?;
        let answer = getter.answer(view).into_owned();
        self.reads.push(Read { getter, answer: answer.clone() });
        Ok(answer)
    }

    fn read_flag(&mut self, getter: Getter) -> wasmtime::Result<bool> {
        Ok(self.read(getter)? == Answer::Flag(true))
    }

    fn read_number(&mut self, getter: Getter) -> wasmtime::Result<Option<u32>> {
        match self.read(getter)? {
            Answer::Number(number) => Ok(number),
            _ => Ok(None),
        }
    }

    fn read_text(&mut self, getter: Getter) -> wasmtime::Result<String> {
        match self.read(getter)? {
            Answer::Text(text) => Ok(text.into_owned()),
            _ => Ok(String::new()),
        }
    }

    fn read_bytes(&mut self, getter: Getter) -> wasmtime::Result<Option<Vec<u8>>> {
        match self.read(getter)? {
            Answer::Bytes(bytes) => Ok(bytes.map(std::borrow::Cow::into_owned)),
            _ => Ok(None),
        }
    }
}

/// Ends the call when its thread has used `cpu` from now on, or when `wall` has passed.
///
/// An epoch is wall time, and would end valid work on a loaded machine; so the callback, which touches nothing of the
/// store, looks at the thread's own clock and goes on if the machine was to blame.
pub(super) fn set_deadline(store: &mut Store<Call>, cpu: Duration, wall: Duration) {
    let (cpu_start, wall_start) = (thread_cpu_time(), stopwatch());
    // A tick takes a little longer than it should, and many of them too long: looking a tenth early, and then again,
    // ends a call within a tick of its time.
    let ticks = |time: Duration| u64::try_from(time.as_nanos() * 9 / 10 / TICK.as_nanos()).unwrap_or(u64::MAX).max(1);
    store.set_epoch_deadline(ticks(cpu));
    store.epoch_deadline_callback(move |_| {
        let used = thread_cpu_time().saturating_sub(cpu_start);
        if used >= cpu {
            return Err(LimitReached::Cpu { limit: cpu.as_millis() }.into());
        }
        if wall_start.elapsed() >= wall {
            return Err(LimitReached::Wall { limit: wall.as_millis() }.into());
        }
        Ok(UpdateDeadline::Continue(ticks(cpu - used)))
    });
}

impl ResourceLimiter for Call {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // INVARIANT: `memory` is the sum over all memories of the store, each at the size last granted.
        let after = self.memory.saturating_sub(current).saturating_add(desired);
        let limit = self.limits.memory;
        if after > limit {
            // Ending the call here, rather than answering -1, makes "too much memory" one outcome and not a choice
            // that a guest could build a decision on.
            return Err(LimitReached::Memory { limit }.into());
        }
        self.memory = after;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let limit = TABLE_ELEMENTS;
        if desired > limit { Err(LimitReached::Table { limit }.into()) } else { Ok(true) }
    }
}

type Request = Resource<guest_http::Request>;

impl guest_http::HostRequest for Call {
    fn method(&mut self, _: Request) -> wasmtime::Result<String> {
        self.read_text(Getter::Method)
    }

    fn authority(&mut self, _: Request) -> wasmtime::Result<String> {
        self.read_text(Getter::Authority)
    }

    fn path(&mut self, _: Request) -> wasmtime::Result<String> {
        self.read_text(Getter::Path)
    }

    fn query(&mut self, _: Request) -> wasmtime::Result<Option<String>> {
        let query = self.read_bytes(Getter::Query)?;
        Ok(query.map(|query| String::from_utf8_lossy(&query).into_owned()))
    }

    fn header(&mut self, _: Request, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        match HeaderName::try_from(name) {
            Ok(name) => self.read_bytes(Getter::Header(name)),
            Err(_) => self.count_host_call().map(|()| None),
        }
    }

    fn has_header(&mut self, _: Request, name: String) -> wasmtime::Result<bool> {
        match HeaderName::try_from(name) {
            Ok(name) => self.read_flag(Getter::HasHeader(name)),
            Err(_) => self.count_host_call().map(|()| false),
        }
    }

    fn negotiate_image(
        &mut self,
        _: Request,
        offers: Vec<imaging::ImageFormat>,
    ) -> wasmtime::Result<Option<imaging::ImageFormat>> {
        // Each format once: the list is part of the key.
        let mut distinct: Vec<ImageFormat> = Vec::with_capacity(3);
        for offer in offers.into_iter().map(convert::format) {
            if !distinct.contains(&offer) {
                distinct.push(offer);
            }
        }
        match self.read(Getter::NegotiateImage(distinct.into()))? {
            Answer::Format(format) => Ok(format.map(convert::format_to_guest)),
            _ => Ok(None),
        }
    }

    fn pixel_ratio(&mut self, _: Request) -> wasmtime::Result<Option<u32>> {
        self.read_number(Getter::PixelRatio)
    }

    fn viewport_width(&mut self, _: Request) -> wasmtime::Result<Option<u32>> {
        self.read_number(Getter::ViewportWidth)
    }

    fn save_data(&mut self, _: Request) -> wasmtime::Result<bool> {
        self.read_flag(Getter::SaveData)
    }

    fn is_past(&mut self, _: Request, instant: u64) -> wasmtime::Result<bool> {
        self.read_flag(Getter::IsPast(instant))
    }

    fn drop(&mut self, _: Request) -> wasmtime::Result<()> {
        // Guests only borrow requests, so none is ever theirs to drop.
        Ok(())
    }
}

impl log::Host for Call {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.count_host_call()?;
        self.log_lines += 1;
        if self.log_lines > self.limits.log_lines {
            return Ok(());
        }
        let message = convert::one_line(&message, self.limits.log_line);
        let component = &*self.identity.name;
        match level {
            log::Level::Debug => tracing::debug!(target: "component", component, message),
            log::Level::Info => tracing::info!(target: "component", component, message),
            log::Level::Warn => tracing::warn!(target: "component", component, message),
            log::Level::Error => tracing::error!(target: "component", component, message),
        }
        Ok(())
    }
}

impl config::Host for Call {
    fn values(&mut self, name: String) -> wasmtime::Result<Vec<String>> {
        self.count_host_call()?;
        Ok(self.identity.settings.get(&name).cloned().unwrap_or_default())
    }
}

impl guest_http::Host for Call {}
impl imaging::Host for Call {}
impl routing::Host for Call {}
impl caching::Host for Call {}
