//! Where an encoder writes: memory with an end.

use std::io::{self, Write};

use lucarne_guest::image::ImageError;

/// Bytes up to a limit. The write that would pass it fails, so an encoder that streams stops there.
pub(super) struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
    state: State,
}

enum State {
    Within,
    Exceeded,
}

impl Bounded {
    pub(super) fn new(limit: u64) -> Bounded {
        Bounded { bytes: Vec::new(), limit, state: State::Within }
    }

    /// The bytes, or why there are none.
    ///
    /// # Errors
    /// `too-large` if the limit stopped the encoder, else `impossible` with the encoder's own words.
    pub(super) fn finish(self, written: Result<(), String>) -> Result<Vec<u8>, ImageError> {
        match (self.state, written) {
            (State::Within, Ok(())) => Ok(self.bytes),
            (State::Within, Err(text)) => Err(ImageError::Impossible(text)),
            (State::Exceeded, _) => {
                Err(ImageError::TooLarge(format!("output-bytes: the limit is {} bytes", self.limit)))
            }
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() as u64 + bytes.len() as u64 > self.limit {
            self.state = State::Exceeded;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
