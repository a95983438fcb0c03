//! Keys: every part with its length, so that no two lists of parts have the same bytes. The store compares them whole.

use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use foldhash::quality::RandomState;

/// The key of a stored response, or of a target whose responses are selected by request fields.
///
/// A hit finds its key with the decision, and the store has the same one: where both are the same memory, they are equal
/// without being read, and then the bytes are not touched at all. So the hash is kept beside them.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheKey {
    /// INVARIANT: of the bytes, by [`SEED`].
    hash: u64,
    bytes: Arc<[u8]>,
}

/// Keys are hashed once, for all tables. At random, as what strangers send has to be.
static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Puts a key together.
#[derive(Debug, Clone, Default)]
pub struct KeyBuilder(Vec<u8>);

impl KeyBuilder {
    /// A key of this kind: kinds never share keys.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self::default().part(kind)
    }

    /// Continues a key.
    #[must_use]
    pub fn within(key: &CacheKey) -> Self {
        Self(key.bytes.to_vec())
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(part);
        self
    }

    /// Adds a part that may be absent, which differs from empty.
    #[must_use]
    pub fn optional(self, part: Option<impl AsRef<[u8]>>) -> Self {
        match part {
            Some(part) => self.part([1]).part(part),
            None => self.part([0]),
        }
    }

    /// The key.
    #[must_use]
    pub fn build(self) -> CacheKey {
        CacheKey { hash: SEED.hash_one(&*self.0), bytes: self.0.into() }
    }
}

impl CacheKey {
    /// How many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, which tell every key from every other.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The parts, as text where they are text: for `explain` and logs.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut rest = &*self.bytes;
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX).min(after.len());
            let (part, next) = after.split_at(length);
            parts.push(String::from_utf8_lossy(part).escape_debug().to_string());
            rest = next;
        }
        parts
    }
}

impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().join(" | "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn different_parts_make_different_keys(a: Vec<Vec<u8>>, b: Vec<Vec<u8>>) {
            let key = |parts: &[Vec<u8>]| parts.iter().fold(KeyBuilder::default(), |key, part| key.part(part)).build();
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }
    }

    #[test]
    fn absent_differs_from_empty() {
        let absent = KeyBuilder::new("k").optional(None::<&str>).build();
        assert_ne!(absent, KeyBuilder::new("k").optional(Some("")).build());
    }
}
