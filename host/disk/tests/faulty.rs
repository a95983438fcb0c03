//! The system's file system, except where a test says otherwise.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;

use parking_lot::{Condvar, Mutex};
use rustix::io::Errno;

use super::super::{FileSystem, SystemFiles};

/// Which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Open,
    Create,
    Length,
    Read,
    Write,
    Rename,
    Unlink,
    List,
    MakeFolder,
    RemoveTree,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Pass,
    /// It fails.
    Fail(Errno),
    /// It reads or writes half of what it should.
    Short,
    /// It waits for [`FaultyFiles::release`], and passes then.
    Hang,
}

type Rule = Box<dyn FnMut(Operation, &Path) -> Act + Send>;

/// A file system under a rule.
#[derive(Default)]
pub(super) struct FaultyFiles {
    rule: Mutex<Option<Rule>>,
    hanging: Mutex<usize>,
    released: Condvar,
}

impl Operation {
    /// Whether it needs room on the disk.
    pub(super) fn takes_room(self) -> bool {
        matches!(self, Self::Create | Self::Write | Self::Rename | Self::MakeFolder)
    }
}

impl FaultyFiles {
    /// From now on.
    pub(super) fn rule(&self, rule: impl FnMut(Operation, &Path) -> Act + Send + 'static) {
        *self.rule.lock() = Some(Box::new(rule));
    }

    /// No more faults.
    pub(super) fn heal(&self) {
        *self.rule.lock() = None;
    }

    /// How many operations hang.
    pub(super) fn hanging(&self) -> usize {
        *self.hanging.lock()
    }

    /// No more faults, and what hangs goes on.
    pub(super) fn release(&self) {
        self.heal();
        self.resume();
    }

    /// What hangs goes on.
    pub(super) fn resume(&self) {
        let mut hanging = self.hanging.lock();
        *hanging = 0;
        self.released.notify_all();
    }

    /// Whether it passes whole.
    fn meet(&self, operation: Operation, path: &Path) -> io::Result<bool> {
        let act = self.rule.lock().as_mut().map_or(Act::Pass, |rule| rule(operation, path));
        match act {
            Act::Pass => Ok(true),
            Act::Short => Ok(false),
            Act::Fail(error) => Err(error.into()),
            Act::Hang => {
                let mut hanging = self.hanging.lock();
                *hanging += 1;
                while *hanging > 0 {
                    self.released.wait(&mut hanging);
                }
                Ok(true)
            }
        }
    }
}

impl FileSystem for FaultyFiles {
    fn open(&self, path: &Path) -> io::Result<File> {
        self.meet(Operation::Open, path)?;
        SystemFiles.open(path)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        self.meet(Operation::Create, path)?;
        SystemFiles.create(path)
    }

    fn length(&self, file: &File) -> io::Result<u64> {
        self.meet(Operation::Length, Path::new(""))?;
        SystemFiles.length(file)
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let whole = self.meet(Operation::Read, Path::new(""))?;
        let length = if whole { buffer.len() } else { buffer.len().div_ceil(2) };
        SystemFiles.read_at(file, &mut buffer[..length], offset)
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let whole = self.meet(Operation::Write, Path::new(""))?;
        let length = if whole { bytes.len() } else { bytes.len().div_ceil(2) };
        SystemFiles.write_at(file, &bytes[..length], offset)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.meet(Operation::Rename, to)?;
        SystemFiles.rename(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.meet(Operation::Unlink, path)?;
        SystemFiles.unlink(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.meet(Operation::List, folder)?;
        SystemFiles.list(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.meet(Operation::MakeFolder, folder)?;
        SystemFiles.make_folder(folder)
    }

    fn remove_tree(&self, folder: &Path) -> io::Result<()> {
        self.meet(Operation::RemoveTree, folder)?;
        SystemFiles.remove_tree(folder)
    }
}
