//! The system's file system, which counts, fails and waits if a test says so.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use lucarne::disk::{FileSystem, SystemFiles};
use parking_lot::{Condvar, Mutex};

/// See above.
#[derive(Default)]
pub(super) struct Files {
    failing: Mutex<Option<ErrorKind>>,
    operations: AtomicUsize,
    read: Mutex<Vec<Range<u64>>>,
    announced: AtomicU64,
    /// Whether writes wait.
    held: Mutex<bool>,
    released: Condvar,
}

impl Files {
    fn meet(&self) -> io::Result<()> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        self.failing.lock().map_or(Ok(()), |kind| Err(kind.into()))
    }

    pub(super) fn fail(&self, kind: ErrorKind) {
        *self.failing.lock() = Some(kind);
    }

    pub(super) fn operations(&self) -> usize {
        self.operations.load(Ordering::Relaxed)
    }

    /// What was read since this was asked last, each with its place in its file.
    pub(super) fn read(&self) -> Vec<Range<u64>> {
        mem::take(&mut self.read.lock())
    }

    /// Bytes that the kernel was told of since this was asked last.
    pub(super) fn announced(&self) -> u64 {
        self.announced.swap(0, Ordering::Relaxed)
    }

    /// Has writes wait, or go on.
    pub(super) fn hold(&self, held: bool) {
        *self.held.lock() = held;
        self.released.notify_all();
    }
}

impl FileSystem for Files {
    fn open(&self, path: &Path) -> io::Result<File> {
        self.meet()?;
        SystemFiles.open(path)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        self.meet()?;
        SystemFiles.create(path)
    }

    fn length(&self, file: &File) -> io::Result<u64> {
        self.meet()?;
        SystemFiles.length(file)
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.meet()?;
        self.read.lock().push(offset..offset + buffer.len() as u64);
        SystemFiles.read_at(file, buffer, offset)
    }

    fn announce(&self, file: &File, offset: u64, length: u64) {
        self.announced.fetch_add(length, Ordering::Relaxed);
        SystemFiles.announce(file, offset, length);
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.meet()?;
        self.released.wait_while(&mut self.held.lock(), |held| *held);
        SystemFiles.write_at(file, bytes, offset)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.meet()?;
        SystemFiles.rename(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.meet()?;
        SystemFiles.unlink(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.meet()?;
        SystemFiles.list(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.meet()?;
        SystemFiles.make_folder(folder)
    }

    fn remove_tree(&self, folder: &Path) -> io::Result<()> {
        self.meet()?;
        SystemFiles.remove_tree(folder)
    }
}
