//! What the tier asks of a file system. The one behind it may be slow, full, broken or gone.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::num::NonZeroU64;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, fadvise};

/// The operations on files. Each may block, and is called on the tier's own threads.
///
/// # Errors
/// Those of the system. What is not there is [`ErrorKind::NotFound`].
pub trait FileSystem: Send + Sync + 'static {
    /// Opens a file to be read.
    fn open(&self, path: &Path) -> io::Result<File>;
    /// Creates a file that must not be there yet.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// The bytes of a file.
    fn length(&self, file: &File) -> io::Result<u64>;
    /// Reads at `offset` into `buffer`; returns how many bytes, less than asked for only at the end or by accident.
    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Says that so much will be read from `offset` on. It may begin to be read; nothing depends on it.
    fn announce(&self, _file: &File, _offset: u64, _length: u64) {}
    /// Writes at `offset`; returns how many of the bytes.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Gives a file another name, which replaces what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file's name.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// Creates a folder and those above it, if they are not there.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a folder with all in it.
    fn remove_tree(&self, folder: &Path) -> io::Result<()>;
}

impl fmt::Debug for dyn FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSystem")
    }
}

/// The system's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFiles;

impl FileSystem for SystemFiles {
    fn open(&self, path: &Path) -> io::Result<File> {
        File::open(path)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        // Responses may be meant for few: nobody else on the machine reads them here.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    fn length(&self, file: &File) -> io::Result<u64> {
        Ok(file.metadata()?.len())
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        file.read_at(buffer, offset)
    }

    fn announce(&self, file: &File, offset: u64, length: u64) {
        // A file system that takes no advice reads when it is asked to.
        let _ = fadvise(file, offset, NonZeroU64::new(length), Advice::WillNeed);
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.write_at(bytes, offset)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    fn remove_tree(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }
}

/// Reads all of `buffer`.
///
/// # Errors
/// Those of the system; [`ErrorKind::UnexpectedEof`] where the file is shorter.
pub(super) fn read_exact(files: &dyn FileSystem, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match files.read_at(file, &mut buffer[done..], offset + done as u64) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of `bytes`.
///
/// # Errors
/// Those of the system; [`ErrorKind::WriteZero`] where it takes nothing.
pub(super) fn write_all(files: &dyn FileSystem, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match files.write_at(file, &bytes[done..], offset + done as u64) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => done += written,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Unlinks what may be gone already.
///
/// # Errors
/// Those of the system.
pub(super) fn unlink(files: &dyn FileSystem, path: &Path) -> io::Result<()> {
    match files.unlink(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Whether the disk has no room: blocks, inodes or a quota.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
