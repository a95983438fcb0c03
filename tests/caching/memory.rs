//! The memory tier keeps to its budget, as the process that holds it.

use crate::harness::{Origin, Program, answer, config_for, get};

/// Fault 93. What a node takes besides its store is there before: everything has been used once by then, and the store
/// holds one object.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_objects_fill_the_memory_to_its_budget_and_no_further() {
    const BUDGET: u64 = 128 << 20;
    const OBJECT: usize = 8 << 20;
    let origin = Origin::answering(|asked| {
        let first = asked.target.len() as u8;
        answer(&[("cache-control", "max-age=600")], vec![first; OBJECT])
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lucarne.toml");
    let config = config_for(&origin.url())
        .replace("127.0.0.1:1\"", "127.0.0.1:0\"")
        .replace("admin = \"127.0.0.1:2\"", "")
        .replace("[log]", "[cache]\nmemory = \"128MiB\"\nobject = \"8MiB\"\n[log]");
    std::fs::write(&file, config).unwrap();
    let node = Program::configured(&file);
    get(node.address, "/first", &[]).await;
    let before = node.resident_memory();
    // Four times as much as there is room for.
    for object in 0..64 {
        assert_eq!(get(node.address, &format!("/{object}"), &[]).await.body.len(), OBJECT);
    }
    let grown = node.resident_memory().saturating_sub(before);
    assert!(grown <= BUDGET + BUDGET / 100 * 15, "{} MiB more than before", grown >> 20);
    assert!(grown >= BUDGET / 4, "{} MiB: the store was not filled", grown >> 20);
}
