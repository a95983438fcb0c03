//! The short way for the usual request: a GET that came alone, for all of something that is in memory and fresh.
//!
//! hyper is made for everything that HTTP/1 can be, and for a hit that needs nothing of it it is a good part of the cost.
//! So a head is shown here before hyper has it. What is answered here, hyper has never seen; what is not, it gets as if
//! nothing had been. The two ways give the same bytes.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, Request, Uri, Version};
use httparse::Status;

use super::client::drop_untrusted_claims;
use super::line::Line;
use super::{HEADER_FIELDS, Peer};
use crate::gateway::PlainHit;

/// Asks the gateway for one client.
pub(super) struct Lane(Peer);

/// What of an answer is still to be sent.
pub(super) struct Answer {
    pub(super) head: Bytes,
    pub(super) content: Bytes,
}

impl Lane {
    pub(super) fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// The answer to the request that these bytes are, if it is as above. They were found to be a whole head, with no
    /// content behind it.
    pub(super) fn answer(&self, head: &[u8]) -> Option<Answer> {
        let peer = &self.0;
        let mut request = parse(head)?;
        drop_untrusted_claims(peer.address, request.headers_mut(), &peer.settings.trusted_proxies);
        let line = Line::begin(peer, &request);
        let PlainHit { status, head, content, cache } = peer.gateway.plain_hit(Some(peer.address), request)?;
        if let Some(line) = line {
            line.write(peer, status, Some(content.len() as u64), cache.label());
        }
        Some(Answer { head, content })
    }
}

impl Answer {
    /// So many bytes were sent.
    pub(super) fn advance(&mut self, sent: usize) {
        let of_head = sent.min(self.head.len());
        drop(self.head.split_to(of_head));
        drop(self.content.split_to(sent - of_head));
    }

    pub(super) fn is_sent(&self) -> bool {
        self.head.is_empty() && self.content.is_empty()
    }
}

/// A GET of HTTP/1.1 that asks nothing of its connection.
fn parse(head: &[u8]) -> Option<Request<()>> {
    let mut lines = [const { MaybeUninit::uninit() }; HEADER_FIELDS];
    let mut parsed = httparse::Request::new(&mut []);
    // Another end than the one that was found before is another request.
    if parsed.parse_with_uninit_headers(head, &mut lines) != Ok(Status::Complete(head.len())) {
        return None;
    }
    let target = parsed.path.filter(|target| target.starts_with('/'))?;
    if parsed.method != Some("GET") || parsed.version != Some(1) {
        return None;
    }
    let bytes = Bytes::copy_from_slice(head);
    let part = |part: &[u8]| bytes.slice(offset(head, part)..offset(head, part) + part.len());
    let mut fields = HeaderMap::with_capacity(parsed.headers.len());
    for line in parsed.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let concerns_connection = match name {
            CONNECTION => !line.value.eq_ignore_ascii_case(b"keep-alive"),
            CONTENT_LENGTH | EXPECT | TRANSFER_ENCODING | UPGRADE => true,
            _ => false,
        };
        if concerns_connection {
            return None;
        }
        fields.append(name, HeaderValue::from_maybe_shared(part(line.value)).ok()?);
    }
    let mut request = Request::new(());
    *request.version_mut() = Version::HTTP_11;
    *request.uri_mut() = Uri::from_maybe_shared(part(target.as_bytes())).ok()?;
    *request.headers_mut() = fields;
    Some(request)
}

/// Where a part of these bytes is in them.
fn offset(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}
