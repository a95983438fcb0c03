//! A folder on disk as an upstream.
//!
//! INVARIANT: nothing outside the folder can be read, whatever a target or a symbolic link says: every file is opened
//! through a handle of the folder that cannot be left. No file is touched on a thread that serves requests.

mod file_body;
#[cfg(test)]
mod tests;

pub(super) use self::file_body::FileBody;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::HeaderValue;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use thiserror::Error;

use super::body::Body;
use super::error::FetchError;
use super::file_path::FilePath;
use super::representation::{self, LastModified, Representation, Wanted};
use super::{Request, Response};

/// Which folder, and how long its files are fresh.
#[derive(Debug, Clone)]
pub struct FolderConfig {
    /// The folder.
    pub path: PathBuf,
    /// How long an answer is fresh, in whole seconds.
    pub max_age: Duration,
}

/// The files below a folder, except those whose path has a segment that begins with a dot.
#[derive(Debug)]
pub struct FolderUpstream {
    root: Arc<Dir>,
    cache_control: HeaderValue,
}

/// The folder cannot be opened.
#[derive(Debug, Error)]
#[error("cannot open the folder {path}")]
pub struct FolderSetupError {
    /// The folder.
    pub path: PathBuf,
    /// What the file system said.
    #[source]
    pub source: io::Error,
}

/// An open file and its state at that moment.
#[derive(Debug)]
struct Opened {
    file: File,
    version: Version,
}

/// What tells one content of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: SystemTime,
}

impl FolderConfig {
    /// A folder with the default freshness of a minute.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, max_age: Duration::from_secs(60) }
    }
}

impl FolderUpstream {
    /// Opens the folder, and keeps it open. Call it at start: it waits for the file system.
    ///
    /// # Errors
    /// When there is no such folder, or it may not be opened.
    pub fn new(config: FolderConfig) -> Result<Self, FolderSetupError> {
        let FolderConfig { path, max_age } = config;
        match Dir::open_ambient_dir(&path, ambient_authority()) {
            Ok(root) => Ok(Self { root: Arc::new(root), cache_control: representation::max_age(max_age) }),
            Err(source) => Err(FolderSetupError { path, source }),
        }
    }

    pub(super) async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        if let Some(refusal) = representation::refuse_method(&request.method) {
            return Ok(refusal);
        }
        let Some(path) = FilePath::parse(&request.target) else {
            return Ok(representation::not_found(&request.method));
        };
        let path = path.shared();
        let opened = {
            let (root, path) = (Arc::clone(&self.root), Arc::clone(&path));
            tokio::task::spawn_blocking(move || open(&root, &path)).await
        };
        let opened = opened.unwrap_or_else(|stopped| Err(stopped.into()));
        let Some(Opened { file, version }) = opened.map_err(|error| FetchError::file(&path, error))? else {
            return Ok(representation::not_found(&request.method));
        };
        let description = self.describe(&path, version);
        let wanted = description.wanted(&request.method, &request.fields);
        let body = match wanted {
            Wanted::Content => Body::file(FileBody::new(path, file, version)),
            Wanted::Head | Wanted::NotModified => Body::empty(),
        };
        Ok(description.respond(wanted, body))
    }

    fn describe(&self, path: &Path, version: Version) -> Representation {
        let media_type = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
        let nanoseconds = version.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Representation {
            content_type: HeaderValue::from_static(media_type),
            length: version.length,
            etag: representation::ascii(format!("\"{:x}-{nanoseconds:x}\"", version.length)),
            last_modified: LastModified::new(version.modified),
            cache_control: self.cache_control.clone(),
        }
    }
}

impl Version {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { length: metadata.len(), modified: metadata.modified()? })
    }
}

/// Opens a file; `None` where there is none to be shown.
fn open(root: &Dir, path: &Path) -> io::Result<Option<Opened>> {
    let opened = || {
        // Looked at before it is opened: opening a named pipe would wait for a writer.
        if !root.metadata(path)?.is_file() {
            return Ok(None);
        }
        let file = root.open(path)?.into_std();
        let version = Version::of(&file)?;
        Ok(Some(Opened { file, version }))
    };
    match opened() {
        Err(error) if is_absent(&error) => Ok(None),
        opened => opened,
    }
}

/// Whether an error says that the folder has no such file, as opposed to one that cannot be read.
fn is_absent(error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => true,
        // A link out of the folder is refused by us and has no number; a file without permission is refused by the
        // system, and its owner wants to know.
        ErrorKind::PermissionDenied => error.raw_os_error().is_none(),
        _ => false,
    }
}
