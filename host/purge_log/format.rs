//! The bytes of a purge log: a header, then entries, each with its length and a checksum.
//!
//! ```text
//! header   "LUCPURGE", version (u32)
//! entry    length (u32), its complement (u32), the first 8 bytes of the payload's BLAKE3, payload
//! payload  0 start, 1 hard, 2 soft (u8); sequence (u64); for each mark its name and what it is within (17 bytes each)
//! ```
//!
//! All numbers are little-endian. An entry that is cut off is the end of a write that was interrupted, and was never
//! acknowledged. Anything else that is not as it was written is damage: how much is lost behind it cannot be known.

use crate::cache::{Purge, PurgeMark, PurgeName, PurgeRecord, Sequence};

/// What a log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// In the order of the file.
    pub records: Vec<PurgeRecord>,
    /// The latest sequence of a start or a purge.
    pub last: Sequence,
    /// How it ends.
    pub end: End,
}

/// How a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// After an entry.
    Whole,
    /// Within an entry that begins at this byte: the write was interrupted.
    Torn {
        /// From the start of the file.
        at: usize,
    },
    /// At this byte it is not as it was written.
    Damaged {
        /// From the start of the file.
        at: usize,
    },
    /// It is not a log of this version.
    Unknown,
    /// There is none.
    Absent,
}

/// One entry.
pub(super) enum Entry<'a> {
    /// The program starts; all that follows is later than this.
    Start(Sequence),
    /// A purge.
    Purge(&'a PurgeRecord),
}

enum Decoded {
    Start(Sequence),
    Purge(PurgeRecord),
}

const MAGIC: &[u8; 8] = b"LUCPURGE";
const VERSION: u32 = 1;

const START: u8 = 0;
const HARD: u8 = 1;
const SOFT: u8 = 2;

/// Length, complement and checksum.
const FRAME: usize = 16;
const MARK: usize = 2 * PurgeName::LENGTH;

impl End {
    /// Whether there may have been purges of which nothing is known.
    pub(super) fn leaves_purges_unknown(self) -> bool {
        match self {
            Self::Whole | Self::Torn { .. } => false,
            Self::Damaged { .. } | Self::Unknown | Self::Absent => true,
        }
    }
}

pub(super) fn header() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

/// Appends an entry.
pub(super) fn write(bytes: &mut Vec<u8>, entry: &Entry<'_>) {
    let (kind, sequence, marks): (_, _, &[PurgeMark]) = match entry {
        Entry::Start(sequence) => (START, *sequence, &[]),
        Entry::Purge(PurgeRecord { sequence, purge: Purge::Hard, marks }) => (HARD, *sequence, marks),
        Entry::Purge(PurgeRecord { sequence, purge: Purge::Soft, marks }) => (SOFT, *sequence, marks),
    };
    let mut payload = vec![kind];
    payload.extend_from_slice(&sequence.0.to_le_bytes());
    for mark in marks {
        payload.extend_from_slice(&mark.name.to_bytes());
        payload.extend_from_slice(&mark.within.to_bytes());
    }
    // INVARIANT: the tags of one purge come in one request, whose size is limited.
    let length = u32::try_from(payload.len()).expect("a purge has less than 4 GiB");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&(!length).to_le_bytes());
    bytes.extend_from_slice(&checksum(&payload));
    bytes.extend_from_slice(&payload);
}

/// Reads a log. Any bytes will do.
#[must_use]
pub fn read(bytes: &[u8]) -> Known {
    let mut known = Known { records: Vec::new(), last: Sequence::default(), end: End::Whole };
    if bytes.is_empty() {
        return Known { end: End::Absent, ..known };
    }
    let Some(mut rest) = bytes.strip_prefix(&header()[..]) else { return Known { end: End::Unknown, ..known } };
    // A log is put in place with its start in it, so nothing that was interrupted ends before that.
    let mut started = false;
    let cut_off = |started, at| if started { End::Torn { at } } else { End::Damaged { at } };
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let Some((frame, after)) = rest.split_first_chunk::<FRAME>() else {
            return Known { end: cut_off(started, at), ..known };
        };
        let [l0, l1, l2, l3, c0, c1, c2, c3, sum @ ..] = *frame;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length != !u32::from_le_bytes([c0, c1, c2, c3]) {
            return Known { end: End::Damaged { at }, ..known };
        }
        let Some((payload, next)) = after.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)) else {
            return Known { end: cut_off(started, at), ..known };
        };
        match (checksum(payload) == sum).then(|| decode(payload)).flatten() {
            Some(Decoded::Start(start)) => {
                started = true;
                known.last = known.last.max(start);
            }
            Some(Decoded::Purge(record)) => {
                known.last = known.last.max(record.sequence);
                known.records.push(record);
            }
            None => return Known { end: End::Damaged { at }, ..known },
        }
        rest = next;
    }
    if !started {
        known.end = End::Damaged { at: bytes.len() };
    }
    known
}

fn decode(payload: &[u8]) -> Option<Decoded> {
    let (&kind, rest) = payload.split_first()?;
    let (sequence, rest) = rest.split_first_chunk::<8>()?;
    let sequence = Sequence(u64::from_le_bytes(*sequence));
    let (marks, surplus) = rest.as_chunks::<MARK>();
    let purge = match kind {
        START if rest.is_empty() => return Some(Decoded::Start(sequence)),
        HARD => Purge::Hard,
        SOFT => Purge::Soft,
        _ => return None,
    };
    let marks = marks.iter().map(mark).collect::<Option<Vec<_>>>()?;
    surplus.is_empty().then_some(Decoded::Purge(PurgeRecord { sequence, purge, marks }))
}

fn mark(bytes: &[u8; MARK]) -> Option<PurgeMark> {
    let (name, rest) = bytes.split_first_chunk()?;
    let (within, _) = rest.split_first_chunk()?;
    Some(PurgeMark { name: PurgeName::from_bytes(name)?, within: PurgeName::from_bytes(within)? })
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let [first, ..] = *blake3::hash(payload).as_bytes().as_chunks::<8>().0 else {
        // INVARIANT: 32 bytes are four times 8.
        return [0; 8];
    };
    first
}
