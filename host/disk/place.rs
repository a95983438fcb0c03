//! Where an entry lies: the digest of its key, the folder, the name of the file.
//!
//! The name says all that the index needs, key's digest, generation and size, so that a folder is indexed by listing it.
//! Nothing here touches the disk.

use std::fmt;
use std::path::{Path, PathBuf};

/// Which write of this folder's life an entry comes from. Later writes have greater generations, also after a restart,
/// and no two writes have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub(super) u64);

/// The digest of a key. It only finds the place: a file says its whole key, which is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyHash(pub(super) [u8; 16]);

/// One of the folders that hold files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf(u16);

/// Blocks of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Blocks(pub(super) u32);

/// The name of an entry's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) hash: KeyHash,
    pub(super) generation: Generation,
    pub(super) blocks: Blocks,
}

/// The paths below the folder that the tier was given.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    root: PathBuf,
}

/// Bits that count the writes of one epoch; the others count epochs.
const WRITES: u32 = 40;
/// The last epoch that there may be.
pub(super) const LAST_EPOCH: u32 = (1 << (u64::BITS - WRITES)) - 1;

impl Generation {
    /// The one with this number, to be compared with others.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The number that `text` is, if it is one, as [`fmt::Display`] writes it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let generation = Self(u64::from_str_radix(text, 16).ok()?);
        (generation.to_string() == text).then_some(generation)
    }

    /// The first of the process that opened the folder for the `epoch`th time.
    pub(super) const fn first(epoch: u32) -> Self {
        Self((epoch as u64) << WRITES)
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl KeyHash {
    /// Keyed, so that nobody can choose requests whose files share a folder.
    pub(super) fn of(key: &[u8], secret: &[u8; 32]) -> Self {
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::keyed_hash(secret, key).as_bytes()[..16]);
        Self(hash)
    }

    pub(super) fn leaf(self) -> Leaf {
        Leaf(u16::from_be_bytes([self.0[0], self.0[1]]) >> 4)
    }
}

impl Leaf {
    /// How many there are, in 16 folders of 256. With a million entries each holds 250 files, which list in less than a
    /// millisecond; empty they take 16 MiB.
    pub(super) const COUNT: u16 = 1 << 12;

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Blocks {
    const BYTES: u64 = 4096;

    /// What so many bytes take on the disk, with the file's inode as one more block: small files are bounded in number.
    pub(super) fn of(bytes: u64) -> Self {
        Self(u32::try_from(bytes.div_ceil(Self::BYTES).saturating_add(1)).unwrap_or(u32::MAX))
    }

    pub(super) fn bytes(self) -> u64 {
        u64::from(self.0) * Self::BYTES
    }
}

impl FileName {
    /// The name that `text` is, if it is one, as [`fmt::Display`] writes it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (hash, generation, blocks) = (parts.next()?, parts.next()?, parts.next()?);
        let name = Self {
            hash: KeyHash(u128::from_str_radix(hash, 16).ok()?.to_be_bytes()),
            generation: Generation::parse(generation)?,
            blocks: Blocks(u32::from_str_radix(blocks, 16).ok()?),
        };
        // Signs, upper case and lengths are settled by writing it again.
        (name.to_string() == text).then_some(name)
    }
}

impl Folders {
    pub(super) fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Held by the one process that may write here.
    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Says the version of everything else.
    pub(super) fn label(&self) -> PathBuf {
        self.root.join("label")
    }

    pub(super) fn entries(&self) -> PathBuf {
        self.root.join("entries")
    }

    /// Where files are written before they have their names.
    pub(super) fn drafts(&self) -> PathBuf {
        self.root.join("drafts")
    }

    /// Folders that are to be deleted as a whole.
    pub(super) fn discarded(&self) -> PathBuf {
        self.root.join("discarded")
    }

    pub(super) fn leaf(&self, leaf: Leaf) -> PathBuf {
        let digits = format!("{:03x}", leaf.0);
        self.entries().join(&digits[..1]).join(&digits[1..])
    }

    pub(super) fn file(&self, name: &FileName) -> PathBuf {
        self.leaf(name.hash.leaf()).join(name.to_string())
    }

    pub(super) fn draft(&self, generation: Generation) -> PathBuf {
        self.drafts().join(generation.to_string())
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}.{}.{:x}", self.hash, self.generation, self.blocks.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_read_as_it_was_written(hash: [u8; 16], generation: u64, blocks: u32) {
            let hash = KeyHash(hash);
            let name = FileName { hash, generation: Generation(generation), blocks: Blocks(blocks) };
            prop_assert_eq!(FileName::parse(&name.to_string()), Some(name));
        }

        #[test]
        fn a_text_that_is_read_as_a_name_is_that_name(text in "[0-9a-fA-F+.]{40,60}") {
            if let Some(name) = FileName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }

    #[test]
    fn a_small_file_takes_two_blocks_and_a_size_beyond_all_bounds_the_most() {
        let table = [(0, 1), (1, 2), (4096, 2), (4097, 3), (u64::MAX, u32::MAX)];
        for (bytes, blocks) in table {
            assert_eq!(Blocks::of(bytes), Blocks(blocks), "{bytes}");
        }
    }

    #[test]
    fn a_leaf_is_the_first_three_digits_of_its_files() {
        let folders = Folders::below(Path::new("/cache"));
        let hash = KeyHash(*b"\xab\xcd..............");
        let name = FileName { hash, generation: Generation(1), blocks: Blocks(2) };
        assert!(folders.file(&name).starts_with("/cache/entries/a/bc"), "{}", folders.file(&name).display());
        assert_eq!(Leaf::all().count(), usize::from(Leaf::COUNT));
    }
}
