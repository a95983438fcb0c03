//! The allocator of every component: an arena that is part of the module, and growth only behind it.
//!
//! A fresh instance serves each call or few calls, so what an allocator costs is what it costs to begin. An ordinary
//! call fits the arena and never executes `memory.grow`, which is a call into the host that changes page protections.
//! The arena lies in zero-initialised data: it adds no byte to the module and no page that is not touched.

use std::alloc::Layout;
use std::arch::wasm32::memory_grow;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use talc::base::binning::Binning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

const KIB: usize = 1024;
const PAGE: usize = 64 * KIB;

/// Bytes of the arena. A policy handles one request's head: tens of kilobytes, and 256 KiB leaves room for the
/// largest head that the host passes on. A picture of 1 MiB decodes to some 12 MiB, which no fixed arena should hold
/// for the sake of thumbnails; 4 MiB hold the source and the codecs' tables, so that only pixels make memory grow.
const ARENA: usize = if cfg!(feature = "image") { 4096 * KIB } else { 256 * KIB };

/// The least that memory grows by. A codec asks for many buffers of a few hundred kilobytes; a policy that outgrew its
/// arena should take no more than it needs.
const STEP: usize = if cfg!(feature = "image") { 1024 * KIB } else { PAGE };

static mut MEMORY: [MaybeUninit<u8>; ARENA] = [MaybeUninit::uninit(); ARENA];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<Arena, WasmBinning> = TalcSyncCell::new_wasm(Arena::Untouched);

/// Where the memory that the allocator has comes from.
#[derive(Debug)]
enum Arena {
    Untouched,
    Claimed,
    /// Memory has grown, up to here; what follows it extends the same heap.
    Grown(NonNull<u8>),
}

// SAFETY: `acquire` reaches memory only through `talc` and `memory.grow`: it neither allocates nor touches `ALLOCATOR`.
// It reports success only where a heap was claimed or extended, so it is not asked for ever.
#[expect(unsafe_code, reason = "an allocator is made of raw memory; this file is the only such code in a component")]
unsafe impl Source for Arena {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let grown = match talc.source {
            Self::Untouched => {
                talc.source = Self::Claimed;
                // SAFETY: `MEMORY` is private to this file, mentioned here only, and lives as long as the instance;
                // the state has just left `Untouched`, so it is claimed once.
                return match unsafe { talc.claim((&raw mut MEMORY).cast(), ARENA) } {
                    Some(_) => Ok(()),
                    None => Err(()),
                };
            }
            Self::Claimed => None,
            Self::Grown(end) => Some(end),
        };

        // What the chunk, its tag and the padding to its alignment need, at the worst.
        let needed = layout.size().saturating_add(layout.align()).saturating_add(4 * CHUNK_UNIT);
        let bytes = needed.checked_next_multiple_of(STEP).ok_or(())?;
        let base = match memory_grow::<0>(bytes / PAGE) {
            usize::MAX => return Err(()),
            pages => (pages * PAGE) as *mut u8,
        };
        let end = match grown {
            // SAFETY: `end` is the end of this allocator's heap, and the pages from there on were added by the
            // `memory.grow` above and are known to nobody else. The end saturates at the last chunk of a full
            // memory, whose true end no pointer can name.
            Some(end) if end.as_ptr() == base => unsafe { talc.extend(end, saturating_end(base, bytes)) },
            // SAFETY: the pages were added by the `memory.grow` above and are known to nobody else; a component's
            // memory is never given back.
            _ => unsafe { talc.claim(base, bytes) }.ok_or(())?,
        };
        talc.source = Self::Grown(end);
        Ok(())
    }
}

fn saturating_end(base: *mut u8, bytes: usize) -> *mut u8 {
    base.wrapping_byte_add(bytes.min(usize::MAX - base.addr()))
}
