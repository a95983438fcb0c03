//! On a real file system.

use std::fs;
use std::os::unix::fs::symlink;

use ::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use ::http::uri::Authority;
use ::http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt as _;
use tempfile::TempDir;

use super::*;
use crate::upstream::{MemoryFile, MemoryUpstream, Redirects, RequestBody, Upstream};

/// What the answer begins with where there is no file.
const NOTHING: &[u8] = b"there is no such file here; ";

/// A folder `site`, and a file beside it that must not be seen.
struct Site {
    above: TempDir,
}

impl Site {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let above = TempDir::new().unwrap();
        fs::write(above.path().join("secret"), "secret").unwrap();
        fs::create_dir(above.path().join("site")).unwrap();
        let site = Self { above };
        for (path, bytes) in files {
            let path = site.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        site
    }

    fn path(&self, path: &str) -> PathBuf {
        self.above.path().join("site").join(path)
    }

    fn upstream(&self) -> Upstream {
        Upstream::Folder(FolderUpstream::new(FolderConfig::new(self.path(""))).unwrap())
    }
}

fn request(method: Method, target: &str) -> Request {
    Request {
        method,
        target: target.parse().unwrap(),
        authority: Authority::from_static("client.example"),
        fields: HeaderMap::new(),
        body: RequestBody::Empty,
        redirects: Redirects::Never,
    }
}

async fn get(upstream: &Upstream, target: &str) -> Response {
    upstream.fetch(request(Method::GET, target)).await.unwrap()
}

async fn content(body: Body) -> Result<Vec<u8>, FetchError> {
    Ok(http_body_util::BodyExt::collect(body).await?.to_bytes().to_vec())
}

#[tokio::test]
async fn a_file_is_answered_with_its_description() {
    let site = Site::new(&[("photos/lake.avif", b"a lake")]);
    let response = get(&site.upstream(), "/photos/lake.avif?w=3").await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.fields[CONTENT_TYPE], "image/avif");
    assert_eq!(response.fields[CONTENT_LENGTH], "6");
    assert_eq!(response.fields[CACHE_CONTROL], "max-age=60");
    assert!(response.fields[ETAG].to_str().unwrap().starts_with("\"6-"));
    assert!(response.fields.contains_key(LAST_MODIFIED));
    assert_eq!(content(response.body).await.unwrap(), b"a lake");
}

/// Fault 42.
#[tokio::test]
async fn nothing_outside_the_folder_or_hidden_in_it_is_shown() {
    let site = Site::new(&[("a.png", b"a"), (".hidden", b"h"), (".git/config", b"c"), ("sub/.env", b"e")]);
    symlink("../secret", site.path("relative-link")).unwrap();
    symlink(site.above.path().join("secret"), site.path("absolute-link")).unwrap();
    symlink(site.above.path(), site.path("above")).unwrap();
    symlink("/etc", site.path("etc")).unwrap();
    symlink("nowhere", site.path("dangling")).unwrap();
    let upstream = site.upstream();
    let table = [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/..%5csecret",
        "/sub/../../secret",
        "/sub%2f..%2f..%2fsecret",
        "/etc/passwd",
        "//etc/passwd",
        "/relative-link",
        "/absolute-link",
        "/above/secret",
        "/dangling",
        "/.hidden",
        "/%2ehidden",
        "/.git/config",
        "/sub/.env",
        "/sub",
        "/sub/",
        "/",
        "/a.png/",
        "/a.png/b",
        "/a.png%00.jpg",
        "/missing.png",
    ];
    for target in table {
        let response = get(&upstream, target).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{target}");
        assert!(content(response.body).await.unwrap().starts_with(NOTHING), "{target}");
    }
    let too_long = format!("/{}", "x".repeat(5000));
    assert_eq!(get(&upstream, &too_long).await.status, StatusCode::NOT_FOUND);
    let head = upstream.fetch(request(Method::HEAD, "/missing.png")).await.unwrap();
    assert_eq!((head.status, content(head.body).await.unwrap().len()), (StatusCode::NOT_FOUND, 0));
}

#[tokio::test]
async fn links_within_the_folder_are_followed() {
    let site = Site::new(&[("real/a.png", b"a")]);
    symlink("real", site.path("alias")).unwrap();
    assert_eq!(content(get(&site.upstream(), "/alias/a.png").await.body).await.unwrap(), b"a");
}

#[tokio::test]
async fn a_path_with_a_slash_at_its_end_shows_its_index() {
    let site = Site::new(&[("index.html", b"top"), ("sub/index.html", b"sub")]);
    for (target, expected) in [("/", "top"), ("/sub/", "sub")] {
        let response = get(&site.upstream(), target).await;
        assert_eq!(response.fields[CONTENT_TYPE], "text/html");
        assert_eq!(content(response.body).await.unwrap(), expected.as_bytes());
    }
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    static FILES: [MemoryFile; 1] = [MemoryFile { path: "a.png", content_type: "image/png", bytes: b"abc" }];
    let site = Site::new(&[("a.png", b"abc")]);
    for upstream in [site.upstream(), Upstream::Memory(MemoryUpstream::new(&FILES))] {
        let first = get(&upstream, "/a.png").await.fields;
        let dated = first.get(LAST_MODIFIED).map(|date| (IF_MODIFIED_SINCE, date));
        for (name, value) in [(IF_NONE_MATCH, &first[ETAG])].into_iter().chain(dated) {
            let mut request = request(Method::GET, "/a.png");
            request.fields.insert(name, value.clone());
            let response = upstream.fetch(request).await.unwrap();
            assert_eq!(response.status, StatusCode::NOT_MODIFIED);
            assert_eq!(response.fields[ETAG], first[ETAG]);
            assert_eq!(response.fields[CACHE_CONTROL], first[CACHE_CONTROL]);
            assert!(!response.fields.contains_key(CONTENT_LENGTH));
            assert_eq!(content(response.body).await.unwrap(), b"");
        }
    }
}

#[tokio::test]
async fn only_get_and_head_are_answered() {
    static FILES: [MemoryFile; 1] = [MemoryFile { path: "a.png", content_type: "image/png", bytes: b"abc" }];
    let site = Site::new(&[("a.png", b"abc")]);
    for upstream in [site.upstream(), Upstream::Memory(MemoryUpstream::new(&FILES))] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let response = upstream.fetch(request(method, "/a.png")).await.unwrap();
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.fields["allow"], "GET, HEAD");
        }
        let response = upstream.fetch(request(Method::HEAD, "/a.png")).await.unwrap();
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.fields[CONTENT_LENGTH], "3");
        assert_eq!(content(response.body).await.unwrap(), b"");
    }
}

#[tokio::test]
async fn memory_shows_its_files_and_no_others() {
    static FILES: [MemoryFile; 2] = [
        MemoryFile { path: "index.html", content_type: "text/html", bytes: b"top" },
        MemoryFile { path: "photos/lake.jpg", content_type: "image/jpeg", bytes: b"a lake" },
    ];
    let upstream = Upstream::Memory(MemoryUpstream::new(&FILES));
    for (target, expected) in [
        ("/", Some("top")),
        ("/index.html", Some("top")),
        ("/photos/lake.jpg?w=3", Some("a lake")),
        ("/photos/", None),
        ("/photos", None),
        ("/../index.html", None),
    ] {
        let response = get(&upstream, target).await;
        assert_eq!(response.status == StatusCode::OK, expected.is_some(), "{target}");
        let body = content(response.body).await.unwrap();
        match expected {
            Some(expected) => assert_eq!(body, expected.as_bytes(), "{target}"),
            None => assert!(body.starts_with(NOTHING), "{target}"),
        }
    }
}

#[tokio::test]
async fn a_large_file_comes_in_chunks() {
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let site = Site::new(&[("large.bin", &bytes), ("empty.bin", b"")]);
    let upstream = site.upstream();
    let mut body = get(&upstream, "/large.bin").await.body;
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        assert!((1..=256 * 1024).contains(&data.len()));
        read.extend_from_slice(&data);
    }
    assert_eq!(read, bytes);
    assert_eq!(content(get(&upstream, "/empty.bin").await.body).await.unwrap(), b"");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_ends_in_an_error() {
    let bytes = vec![0; 1_000_000];
    let shrink = |path: &Path| File::options().write(true).open(path).unwrap().set_len(500_000).unwrap();
    let grow = |path: &Path| File::options().write(true).open(path).unwrap().set_len(2_000_000).unwrap();
    let rewrite = |path: &Path| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(UNIX_EPOCH).unwrap();
    };
    let changes: [&dyn Fn(&Path); 3] = [&shrink, &grow, &rewrite];
    for (case, change) in changes.into_iter().enumerate() {
        let site = Site::new(&[("large.bin", &bytes)]);
        let mut body = get(&site.upstream(), "/large.bin").await.body;
        body.frame().await.unwrap().unwrap();
        change(&site.path("large.bin"));
        let error = content(body).await.unwrap_err();
        assert!(matches!(error, FetchError::FileChanged { .. }), "{case}: {error:?}");
    }
}

#[tokio::test]
async fn a_changed_file_has_another_tag() {
    let site = Site::new(&[("a.png", b"abc")]);
    let upstream = site.upstream();
    let before = get(&upstream, "/a.png").await.fields[ETAG].clone();
    File::options().write(true).open(site.path("a.png")).unwrap().set_modified(UNIX_EPOCH).unwrap();
    assert_ne!(get(&upstream, "/a.png").await.fields[ETAG], before);
}

#[tokio::test]
async fn a_named_pipe_is_not_waited_for() {
    let site = Site::new(&[]);
    let made = std::process::Command::new("mkfifo").arg(site.path("pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(get(&site.upstream(), "/pipe").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_missing_folder_is_named() {
    let site = Site::new(&[("file", b"x")]);
    for path in ["missing", "file"] {
        let error = FolderUpstream::new(FolderConfig::new(site.path(path))).unwrap_err();
        assert!(error.to_string().ends_with(&format!("site/{path}")), "{error}");
    }
}
