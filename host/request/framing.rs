//! Where one request ends and the next begins on an HTTP/1 connection, by the letter of RFC 9112.
//!
//! Two programs that disagree about that can be made to see different requests in the same bytes. So what is ambiguous
//! is refused here, before anything else reads it: what is behind this needs to be no stricter than usual. The bytes
//! are only looked at. What a field means, apart from the two that frame a message, is the business of others.

mod chunked;
mod head;

#[cfg(test)]
mod tests;

use thiserror::Error;

use self::chunked::Chunked;
use self::head::HeadLines;

/// What is known of a connection's bytes so far.
#[derive(Debug)]
pub struct Framing {
    limits: FramingLimits,
    place: Place,
}

/// How much of what is not content may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramingLimits {
    /// Bytes of a head.
    pub head: usize,
    /// Fields of a head, and of trailers.
    pub fields: usize,
}

/// What to do with the bytes that are next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many of them are in order: a whole head, or some of a body.
    Pass(usize),
    /// They begin a head that is not complete. They have to be shown again with what follows.
    Incomplete,
    /// They are not to be read by anyone, and neither is what follows.
    Refuse(Malformed),
}

/// Why bytes are no request, or might be taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// RFC 9112 §2.2: a recipient may take a bare LF for a line's end, and a bare CR for anything.
    #[error("lines end with CR LF, and neither stands alone")]
    LineEnd,
    /// RFC 9112 §3.
    #[error("the request line is not a method, a target and HTTP/1.1 with one space between them")]
    RequestLine,
    /// RFC 9112 §3.2.
    #[error("the request target is none of the four forms that its method may have")]
    Target,
    /// RFC 9112 §5.2: obsolete line folding.
    #[error("a field line begins with white space")]
    Folded,
    /// RFC 9112 §5.1.
    #[error("a field line is not a name, a colon and a value")]
    FieldName,
    /// RFC 9110 §5.5.
    #[error("a field value has a control character")]
    FieldValue,
    /// RFC 9112 §6.3: more than one, a list, or no number.
    #[error("send one Content-Length, in decimal digits")]
    Length,
    /// RFC 9112 §6.1.
    #[error("send no other Transfer-Encoding than one chunked")]
    TransferEncoding,
    /// RFC 9112 §6.1: HTTP/1.0 has no Transfer-Encoding.
    #[error("HTTP/1.0 has no Transfer-Encoding")]
    TransferEncodingInOld,
    /// RFC 9112 §6.3: the sign of a request within a request.
    #[error("send Content-Length or Transfer-Encoding, not both")]
    TwoLengths,
    /// The target alone is longer than a head may be.
    #[error("the request target is too long")]
    TargetTooLong,
    /// More bytes than a head may have.
    #[error("the request's head is too large")]
    HeadTooLarge,
    /// More fields than a head may have.
    #[error("the request has too many fields")]
    TooManyFields,
    /// RFC 9112 §7.1.
    #[error("a chunk's size is not a number of up to 16 hexadecimal digits")]
    ChunkSize,
    /// RFC 9112 §7.1.1.
    #[error("the request has too many bytes of chunk extensions")]
    ChunkExtensions,
    /// RFC 9112 §7.1.2.
    #[error("the trailer section is too large, or has a line that is no field")]
    Trailers,
}

#[derive(Debug)]
enum Place {
    Head(HeadLines),
    /// So many bytes of content are to come. INVARIANT: not 0.
    Counted(u64),
    Chunked(Chunked),
    Refused(Malformed),
}

/// How the body behind a head is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyFrame {
    Counted(u64),
    Chunked,
}

impl Framing {
    /// Before the first byte of a connection.
    #[must_use]
    pub fn new(limits: FramingLimits) -> Self {
        Self { limits, place: Place::Head(HeadLines::default()) }
    }

    /// Looks at the bytes that are next: all that were not passed yet, of which there is at least one.
    pub fn step(&mut self, bytes: &[u8]) -> Step {
        let step = match &mut self.place {
            Place::Head(lines) => match lines.read(bytes, self.limits) {
                Ok(Some((length, body))) => {
                    self.place = match body {
                        BodyFrame::Counted(0) => Place::Head(HeadLines::default()),
                        BodyFrame::Counted(length) => Place::Counted(length),
                        BodyFrame::Chunked => Place::Chunked(Chunked::new(self.limits)),
                    };
                    return Step::Pass(length);
                }
                Ok(None) => return Step::Incomplete,
                Err(malformed) => Step::Refuse(malformed),
            },
            Place::Counted(left) => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= here as u64;
                if *left == 0 {
                    self.place = Place::Head(HeadLines::default());
                }
                return Step::Pass(here);
            }
            Place::Chunked(chunked) => match chunked.read(bytes) {
                Ok((read, ended)) => {
                    if ended {
                        self.place = Place::Head(HeadLines::default());
                    }
                    return Step::Pass(read);
                }
                Err(malformed) => Step::Refuse(malformed),
            },
            Place::Refused(malformed) => Step::Refuse(*malformed),
        };
        if let Step::Refuse(malformed) = step {
            self.place = Place::Refused(malformed);
        }
        step
    }

    /// Whether the next byte begins a head, or goes on with one.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        matches!(self.place, Place::Head(_))
    }
}

impl Malformed {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 16] = [
        Self::LineEnd,
        Self::RequestLine,
        Self::Target,
        Self::Folded,
        Self::FieldName,
        Self::FieldValue,
        Self::Length,
        Self::TransferEncoding,
        Self::TransferEncodingInOld,
        Self::TwoLengths,
        Self::TargetTooLong,
        Self::HeadTooLarge,
        Self::TooManyFields,
        Self::ChunkSize,
        Self::ChunkExtensions,
        Self::Trailers,
    ];

    /// A number that stands for it.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize
    }

    /// What has this number.
    #[must_use]
    pub fn of_number(number: usize) -> Option<Self> {
        Self::ALL.get(number).copied()
    }
}

/// Letters of a token (RFC 9110 §5.6.2).
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut place = 0;
    while place < others.len() {
        table[others[place] as usize] = true;
        place += 1;
    }
    table
};

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN[usize::from(*byte)])
}

/// Whether it may stand in a field's value (RFC 9110 §5.5).
fn is_value(bytes: &[u8]) -> bool {
    // Without a branch, so that it becomes a few instructions for many bytes.
    bytes.iter().fold(true, |good, &byte| good & ((byte >= b' ' && byte != 0x7f) | (byte == b'\t')))
}
