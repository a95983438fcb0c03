//! Files that are not what was written.

use futures_util::StreamExt;

use super::*;

const KIB: usize = 1 << 10;

/// The bytes of an entry of several blocks, some of which are handed out before the last is looked at.
const LARGE: usize = 300 * KIB;

/// Whether a damaged file is noticed: what is handed out before that is what was written.
async fn is_noticed(tier: &DiskTier, content: &Bytes) -> bool {
    let Some(entry) = tier.read(KEY).await else { return true };
    assert_eq!(entry.head, HEAD);
    let mut stream = entry.content.stream(0..u64::MAX);
    let mut given = Vec::new();
    while let Some(part) = stream.next().await {
        match part {
            Ok(part) => given.extend_from_slice(&part),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
                assert_eq!(given, content[..given.len()]);
                assert!(stream.next().await.is_none());
                return true;
            }
        }
    }
    assert_eq!(given, content[..]);
    false
}

/// Writes an entry, changes its file with each of `changes`, and expects a miss and no file.
async fn assert_noticed<C: std::fmt::Debug>(
    length: usize,
    changes: impl IntoIterator<Item = C>,
    change: impl Fn(&mut Vec<u8>, &C),
) {
    let stage = Stage::new();
    let tier = stage.open();
    let content = content(length);
    let mut noticed = 0;
    for case in changes {
        put(&tier, KEY, content.clone()).await;
        let path = stage.only_entry();
        let mut bytes = fs::read(&path).unwrap();
        let before = bytes.clone();
        change(&mut bytes, &case);
        if bytes == before {
            continue;
        }
        fs::write(&path, bytes).unwrap();
        assert!(is_noticed(&tier, &content).await, "{case:?}");
        assert_eq!(stage.entries().len(), 0, "{case:?}: it is deleted");
        assert!(get(&tier, KEY).await.is_none());
        noticed += 1;
    }
    assert!(noticed > 0);
    assert_eq!(tier.usage().unusable, noticed);
}

/// Fault 86.
#[tokio::test]
async fn a_changed_byte_anywhere_is_a_miss() {
    let small = 68 + KEY.len() + HEAD.len() + 100 + 16;
    assert_noticed(100, 0..small, |bytes, at| bytes[*at] ^= 1 << (at % 8)).await;
}

/// Fault 86.
#[tokio::test]
async fn a_changed_byte_in_any_block_of_a_large_entry_is_never_handed_out() {
    let large = 68 + KEY.len() + HEAD.len() + LARGE + 5 * 16;
    let places = (0..large).step_by(16 * KIB).chain(large - 5 * 16..large);
    assert_noticed(LARGE, places, |bytes, at| bytes[*at] ^= 1).await;
}

/// Fault 87.
#[tokio::test]
async fn a_file_that_was_cut_lengthened_or_emptied_is_a_miss() {
    for length in [100, 5000, LARGE] {
        assert_noticed(length, (0..length).step_by(4 * KIB), |bytes, at| bytes.truncate(*at)).await;
        assert_noticed(length, (0..length).step_by(4 * KIB), |bytes, at| {
            let end = (*at + 4 * KIB).min(bytes.len());
            bytes[*at..end].fill(0);
        })
        .await;
        assert_noticed(length, [1, 16, 4 * KIB], |bytes, more| bytes.resize(bytes.len() + more, 0)).await;
        assert_noticed(length, [0_u8], |bytes, _| bytes.fill(0)).await;
    }
}

/// Fault 87.
#[tokio::test]
async fn exchanged_blocks_are_noticed() {
    assert_noticed(LARGE, 0..3_usize, |bytes, block| {
        let start = 68 + KEY.len() + HEAD.len() + block * 64 * KIB;
        let (one, two) = bytes[start..].split_at_mut(64 * KIB);
        one.swap_with_slice(&mut two[..64 * KIB]);
    })
    .await;
}

/// Fault 87.
#[tokio::test]
async fn two_files_that_were_exchanged_are_two_misses() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, b"one", "1").await;
    let one = stage.only_entry();
    put(&tier, b"two", "2").await;
    let two = stage.entries().into_iter().find(|path| *path != one).unwrap();
    let aside = stage.folder.path().join("aside");
    fs::rename(&one, &aside).unwrap();
    fs::rename(&two, &one).unwrap();
    fs::rename(&aside, &two).unwrap();
    assert!(get(&tier, b"one").await.is_none());
    assert!(get(&tier, b"two").await.is_none());
    assert_eq!(stage.entries().len(), 0);
}

/// Fault 87.
#[tokio::test]
async fn an_older_file_in_the_place_of_a_newer_one_is_a_miss() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, KEY, "old").await;
    let old = fs::read(stage.only_entry()).unwrap();
    put(&tier, KEY, "new").await;
    fs::write(stage.only_entry(), old).unwrap();
    assert!(get(&tier, KEY).await.is_none());
}

/// Fault 91.
#[tokio::test]
async fn an_entry_of_another_version_is_a_miss() {
    assert_noticed(100, [0_u32, 2, u32::MAX], |bytes, version| {
        bytes[8..12].copy_from_slice(&version.to_be_bytes());
    })
    .await;
}
