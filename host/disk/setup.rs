//! Taking possession of a folder: one process at a time, of this version or emptied for it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::files::FileSystem;
use super::format::VERSION;
use super::place::{Folders, Generation, LAST_EPOCH};

/// The disk tier cannot be had.
#[derive(Debug, Error)]
pub enum DiskSetupError {
    /// The folder cannot be used.
    #[error("cannot use {}", path.display())]
    Folder {
        /// What cannot be used in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process uses it.
    #[error("another process uses {}; give each a folder of its own", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// There is something of the same name that this program did not write.
    #[error("{} is not of a disk cache; give it a folder of its own", path.display())]
    Foreign {
        /// What is there.
        path: PathBuf,
    },
    /// There can be no threads.
    #[error("cannot start threads for the disk")]
    Threads(#[source] io::Error),
}

/// A folder that is this process's.
#[derive(Debug)]
pub(super) struct Possession {
    /// Holds the lock; the system releases it when the process ends, however it ends.
    pub(super) lock: File,
    pub(super) secret: [u8; 32],
    pub(super) first: Generation,
}

/// What the file `label` says.
#[derive(Debug, PartialEq, Eq)]
struct Label {
    /// How often the folder was opened.
    epoch: u32,
    /// With which keys are hashed.
    secret: [u8; 32],
}

/// How every label begins, of whatever version.
const OPENING: &str = "lucarne disk cache\n";

/// Locks the folder, makes what it lacks and begins its next epoch. What another version left is set aside.
///
/// # Errors
/// [`DiskSetupError`]: nothing was changed then that belongs to anyone else.
pub(super) fn take(files: &dyn FileSystem, folders: &Folders) -> Result<Possession, DiskSetupError> {
    let at = |path: PathBuf| move |source| DiskSetupError::Folder { path, source };
    files.make_folder(folders.root()).map_err(at(folders.root().to_owned()))?;
    let lock = lock(folders)?;
    let label = match read_label(folders)? {
        Some(Some(label)) if label.epoch < LAST_EPOCH => Label { epoch: label.epoch + 1, ..label },
        Some(_) => {
            set_aside(files, folders).map_err(at(folders.entries()))?;
            tracing::info!(path = %folders.root().display(), "disk cache is of another version and begins empty");
            Label::new().map_err(at(folders.label()))?
        }
        None => Label::new().map_err(at(folders.label()))?,
    };
    label.write(folders).map_err(at(folders.label()))?;
    for folder in [folders.entries(), folders.drafts(), folders.discarded()] {
        files.make_folder(&folder).map_err(at(folder))?;
    }
    Ok(Possession { lock, secret: label.secret, first: Generation::first(label.epoch) })
}

/// Moves all entries to where they are deleted.
///
/// # Errors
/// Those of the system.
pub(super) fn discard_entries(files: &dyn FileSystem, folders: &Folders, name: &str) -> io::Result<()> {
    files.make_folder(&folders.discarded())?;
    match files.rename(&folders.entries(), &folders.discarded().join(name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    files.make_folder(&folders.entries())
}

/// A node that takes another's place begins while that one ends, so the lock is tried for half a second.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

fn lock(folders: &Folders) -> Result<File, DiskSetupError> {
    let path = folders.lock();
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let lock = opened.map_err(|source| DiskSetupError::Folder { path: path.clone(), source })?;
    for _ in 0..LOCK_TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(DiskSetupError::Folder { path, source }),
        }
    }
    Err(DiskSetupError::InUse { path: folders.root().to_owned() })
}

/// `None`: there is none. `Some(None)`: it is of another version, or damaged.
fn read_label(folders: &Folders) -> Result<Option<Option<Label>>, DiskSetupError> {
    let path = folders.label();
    match fs::read(&path) {
        Ok(text) if text.starts_with(OPENING.as_bytes()) => Ok(Some(Label::parse(&text))),
        Ok(_) => Err(DiskSetupError::Foreign { path }),
        // The label is written first: without it nothing here is ours.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let theirs = [folders.entries(), folders.drafts(), folders.discarded()].into_iter();
            match theirs.into_iter().find(|folder| folder.exists()) {
                Some(path) => Err(DiskSetupError::Foreign { path }),
                None => Ok(None),
            }
        }
        Err(source) => Err(DiskSetupError::Folder { path, source }),
    }
}

fn set_aside(files: &dyn FileSystem, folders: &Folders) -> io::Result<()> {
    // An earlier one of the same name may still be there.
    let names = (0..).map(|number| format!("version-{number}"));
    let name = names.into_iter().find(|name| !folders.discarded().join(name).exists()).unwrap_or_default();
    discard_entries(files, folders, &name)
}

impl Label {
    fn new() -> io::Result<Self> {
        let mut secret = [0; 32];
        let filled = rustix::rand::getrandom(&mut secret, rustix::rand::GetRandomFlags::empty())?;
        if filled == secret.len() { Ok(Self { epoch: 1, secret }) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut lines = text.strip_prefix(OPENING)?.lines();
        let mut value = |name| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        if value("version")? != VERSION.to_string() {
            return None;
        }
        let epoch = value("epoch")?.parse().ok()?;
        let secret = *blake3::Hash::from_hex(value("secret")?).ok()?.as_bytes();
        Some(Self { epoch, secret })
    }

    /// Puts this label in the place of the one that is there, so that a power cut leaves one or the other: an epoch
    /// that was begun twice would give two writes the same generation.
    fn write(&self, folders: &Folders) -> io::Result<()> {
        let draft = folders.root().join("label.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&draft)?;
        let secret = blake3::Hash::from_bytes(self.secret).to_hex();
        write!(file, "{OPENING}version {VERSION}\nepoch {}\nsecret {secret}\n", self.epoch)?;
        file.sync_all()?;
        fs::rename(&draft, folders.label())?;
        sync_folder(folders.root())
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
