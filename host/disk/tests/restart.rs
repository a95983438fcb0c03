//! What the next process finds.

use super::faulty::{Act, Operation};
use super::*;

#[tokio::test]
async fn entries_are_there_after_a_restart_and_what_was_removed_or_replaced_is_not() {
    let stage = Stage::new();
    for round in 0..3 {
        let tier = stage.open();
        for number in 0..40 {
            let key = format!("key {number}");
            let found = get(&tier, key.as_bytes()).await;
            let expected = (round > 0 && number % 4 != 3).then(|| format!("{number} of {}", round - 1));
            assert_eq!(found.as_deref(), expected.as_deref().map(str::as_bytes), "round {round}, {key}");
        }
        for number in 0..40 {
            let key = format!("key {number}");
            put(&tier, key.as_bytes(), format!("{number} of {round}")).await;
            if number % 4 == 3 {
                assert_eq!(tier.remove(key.as_bytes()).await, Removal::Gone);
            }
        }
        assert_eq!(stage.entries().len(), 30);
        tier.close().await;
    }
}

/// Fault 88.
#[tokio::test]
async fn a_key_is_served_removed_and_written_before_the_rest_was_listed() {
    let stage = Stage::new();
    let tier = stage.open();
    for key in [KEY, b"removed", b"replaced"] {
        put(&tier, key, "old").await;
    }
    let folders: Vec<PathBuf> = stage.entries().iter().map(|path| path.parent().unwrap().to_owned()).collect();
    tier.close().await;
    // Every other folder is never listed.
    stage.files.rule(move |operation, path| match operation {
        Operation::List if !folders.iter().any(|folder| folder == path) => Act::Hang,
        _ => Act::Pass,
    });
    let tier = stage.open();
    assert_eq!(get(&tier, KEY).await.unwrap(), "old");
    assert_eq!(tier.remove(b"removed").await, Removal::Gone);
    assert!(get(&tier, b"removed").await.is_none());
    put(&tier, b"replaced", "new").await;
    assert_eq!(get(&tier, b"replaced").await.unwrap(), "new");
    assert!(tier.usage().unlisted > 4000);
    assert_eq!(stage.entries().len(), 2);
    stage.files.release();
    until(|| tier.usage().unlisted == 0).await;
    assert_eq!(tier.usage().entries, 2);
}

#[tokio::test]
async fn older_generations_drafts_and_strays_are_deleted() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, KEY, "content").await;
    let path = stage.only_entry();
    tier.close().await;
    let name = path.file_name().unwrap().to_str().unwrap();
    let (hash, rest) = name.split_once('.').unwrap();
    let (_, blocks) = rest.split_once('.').unwrap();
    fs::copy(&path, path.with_file_name(format!("{hash}.{:016x}.{blocks}", 1))).unwrap();
    fs::write(path.with_file_name("stray"), "").unwrap();
    fs::write(stage.folder.path().join("drafts").join(format!("{:016x}", 5)), "half").unwrap();
    let tier = stage.open();
    until(|| tier.usage().unlisted == 0).await;
    assert_eq!(stage.only_entry(), path);
    assert_eq!(stage.drafts().len(), 0);
    assert_eq!(get(&tier, KEY).await.unwrap(), "content");
}

#[tokio::test]
async fn a_folder_that_is_larger_than_it_may_be_now_is_cut() {
    let mut stage = Stage::new();
    let tier = stage.open();
    for number in 0..40 {
        put(&tier, format!("key {number}").as_bytes(), content(100 << 10)).await;
    }
    tier.close().await;
    stage.size = 1 << 20;
    let tier = stage.open();
    until(|| tier.usage().unlisted == 0).await;
    assert!(tier.usage().bytes <= stage.size);
    assert_eq!(stage.entries().len(), tier.usage().entries);
    assert!((8..=9).contains(&tier.usage().entries), "{:?}", tier.usage());
}

/// Fault 90.
#[tokio::test]
async fn a_second_process_is_refused() {
    let stage = Stage::new();
    let tier = stage.open();
    let second = DiskTier::open(&stage.config());
    assert!(matches!(second, Err(DiskSetupError::InUse { .. })), "{second:?}");
    tier.close().await;
    DiskTier::open(&stage.config()).unwrap();
}

/// Fault 91.
#[tokio::test]
async fn a_folder_of_another_version_is_emptied_and_used() {
    let damages = [("version 1", "version 0"), ("version 1", "version 2"), ("\n", ""), ("epoch 1", "epoch 16777215")];
    for (said, says) in damages {
        let stage = Stage::new();
        let tier = stage.open();
        put(&tier, KEY, "content").await;
        tier.close().await;
        let label = stage.folder.path().join("label");
        let text = fs::read_to_string(&label).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        fs::write(&label, format!("{first}\n{}", rest.replace(said, says))).unwrap();
        let tier = stage.open();
        assert!(get(&tier, KEY).await.is_none(), "{says}");
        put(&tier, KEY, "new").await;
        until(|| paths(&stage.folder.path().join("discarded")).is_empty()).await;
        assert_eq!(stage.entries().len(), 1);
        tier.close().await;
        assert_eq!(get(&stage.open(), KEY).await.unwrap(), "new", "{says}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_of_a_disk_cache_is_left_alone() {
    for (name, is_folder) in [("entries", true), ("drafts", true), ("discarded", true), ("label", false)] {
        let stage = Stage::new();
        let theirs = stage.folder.path().join(name);
        if is_folder {
            fs::create_dir(&theirs).unwrap();
            fs::write(theirs.join("photograph.jpg"), "mine").unwrap();
        } else {
            fs::write(&theirs, "mine").unwrap();
        }
        let opened = DiskTier::open(&stage.config());
        assert!(matches!(&opened, Err(DiskSetupError::Foreign { path }) if *path == theirs), "{opened:?}");
        assert!(theirs.join("photograph.jpg").exists() || !is_folder);
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = DiskConfig { path: file.path().to_owned(), ..Stage::new().config() };
    assert!(matches!(DiskTier::open(&config), Err(DiskSetupError::Folder { .. })));
}
