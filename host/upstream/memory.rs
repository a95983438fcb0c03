//! Files built into the program.

use std::collections::HashMap;
use std::time::Duration;

use ::http::HeaderValue;
use bytes::Bytes;

use super::body::Body;
use super::file_path::FilePath;
use super::representation::{self, Representation, Wanted};
use super::{Request, Response};

/// How long an answer is fresh. A new program may bring other files.
const MAX_AGE: Duration = Duration::from_secs(60);

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct MemoryFile {
    /// Its path, without a slash at its beginning: `photos/lake.jpg`. `index.html` is also what its folder shows.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// A fixed set of files.
#[derive(Debug)]
pub struct MemoryUpstream {
    files: HashMap<&'static str, (Representation, &'static [u8])>,
}

impl MemoryUpstream {
    /// Digests every file, for its entity tag. A content type must be visible ASCII, or this panics: it is part of the
    /// program.
    #[must_use]
    pub fn new(files: &'static [MemoryFile]) -> Self {
        let describe = |file: &MemoryFile| Representation {
            content_type: HeaderValue::from_static(file.content_type),
            length: file.bytes.len() as u64,
            etag: representation::ascii(format!("\"{}\"", &blake3::hash(file.bytes).to_hex()[..32])),
            last_modified: None,
            cache_control: representation::max_age(MAX_AGE),
        };
        Self { files: files.iter().map(|file| (file.path, (describe(file), file.bytes))).collect() }
    }

    pub(super) fn fetch(&self, request: &Request) -> Response {
        if let Some(refusal) = representation::refuse_method(&request.method) {
            return refusal;
        }
        let path = FilePath::parse(&request.target);
        let Some((file, bytes)) = path.and_then(|path| self.files.get(path.as_str())) else {
            return representation::not_found(&request.method);
        };
        let wanted = file.wanted(&request.method, &request.fields);
        let body = match wanted {
            Wanted::Content => Body::from(Bytes::from_static(bytes)),
            Wanted::Head | Wanted::NotModified => Body::empty(),
        };
        file.clone().respond(wanted, body)
    }
}
