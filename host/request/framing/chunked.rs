//! The chunked coding (RFC 9112 §7.1): sizes, extensions and trailers are looked at, content is counted.

use super::head::split_field;
use super::{FramingLimits, Malformed};

/// Bytes of all chunk extensions of one body. Nobody uses them, and hiding a flood in them costs a client nothing.
const EXTENSIONS: usize = 16 << 10;

/// Where in a chunked body the next byte is.
#[derive(Debug)]
pub(super) struct Chunked {
    limits: FramingLimits,
    extensions: usize,
    part: Part,
}

#[derive(Debug)]
enum Part {
    Size {
        value: u64,
        digits: u8,
    },
    /// White space that may come before an extension.
    Space(u64),
    Extension(u64),
    /// The LF of the line that says the size.
    SizeEnd(u64),
    /// INVARIANT: not 0.
    Content(u64),
    ContentCr,
    ContentLf,
    Trailers {
        /// The line that is under way.
        line: Vec<u8>,
        bytes: usize,
        fields: usize,
    },
}

impl Chunked {
    pub(super) fn new(limits: FramingLimits) -> Self {
        Self { limits, extensions: 0, part: Part::size() }
    }

    /// Looks at some bytes: how many were read, and whether they end the body.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(usize, bool), Malformed> {
        let mut read = 0;
        while let Some(&byte) = bytes.get(read) {
            if let Part::Content(left) = self.part {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - read);
                let left = left - here as u64;
                self.part = if left == 0 { Part::ContentCr } else { Part::Content(left) };
                read += here;
                continue;
            }
            match self.read_byte(byte) {
                Ok(ended) => {
                    read += 1;
                    if ended {
                        return Ok((read, true));
                    }
                }
                // What is before it is in order, and is asked about no more.
                Err(_) if read > 0 => return Ok((read, false)),
                Err(malformed) => return Err(malformed),
            }
        }
        Ok((read, false))
    }

    /// Whether the byte ends the body. A byte that is refused changes nothing.
    fn read_byte(&mut self, byte: u8) -> Result<bool, Malformed> {
        let next = match (&mut self.part, byte) {
            (Part::Size { value, digits: digits @ 0..16 }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                *value = *value << 4 | u64::from(digit);
                *digits += 1;
                return Ok(false);
            }
            (&mut Part::Size { value, digits: 1.. }, b'\r') => Part::SizeEnd(value),
            (&mut Part::Size { value, digits: 1.. }, b';') => Part::Extension(value),
            (&mut Part::Size { value, digits: 1.. }, b' ' | b'\t') => self.extended(Part::Space(value))?,
            (Part::Size { .. }, b'\n') => return Err(Malformed::LineEnd),
            (Part::Size { .. }, _) => return Err(Malformed::ChunkSize),
            (&mut Part::Space(size), b' ' | b'\t') => self.extended(Part::Space(size))?,
            (&mut Part::Space(size), b';') => Part::Extension(size),
            (Part::Space(_), _) => return Err(Malformed::ChunkSize),
            (&mut Part::Extension(size), b'\r') => Part::SizeEnd(size),
            (Part::Extension(_), b'\n') => return Err(Malformed::LineEnd),
            (&mut Part::Extension(size), b'\t' | b' '..=b'~' | 0x80..) => self.extended(Part::Extension(size))?,
            (Part::Extension(_), _) => return Err(Malformed::ChunkExtensions),
            (Part::SizeEnd(0), b'\n') => Part::Trailers { line: Vec::new(), bytes: 0, fields: 0 },
            (&mut Part::SizeEnd(size), b'\n') => Part::Content(size),
            (Part::ContentCr, b'\r') => Part::ContentLf,
            (Part::ContentLf, b'\n') => Part::size(),
            (Part::SizeEnd(_) | Part::ContentCr | Part::ContentLf, _) => return Err(Malformed::LineEnd),
            (Part::Trailers { line, bytes, fields }, _) => {
                *bytes += 1;
                if *bytes > self.limits.head || *fields > self.limits.fields {
                    return Err(Malformed::Trailers);
                }
                if byte != b'\n' {
                    line.push(byte);
                    return Ok(false);
                }
                let field = line.strip_suffix(b"\r").ok_or(Malformed::LineEnd)?;
                if field.is_empty() {
                    return Ok(true);
                }
                split_field(field).map_err(|_| Malformed::Trailers)?;
                *fields += 1;
                line.clear();
                return Ok(false);
            }
            // INVARIANT: content is never read byte by byte.
            (Part::Content(_), _) => return Err(Malformed::ChunkSize),
        };
        self.part = next;
        Ok(false)
    }

    fn extended(&mut self, part: Part) -> Result<Part, Malformed> {
        if self.extensions == EXTENSIONS {
            return Err(Malformed::ChunkExtensions);
        }
        self.extensions += 1;
        Ok(part)
    }
}

impl Part {
    fn size() -> Self {
        Self::Size { value: 0, digits: 0 }
    }
}
