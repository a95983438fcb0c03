//! Two tiers: what is stored outlives the process on the disk, with its age and its rules, and nothing else does.

mod broken;
mod files;
mod large;
mod removed;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use lucarne::clock::Clock;
use lucarne::disk::{DiskLimits, FileSystem};
use lucarne::node::NodeParts;
use tempfile::TempDir;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Fields, Origin, Reply, Script, TestNode, answer, compiled_directory, config_for, status};

const TOKEN: &str = "0123456789abcdef";

/// An origin, a folder, and a clock that goes on while a node is restarted.
struct Stage {
    origin: Origin,
    folder: TempDir,
    clock: Clock,
    admission: &'static str,
    /// Lines of the sections.
    cache: &'static str,
    disk: &'static str,
    /// Another upstream than the origin.
    upstream: Option<String>,
}

impl Stage {
    /// Where everything is written to the disk.
    fn over(origin: Origin) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (cache, disk) = ("", "");
        Self { origin, folder, clock: Clock::default(), admission: "always", cache, disk, upstream: None }
    }

    /// Over an origin that says how often it has been asked.
    async fn counting(fields: &'static [(&'static str, &'static str)]) -> Self {
        Self::over(counting(fields).await)
    }

    fn config(&self, folder: &Path) -> String {
        format!(
            "{}[purge]\ntoken = {TOKEN:?}\n[cache]\n{}\n[cache.disk]\npath = {folder:?}\nsize = \"64MiB\"\nadmission = {:?}\n{}\n",
            config_for(self.upstream.as_ref().unwrap_or(&self.origin.url())),
            self.cache,
            self.admission,
            self.disk,
        )
    }

    async fn start(&self) -> TestNode {
        self.start_on(None).await
    }

    /// A node over this file system.
    async fn start_on(&self, files: Option<Arc<dyn FileSystem>>) -> TestNode {
        let parts = NodeParts { files, ..parts() };
        TestNode::assembled(&self.config(self.folder.path()), parts, self.clock.clone()).await
    }

    /// A node that finds what a kill at this moment would leave.
    async fn killed(&self) -> (TempDir, TestNode) {
        let left = tempfile::tempdir().unwrap();
        copy(self.folder.path(), left.path());
        let node = TestNode::assembled(&self.config(left.path()), parts(), self.clock.clone()).await;
        (left, node)
    }

    /// Stops a node, and starts another on the same folder.
    async fn restart(&self, node: TestNode) -> TestNode {
        node.stop().await;
        self.start().await
    }

    /// The files of entries.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join("entries")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
            }
        }
        found
    }
}

/// With a disk that is waited for on a machine that is busy too.
fn parts() -> NodeParts {
    let long = Duration::from_secs(20);
    let disk_limits = DiskLimits { open: long, block: long, remove: long, ..DiskLimits::default() };
    NodeParts { compiled: Some(compiled_directory()), disk_limits, ..NodeParts::default() }
}

/// An origin whose every answer says how often it has been asked, with these fields.
async fn counting(fields: &'static [(&'static str, &'static str)]) -> Origin {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Origin::answering(move |_| {
        let count = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        answer(fields, format!("answer {count}"))
    })
    .await
}

/// Files may come and go meanwhile.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (here, there) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() { copy(&here, &there) } else { drop(fs::copy(&here, &there)) }
    }
}

fn detail(reply: &Reply) -> &str {
    reply.cache_status().rsplit("detail=").next().unwrap()
}

fn age(reply: &Reply) -> u64 {
    reply.field("age").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_serves_from_the_disk_with_the_age_that_it_has() {
    let stage = Stage::counting(&[("cache-control", "max-age=100"), ("etag", "\"a\"")]).await;
    let node = stage.start().await;
    node.get("/page", &[]).await;
    stage.clock.advance(Duration::from_secs(30));
    let node = stage.restart(node).await;
    stage.clock.advance(Duration::from_secs(10));
    let first = node.get("/page", &[]).await;
    assert_eq!((first.text().as_str(), detail(&first)), ("answer 1", "disk"), "{}", first.cache_status());
    assert!((40..45).contains(&age(&first)), "{}", age(&first));
    let second = node.get("/page", &[]).await;
    assert_eq!((second.text().as_str(), detail(&second)), ("answer 1", "memory"), "{}", second.cache_status());
    stage.clock.advance(Duration::from_secs(60));
    assert_eq!(node.get("/page", &[]).await.text(), "answer 2");
    assert_eq!(stage.origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_memory_lacks_is_asked_of_the_disk_whatever_is_asked_about_it() {
    let stage = Stage::counting(&[("cache-control", "max-age=100"), ("etag", "\"a\"")]).await;
    let node = stage.start().await;
    node.get("/page", &[]).await;
    let mut node = Some(node);
    let table: [(Method, Fields<'_>, u16, &str); 4] = [
        (Method::HEAD, &[], 200, ""),
        (Method::GET, &[("range", "bytes=0-2")], 206, "ans"),
        (Method::GET, &[("cache-control", "only-if-cached")], 200, "answer 1"),
        (Method::GET, &[("if-none-match", "\"a\"")], 304, ""),
    ];
    for (method, fields, expected, text) in table {
        let restarted = stage.restart(node.take().unwrap()).await;
        let reply = restarted.ask(method.clone(), "/page", fields).await;
        assert_eq!(
            (reply.status.as_u16(), reply.text().as_str(), detail(&reply)),
            (expected, text, "disk"),
            "{fields:?}"
        );
        node = Some(restarted);
    }
    assert_eq!(stage.origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn selections_survive_a_restart_and_none_gets_anothers_response() {
    let origin = Origin::answering(|asked| {
        let language = asked.field("accept-language").to_owned();
        let fields = [("cache-control", "max-age=100"), ("vary", "accept-language"), ("content-language", &language)];
        answer(&fields, language.clone())
    })
    .await;
    let stage = Stage::over(origin);
    let node = stage.start().await;
    for language in ["de", "fr"] {
        node.get("/page", &[("accept-language", language)]).await;
    }
    let node = stage.restart(node).await;
    for language in ["fr", "de"] {
        let reply = node.get("/page", &[("accept-language", language)]).await;
        assert_eq!((reply.text().as_str(), detail(&reply)), (language, "disk"));
    }
    assert_eq!(stage.origin.hits(), 2);
    assert_eq!(node.get("/page", &[("accept-language", "en")]).await.text(), "en");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_sources_survive_a_restart_and_nothing_is_made_again() {
    let stage = Stage::over(Origin::with_picture(jpeg(64, 64), "max-age=100").await);
    let node = stage.start().await;
    let made = node.get("/photo.jpg?width=16", &[]).await;
    let node = stage.restart(node).await;
    let served = node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!((served.body, detail(&made)), (made.body.clone(), detail(&made)));
    assert_eq!(node.transforms(), 0);
    let other = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!((describe(&other.body).1, node.transforms()), (32, 1));
    assert_eq!(stage.origin.hits(), 1, "the source is on the disk too");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stale_on_the_disk_is_validated_with_its_validators() {
    let origin = Origin::answering(|asked| {
        let fields = [("cache-control", "max-age=100"), ("etag", "\"a\"")];
        if asked.field("if-none-match") == "\"a\"" { status(304, &fields, "") } else { answer(&fields, "whole") }
    })
    .await;
    let stage = Stage::over(origin);
    let node = stage.start().await;
    node.get("/page", &[]).await;
    stage.clock.advance(Duration::from_secs(150));
    let node = stage.restart(node).await;
    let validated = node.get("/page", &[]).await;
    assert_eq!(validated.text(), "whole");
    assert!(validated.cache_status().contains("fwd=stale; fwd-status=304"), "{}", validated.cache_status());
    let node = stage.restart(node).await;
    let freshened = node.get("/page", &[]).await;
    assert_eq!((freshened.text().as_str(), detail(&freshened)), ("whole", "disk"));
    assert_eq!(stage.origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_once_is_not_written_and_what_was_hit_in_memory_is() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=100").await;
    let stage = Stage { admission: "second-request", ..Stage::over(origin) };
    let node = stage.start().await;
    node.get("/once", &[]).await;
    node.get("/twice", &[]).await;
    node.get("/twice", &[]).await;
    node.get("/photo.jpg?width=16", &[]).await;
    node.get("/photo.jpg?width=32", &[]).await;
    let node = stage.restart(node).await;
    assert_eq!(detail(&node.get("/twice", &[]).await), "disk");
    node.get("/photo.jpg?width=8", &[]).await;
    assert_eq!(stage.origin.hits(), 3, "the source was used twice");
    assert!(!node.get("/once", &[]).await.is_hit());
    node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!(node.transforms(), 2, "neither picture was asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_again_is_written_while_the_node_runs() {
    let origin = counting(&[("cache-control", "max-age=100")]).await;
    let stage = Stage { admission: "second-request", ..Stage::over(origin) };
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.gateway.keep_what_was_used_again();
    node.get("/page", &[]).await;
    node.gateway.keep_what_was_used_again();
    node.gateway.refresh_gauges();
    let written = async {
        while node.metric("disk_operations_total{outcome=\"written\"}") == 0 {
            tokio::task::yield_now().await;
            node.gateway.refresh_gauges();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap();
    assert_eq!(node.metric("disk_operations_total{outcome=\"written\"}"), 1);
    assert_eq!(node.metric("disk_entries"), 1);
    assert!(node.metric("disk_bytes{of=\"entries\"}") > 0);
}

/// Fault 76.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_under_load_is_filled_from_the_disk_with_one_read_for_each_thing() {
    const PAGES: usize = 8;
    let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
    let node = stage.start().await;
    for page in 0..PAGES {
        node.get(&format!("/{page}"), &[]).await;
    }
    let node = stage.restart(node).await;
    let targets: Vec<_> = (0..400).map(|request| format!("/{}", request % PAGES)).collect();
    let replies = join_all(targets.iter().map(|target| node.handle(target, &[]))).await;
    assert!(replies.iter().all(Reply::is_hit));
    assert_eq!(stage.origin.hits(), PAGES);
    node.gateway.refresh_gauges();
    assert_eq!(node.metric("disk_operations_total{outcome=\"hit\"}"), PAGES as u64);
}

/// Fault 96.
#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_jumps_makes_nothing_on_the_disk_fresh() {
    for jump in [-86_400, 86_400] {
        let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
        let node = stage.start().await;
        node.get("/page", &[]).await;
        stage.clock.advance(Duration::from_secs(150));
        stage.clock.jump(jump);
        let node = stage.restart(node).await;
        assert_eq!(node.get("/page", &[]).await.text(), "answer 2", "after a jump of {jump} s");
    }
}

/// What is larger than memory holds is on the disk all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_went_from_memory_is_found_on_the_disk() {
    let body = Bytes::from(vec![7; 100 << 10]);
    let content = body.clone();
    let origin = Origin::answering(move |_| answer(&[("cache-control", "max-age=100")], content.clone())).await;
    let stage = Stage { cache: "memory = \"1MiB\"", ..Stage::over(origin) };
    let node = stage.start().await;
    for page in 0..20 {
        assert_eq!(node.get(&format!("/{page}"), &[]).await.body, body);
    }
    for page in 0..20 {
        let reply = node.get(&format!("/{page}"), &[]).await;
        assert_eq!((reply.is_hit(), reply.body == body), (true, true), "{page}");
    }
    assert_eq!(stage.origin.hits(), 20);
}

/// Answers with what the origin says at that time.
fn scripted(text: &'static str) -> Script {
    Script::new(move |_| answer(&[("cache-control", "max-age=100"), ("surrogate-key", "red")], text))
}
