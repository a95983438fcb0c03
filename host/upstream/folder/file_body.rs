//! Streaming a file, one chunk at a time, each read on a thread that may wait.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Version;
use crate::upstream::error::FetchError;

/// How much is read at once: enough to make the change of threads cheap.
const CHUNK: u64 = 128 * 1024;

/// What is left of a file. It ends in an error if the file did not stay as it was when it was opened.
#[derive(Debug)]
pub(in crate::upstream) struct FileBody {
    path: Arc<Path>,
    version: Version,
    remaining: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle(File),
    Reading(JoinHandle<io::Result<(Chunk, File)>>),
    Ended,
}

#[derive(Debug)]
enum Chunk {
    Read(Bytes),
    Changed,
}

impl FileBody {
    pub(super) fn new(path: Arc<Path>, file: File, version: Version) -> Self {
        Self { path, version, remaining: version.length, state: State::Idle(file) }
    }

    /// In bytes.
    pub(in crate::upstream) fn remaining(&self) -> u64 {
        self.remaining
    }

    pub(in crate::upstream) fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Idle(file) if self.remaining > 0 => {
                    let (remaining, version) = (self.remaining, self.version);
                    self.state = State::Reading(spawn_blocking(move || read(file, remaining, version)));
                }
                State::Idle(_) | State::Ended => return Poll::Ready(None),
                State::Reading(mut reading) => {
                    let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(match read.unwrap_or_else(|stopped| Err(stopped.into())) {
                        Ok((Chunk::Read(bytes), file)) => {
                            self.remaining -= bytes.len() as u64;
                            self.state = State::Idle(file);
                            Ok(Frame::data(bytes))
                        }
                        Ok((Chunk::Changed, _)) => Err(FetchError::FileChanged { path: Arc::clone(&self.path) }),
                        Err(error) => Err(FetchError::file(&self.path, error)),
                    }));
                }
            }
        }
    }
}

/// Reads the next chunk. The last one is handed out only if the file is still what it was: whoever counts bytes takes
/// it for the end.
fn read(file: File, remaining: u64, version: Version) -> io::Result<(Chunk, File)> {
    let wanted = remaining.min(CHUNK);
    let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
    (&file).take(wanted).read_to_end(&mut bytes)?;
    let short = (bytes.len() as u64) < wanted;
    let changed = short || (wanted == remaining && Version::of(&file)? != version);
    let chunk = if changed { Chunk::Changed } else { Chunk::Read(bytes.into()) };
    Ok((chunk, file))
}
