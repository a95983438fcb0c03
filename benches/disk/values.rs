//! Values that say what they are: key, version and length, and bytes that follow from these.

use bytes::{BufMut, Bytes, BytesMut};
use lucarne::disk::{DiskTier, Entry};

/// How the heads of all values begin.
const MARK: &[u8] = b"value";

/// A source of numbers that repeat with their seed.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// One below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The key of a number.
pub(crate) fn key(number: u64) -> Vec<u8> {
    format!("https://example.com/pictures/{number}").into_bytes()
}

/// Writes a version of a key, every other one in pieces.
pub(crate) fn write(tier: &DiskTier, number: u64, version: u64) {
    let content = content(number, version);
    let mut head = BytesMut::from(MARK);
    head.put_u64(version);
    if version.is_multiple_of(2) {
        tier.write(&key(number), head.freeze(), content);
    } else if let Some(mut writer) = tier.begin_write(&key(number), head.freeze(), None) {
        for at in (0..content.len()).step_by(30_000) {
            writer.chunk(content.slice(at..content.len().min(at + 30_000)));
        }
        writer.finish();
    }
}

/// The version that an entry is, if each of its bytes is as it was written; `Ok(None)` if the content could not be read.
///
/// # Errors
/// What is wrong with it.
pub(crate) async fn version(number: u64, entry: &Entry) -> Result<Option<u64>, String> {
    let version = entry.head.strip_prefix(MARK).and_then(|version| version.try_into().ok()).map(u64::from_be_bytes);
    let version = version.ok_or_else(|| format!("{number}: a head of something else: {:?}", entry.head))?;
    let expected = content(number, version);
    match entry.content.whole().await {
        None => Ok(None),
        Some(content) if content == expected => Ok(Some(version)),
        Some(_) => Err(format!("{number}: other bytes than version {version}")),
    }
}

/// Mostly what pictures are in size; one in fifty takes several blocks and is read as a stream.
fn content(number: u64, version: u64) -> Bytes {
    let mut numbers = Numbers(number << 32 ^ version);
    let length = if numbers.below(50) == 0 { 300_000 + numbers.below(300_000) } else { numbers.below(24_000) };
    let mut content = BytesMut::with_capacity(length as usize + 32);
    content.put_u64(number);
    content.put_u64(version);
    content.put_u64(length);
    while (content.len() as u64) < length {
        content.put_u64(numbers.below(u64::MAX));
    }
    content.freeze()
}
