//! Memory that the kernel sends without copying it.
//!
//! To send bytes, the kernel copies them, which is most of what a large hit costs. The pages of a file it sends as they
//! are. So larger content is kept in a file that exists in memory only, and is mapped: it is bytes like any others, and
//! whoever writes to a socket can find out where in the file they are ([`Pages::place`]).
//!
//! What is on its way to a client may not change, and the kernel does not say when it has arrived. So a page is written
//! once, before anyone knows of it. Where content is dropped, its pages are cut out of the file: whoever still sends
//! them has them to the end, and what is stored in the same place later gets others.

mod extents;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, memfd_create};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

use self::extents::Extents;

/// Content that is kept so. Without a space, bytes stay where they are.
#[derive(Debug, Default)]
pub struct Pages {
    space: Option<Arc<Space>>,
}

/// The file and its mapping.
///
/// INVARIANT: `start` is the first of `length` bytes that map the whole file for as long as this lives.
#[derive(Debug)]
struct Space {
    file: File,
    start: NonNull<u8>,
    length: usize,
    free: Mutex<Extents>,
}

/// Content in the file.
///
/// INVARIANT: `range` is within an extent of the space that nothing else has, and its bytes were written.
struct Region {
    space: Arc<Space>,
    range: Range<usize>,
}

/// Content of fewer bytes is not worth a call of its own.
const LEAST: usize = 48 << 10;

/// The unit of what is taken of the space and cut out of the file: a multiple of a page on all machines that Linux is
/// common on. Only the pages that are written take memory.
const UNIT: usize = 64 << 10;

/// The space is so many times what may be kept, so that there is a place for what is large, whatever came and went
/// before. It is addresses and not memory.
const SPARE: u64 = 4;

impl Pages {
    /// For about so many bytes of content. Where the system has no such files, there is no space.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        match Space::new(budget.saturating_mul(SPARE)) {
            Ok(space) => Self { space: Some(Arc::new(space)) },
            Err(error) => {
                tracing::warn!(%error, "large hits are copied when they are sent");
                Self::default()
            }
        }
    }

    /// The same bytes, where they can be sent without being copied if they are many.
    #[must_use]
    pub fn keep(&self, bytes: Bytes) -> Bytes {
        let kept = self.space.as_ref().filter(|_| bytes.len() >= LEAST).and_then(|space| Region::of(space, &bytes));
        kept.map_or(bytes, Bytes::from_owner)
    }

    /// The file and the place in it where these bytes are, if they are in it and enough to be sent from there.
    #[must_use]
    pub fn place(&self, bytes: &[u8]) -> Option<(BorrowedFd<'_>, u64)> {
        let space = self.space.as_ref()?;
        let place = bytes.as_ptr().addr().checked_sub(space.start.addr().get())?;
        (place < space.length && bytes.len() >= LEAST).then_some((space.file.as_fd(), place as u64))
    }
}

#[expect(unsafe_code, reason = "mapping memory is what this file is for; see the safety comments")]
impl Space {
    fn new(length: u64) -> io::Result<Self> {
        let unit = UNIT as u64;
        let length = length.max(unit).next_multiple_of(unit);
        let file = File::from(memfd_create(c"lucarne", MemfdFlags::CLOEXEC)?);
        file.set_len(length)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at a place that the kernel chooses.
        let start = unsafe { mmap(ptr::null_mut(), length, access, MapFlags::SHARED | MapFlags::NORESERVE, &file, 0)? };
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let space = Self { file, start, length, free: Mutex::new(Extents::new(length)) };
        // A part that is cut out of a larger page is overwritten with zeros, and somebody may still send it. So there are
        // none here.
        // SAFETY: advice for the mapping just made, which changes no content.
        unsafe { madvise(space.start.as_ptr().cast(), length, Advice::LinuxNoHugepage)? };
        Ok(space)
    }

    /// Writes bytes to the beginning of an extent.
    fn write(&self, extent: &Range<usize>, bytes: &[u8]) -> io::Result<()> {
        assert!(extent.end <= self.length && bytes.len() <= extent.len(), "INVARIANT: the extent is of this space");
        // SAFETY: the extent is within the mapping, and nothing else has it: there is no reference to its bytes. The
        // advice makes the kernel find memory for all pages now, so that a lack of it is an error here; without it, it
        // would be a signal at the copy.
        unsafe {
            let start = self.start.as_ptr().add(extent.start);
            madvise(start.cast(), bytes.len(), Advice::LinuxPopulateWrite)?;
            ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len());
        }
        Ok(())
    }

    /// Takes an extent out of the file, and gives it back. If that is not possible it is never used again.
    fn release(&self, extent: Range<usize>) {
        let cut = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        match fallocate(&self.file, cut, extent.start as u64, extent.len() as u64) {
            Ok(()) => self.free.lock().give(extent),
            Err(error) => tracing::error!(%error, "memory of content that is gone could not be given back"),
        }
    }
}

// SAFETY: `start` is an address that stays the same; what it leads to is written by `Space::write` alone, for whoever has
// the extent alone.
#[expect(unsafe_code, reason = "a pointer is neither by itself")]
unsafe impl Send for Space {}
// SAFETY: as above; the list of what is free has its own lock.
#[expect(unsafe_code, reason = "a pointer is neither by itself")]
unsafe impl Sync for Space {}

impl Drop for Space {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's, and every region that is read has a hold of it.
        #[expect(unsafe_code, reason = "the end of the mapping that `Space::new` made")]
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
        if let Err(error) = unmapped {
            tracing::error!(%error, "a mapping could not be ended");
        }
    }
}

impl Region {
    fn of(space: &Arc<Space>, bytes: &[u8]) -> Option<Self> {
        let extent = space.free.lock().take(bytes.len().next_multiple_of(UNIT))?;
        if let Err(error) = space.write(&extent, bytes) {
            tracing::debug!(%error, "no memory that can be sent without a copy");
            space.release(extent);
            return None;
        }
        Some(Self { space: Arc::clone(space), range: extent.start..extent.start + bytes.len() })
    }
}

impl AsRef<[u8]> for Region {
    #[expect(unsafe_code, reason = "reading the mapping; see the safety comment")]
    fn as_ref(&self) -> &[u8] {
        // SAFETY: within the mapping, and written; nobody writes there until this is dropped, nor has the file.
        unsafe { std::slice::from_raw_parts(self.space.start.as_ptr().add(self.range.start), self.range.len()) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.space.release(self.range.start..self.range.start + self.range.len().next_multiple_of(UNIT));
    }
}

#[cfg(test)]
mod tests;
