//! Where a site's content comes from: an HTTP server, a folder, or files built into the program.
//!
//! A fetch goes in as a [`Request`] and comes out as a [`Response`] or a [`FetchError`] that names its reason. Nothing
//! here knows of caching, components or pictures, and no clock is read: every limit is a duration from a config.

mod address;
mod body;
mod error;
mod fields;
mod file_path;
mod folder;
mod http;
mod memory;
mod redirect;
mod representation;

pub use address::is_public;
pub use body::{Body, Collected, RequestBody};
pub use error::{BadRedirect, BadResponse, Cause, FetchError};
pub use fields::{is_hop_by_hop, remove_hop_by_hop};
pub use folder::{FolderConfig, FolderSetupError, FolderUpstream};
pub use http::{Capacity, HttpConfig, HttpSetupError, HttpUpstream};
pub use memory::{MemoryFile, MemoryUpstream};
pub use redirect::{resolve, same_authority};

use ::http::uri::{Authority, PathAndQuery};
use ::http::{HeaderMap, Method, StatusCode};

/// Where a site's content comes from.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a site has one, in one place")]
pub enum Upstream {
    /// An HTTP or HTTPS server.
    Http(HttpUpstream),
    /// Files below a directory.
    Folder(FolderUpstream),
    /// Files built into the program.
    Memory(MemoryUpstream),
}

/// What to ask an upstream for.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query in canonical form, as they also key the answer.
    pub target: PathAndQuery,
    /// The authority that the client asked for. It is sent only to an upstream with `preserve_host`.
    pub authority: Authority,
    /// The fields to send. Those of one connection, Host and framing are replaced by the upstream's own.
    pub fields: HeaderMap,
    /// The content. Its size hint decides the framing: an exact one is sent as Content-Length.
    pub body: RequestBody,
    /// Whether a redirect is an answer or a direction.
    pub redirects: Redirects,
}

/// What to do with a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// It is the answer.
    Never,
    /// It is followed, for GET and HEAD without content: at most three times, within the upstream's own authority or
    /// to public addresses.
    Follow,
}

/// What an upstream answered.
#[derive(Debug)]
pub struct Response {
    /// A final status, 200 to 599.
    pub status: StatusCode,
    /// The fields, without those of one connection.
    pub fields: HeaderMap,
    /// The content. It ends in an error, never cleanly, when it is not whole.
    pub body: Body,
}

impl Upstream {
    /// Asks the upstream.
    ///
    /// Dropping the future gives up the exchange and closes its connection.
    ///
    /// # Errors
    /// When no usable answer came; an answer of any final status is not an error.
    pub async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        match self {
            Self::Http(upstream) => upstream.fetch(request).await,
            Self::Folder(upstream) => upstream.fetch(request).await,
            Self::Memory(upstream) => Ok(upstream.fetch(&request)),
        }
    }
}
