//! A disk that is damaged, full, failing or somebody else's: no response fails for it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use lucarne::builtin::builtins;
use lucarne::config::Config;
use lucarne::disk::DiskSetupError;
use lucarne::node::{Node, StartError};

use super::files::Files;
use super::{Stage, detail, parts};

/// Fault 86.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_fetched_again() {
    let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.stop().await;
    let [file] = stage.files().try_into().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let node = stage.start().await;
    assert_eq!(node.get("/page", &[]).await.text(), "answer 2");
    let node = stage.restart(node).await;
    let again = node.get("/page", &[]).await;
    assert_eq!((again.text().as_str(), detail(&again)), ("answer 2", "disk"));
}

/// Faults 84 and 85.
#[tokio::test(flavor = "multi_thread")]
async fn no_response_fails_for_a_disk_that_is_full_or_fails() {
    for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::NotFound] {
        let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
        let node = stage.start().await;
        node.get("/stored", &[]).await;
        node.stop().await;
        let files = Arc::new(Files::default());
        let node = stage.start_on(Some(Arc::clone(&files) as _)).await;
        files.fail(kind);
        for target in ["/stored", "/other"] {
            let (first, second) = (node.get(target, &[]).await, node.get(target, &[]).await);
            assert_eq!((first.status.as_u16(), second.text()), (200, first.text()), "{kind:?}");
            assert_eq!(detail(&second), "memory", "{kind:?}");
        }
    }
}

/// Fault 92.
#[tokio::test(flavor = "multi_thread")]
async fn a_hit_in_memory_does_not_touch_the_disk() {
    let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.stop().await;
    let files = Arc::new(Files::default());
    let node = stage.start_on(Some(Arc::clone(&files) as _)).await;
    assert_eq!(detail(&node.get("/page", &[]).await), "disk");
    let listed = async {
        node.gateway.refresh_gauges();
        while node.metric("disk_unlisted") > 0 {
            tokio::task::yield_now().await;
            node.gateway.refresh_gauges();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), listed).await.unwrap();
    let before = (files.operations(), node.metric("disk_operations_total{outcome=\"miss\"}"));
    for _ in 0..100 {
        assert_eq!(detail(&node.get("/page", &[]).await), "memory");
    }
    node.gateway.keep_what_was_used_again();
    node.gateway.refresh_gauges();
    assert_eq!((files.operations(), node.metric("disk_operations_total{outcome=\"miss\"}")), before);
}

/// Fault 90.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_on_one_folder_is_refused() {
    let stage = Stage::counting(&[]).await;
    let _node = stage.start().await;
    let mut config = Config::parse(&stage.config(stage.folder.path()), Path::new("."), &builtins()).unwrap();
    config.listen = ([127, 0, 0, 1], 0).into();
    config.admin = None;
    let refused = Node::bind(&config, parts(), stage.clock.clone()).await.map(drop);
    assert!(matches!(refused, Err(StartError::Disk(DiskSetupError::InUse { .. }))), "{refused:?}");
}
