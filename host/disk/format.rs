//! The file of one entry: how it begins, what follows, and how any change to it is noticed.
//!
//! ```text
//! prelude │ key │ head │ content, in blocks of 64 KiB │ a checksum of 16 bytes for each block
//! ```
//!
//! The prelude has the lengths, and a checksum of itself, the key, the head and the checksums. So each byte is covered,
//! a block can be verified alone, and a range is read without the rest. Checksums are BLAKE3, which the node uses
//! anyway: at some GB/s a core it costs less than reading, and unlike a CRC it cannot be satisfied by accident or by
//! another file's bytes.

use std::ops::Range;

use thiserror::Error;

use super::place::Generation;

/// Bytes of content that one checksum covers, fewer in the last block. Small enough that a short range is cheap, large
/// enough that 64 MiB have 16 KiB of checksums.
pub(super) const BLOCK: u64 = 64 << 10;
/// Bytes before the key.
pub(super) const PRELUDE: u64 = 68;
/// Bytes of a key.
pub(super) const KEY: usize = 64 << 10;
/// Bytes of a head.
pub(super) const HEAD: usize = 64 << 10;
/// Bytes of a content.
pub(super) const CONTENT: u64 = 64 << 20;

/// The version of this layout, of names and folders too. Another version's files are deleted, not converted: it is a
/// cache.
pub(super) const VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"LUCARNE\n";

/// Of one block.
pub(super) type Checksum = [u8; 16];

/// The lengths in a file. INVARIANT: each within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) key: u64,
    pub(super) head: u64,
    pub(super) content: u64,
}

/// Checksums of content that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Checksums {
    done: Vec<Checksum>,
    block: blake3::Hasher,
    /// Bytes in `block`, fewer than [`BLOCK`].
    filled: u64,
}

/// A file that is not what its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Unusable {
    /// It does not begin as an entry does.
    #[error("is no entry")]
    Foreign,
    /// It is of another version.
    #[error("is of version {0}")]
    Version(u32),
    /// Its lengths are not those of the file.
    #[error("has another length than it says")]
    Length,
    /// It is another write's.
    #[error("is of another generation than its name")]
    Generation,
    /// It is another key's.
    #[error("is another key's")]
    Key,
    /// Something in it was changed.
    #[error("does not have its checksum")]
    Checksum,
}

impl Shape {
    /// The bytes of the whole file.
    pub(super) fn file(self) -> u64 {
        self.table_at() + self.blocks() * size_of::<Checksum>() as u64
    }

    pub(super) fn blocks(self) -> u64 {
        self.content.div_ceil(BLOCK)
    }

    pub(super) fn content_at(self) -> u64 {
        PRELUDE + self.key + self.head
    }

    pub(super) fn table_at(self) -> u64 {
        self.content_at() + self.content
    }

    /// The bytes of the content that are in a block.
    pub(super) fn block(self, number: u64) -> Range<u64> {
        number * BLOCK..((number + 1) * BLOCK).min(self.content)
    }

    /// What stands before the key.
    pub(super) fn prelude(self, generation: Generation, key: &[u8], head: &[u8], table: &[u8]) -> Vec<u8> {
        let mut prelude = Vec::with_capacity(PRELUDE as usize);
        prelude.extend(MAGIC);
        prelude.extend(VERSION.to_be_bytes());
        prelude.extend((self.key as u32).to_be_bytes());
        prelude.extend((self.head as u32).to_be_bytes());
        prelude.extend(self.content.to_be_bytes());
        prelude.extend(generation.0.to_be_bytes());
        let checksum = cover(&prelude, key, head, table);
        prelude.extend(checksum.as_bytes());
        prelude
    }

    /// Reads the lengths from the first bytes of a file that is `length` long.
    ///
    /// # Errors
    /// [`Unusable`]: whoever wrote this did not write such an entry.
    pub(super) fn parse(bytes: &[u8], length: u64, generation: Generation) -> Result<Self, Unusable> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(Unusable::Foreign)?;
        let (version, rest) = rest.split_first_chunk().ok_or(Unusable::Length)?;
        let version = u32::from_be_bytes(*version);
        if version != VERSION {
            return Err(Unusable::Version(version));
        }
        let (key, rest) = rest.split_first_chunk().ok_or(Unusable::Length)?;
        let (head, rest) = rest.split_first_chunk().ok_or(Unusable::Length)?;
        let (content, rest) = rest.split_first_chunk().ok_or(Unusable::Length)?;
        let (written, _) = rest.split_first_chunk().ok_or(Unusable::Length)?;
        let shape = Self {
            key: u32::from_be_bytes(*key).into(),
            head: u32::from_be_bytes(*head).into(),
            content: u64::from_be_bytes(*content),
        };
        if shape.key > KEY as u64 || shape.head > HEAD as u64 || shape.content > CONTENT || shape.file() != length {
            return Err(Unusable::Length);
        }
        if u64::from_be_bytes(*written) != generation.0 {
            return Err(Unusable::Generation);
        }
        Ok(shape)
    }
}

/// Whether what a file says of itself is what was written.
///
/// # Errors
/// [`Unusable::Checksum`], if it is not.
pub(super) fn verify(prelude: &[u8], key: &[u8], head: &[u8], table: &[u8]) -> Result<(), Unusable> {
    let (covered, checksum) = prelude.split_last_chunk::<32>().ok_or(Unusable::Length)?;
    if cover(covered, key, head, table).as_bytes() == checksum { Ok(()) } else { Err(Unusable::Checksum) }
}

/// Whether a block has its checksum.
///
/// # Errors
/// [`Unusable::Checksum`], if it has not.
pub(super) fn verify_block(block: &[u8], checksum: &Checksum) -> Result<(), Unusable> {
    if shortened(&blake3::hash(block)) == *checksum { Ok(()) } else { Err(Unusable::Checksum) }
}

impl Checksums {
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.block.update(now);
            self.filled += now.len() as u64;
            if self.filled == BLOCK {
                self.end_block();
            }
            bytes = later;
        }
    }

    /// Those of all blocks, as they stand in the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.end_block();
        }
        self.done.concat()
    }

    fn end_block(&mut self) {
        self.done.push(shortened(&self.block.finalize()));
        self.block.reset();
        self.filled = 0;
    }
}

/// The lengths are in the prelude, so the parts cannot be divided otherwise.
fn cover(prelude: &[u8], key: &[u8], head: &[u8], table: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in [prelude, key, head, table] {
        hasher.update(part);
    }
    hasher.finalize()
}

fn shortened(hash: &blake3::Hash) -> Checksum {
    let mut checksum = Checksum::default();
    checksum.copy_from_slice(&hash.as_bytes()[..size_of::<Checksum>()]);
    checksum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GENERATION: Generation = Generation(7);

    proptest! {
        #[test]
        fn a_prelude_is_read_as_it_was_written(key in 0..=KEY, head in 0..=HEAD, content in 0..=CONTENT) {
            let shape = Shape { key: key as u64, head: head as u64, content };
            let prelude = shape.prelude(GENERATION, b"key", b"head", b"table");
            prop_assert_eq!(prelude.len() as u64, PRELUDE);
            prop_assert_eq!(Shape::parse(&prelude, shape.file(), GENERATION), Ok(shape));
            prop_assert_eq!(verify(&prelude, b"key", b"head", b"table"), Ok(()));
            prop_assert_eq!(verify(&prelude, b"key", b"heat", b"table"), Err(Unusable::Checksum));
        }

        #[test]
        fn no_bytes_are_read_as_lengths_beyond_the_limits(mut bytes: Vec<u8>, length: u64, known: bool) {
            if known {
                bytes.splice(..0, MAGIC.into_iter().chain(VERSION.to_be_bytes()));
            }
            if let Ok(shape) = Shape::parse(&bytes, length, GENERATION) {
                prop_assert!(shape.content <= CONTENT && shape.file() == length);
            }
        }

        #[test]
        fn checksums_do_not_depend_on_the_pieces(content in 0..200_000_usize, pieces in 1..90_000_usize) {
            let content = vec![7; content];
            let (mut whole, mut parts) = (Checksums::default(), Checksums::default());
            whole.update(&content);
            content.chunks(pieces).for_each(|piece| parts.update(piece));
            let table = whole.finish();
            prop_assert_eq!(table.len() as u64, 16 * (content.len() as u64).div_ceil(BLOCK));
            prop_assert_eq!(table, parts.finish());
        }
    }
}
