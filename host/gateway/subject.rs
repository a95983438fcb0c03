//! What a line of the node's log is about: the site, its upstream, and the URL, as the access log has it. Everything in
//! it may be a stranger's text, so it is bounded and cannot end a line or look like more than it is.

use std::error::Error;
use std::fmt::Write as _;

use crate::gateway::exchange::Question;
use crate::gateway::{Site, Visit};
use crate::request::RequestHead;
use crate::respond::Failure;
use crate::telemetry::printable;

/// Who was asked for what.
pub(super) struct Subject<'a> {
    /// The site's name.
    pub(super) site: &'a str,
    /// Its upstream's.
    pub(super) upstream: &'a str,
    /// Authority, path and query.
    pub(super) url: String,
}

/// Bytes of a URL: all of an ordinary one, and of a long one enough to find it in the access log.
const URL: usize = 512;

/// Bytes of what an error says with its causes.
const ERROR: usize = 1 << 10;

/// What is written in the place of a site or an upstream that is not known.
const NONE: &str = "-";

impl<'a> Subject<'a> {
    /// A request to a site, if there is one for it: a client's, or the node's own for a source.
    pub(super) fn of(site: Option<&'a Site>, head: &RequestHead) -> Self {
        let (before, query) = head.query().map_or(("", ""), |query| ("?", query));
        let (name, upstream) = site.map_or((NONE, NONE), |site| (&site.name, &site.upstream.name));
        let whole = [head.authority(), head.path(), before, query].concat();
        let mut url = printable(&whole).into_owned();
        if url.len() > URL {
            // INVARIANT: it is ASCII.
            url.truncate(URL);
            url.push_str("...");
        }
        Self { site: name, upstream, url }
    }
}

impl Visit {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject::of(Some(&self.site), &self.view.head)
    }
}

impl Question<'_> {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject::of(Some(self.site), &self.view.head)
    }
}

/// Says that a request has no better answer than this failure, where that is not the client's doing.
pub(super) fn log_failed(failure: &Failure, site: Option<&Site>, head: &RequestHead) {
    if failure.told().status.is_server_error() {
        let Subject { site, upstream, url } = Subject::of(site, head);
        tracing::warn!(site, upstream, url, reason = failure.word(), error = in_words(failure), "request failed");
    }
}

/// An error with its causes, on one line.
pub(super) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // INVARIANT: writing to a string cannot fail.
        write!(words, ": {error}").expect("a string takes everything");
        cause = error.source();
    }
    words.truncate(words.floor_char_boundary(ERROR));
    words.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::FetchError;

    #[test]
    fn a_long_url_is_cut() {
        let head = |path: &str| RequestHead::composed("a.example", path, Some("w=3"), http::HeaderMap::new());
        assert_eq!(Subject::of(None, &head("/a.jpg")).url, "a.example/a.jpg?w=3");
        let long = Subject::of(None, &head(&"/a".repeat(5000))).url;
        assert!(long.len() == URL + 3 && long.starts_with("a.example/a/a") && long.ends_with("..."), "{long}");
    }

    #[test]
    fn an_error_is_told_with_its_causes_on_one_line() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "refused\nby\u{9b}it");
        let failure = Failure::Upstream(FetchError::Connect(std::sync::Arc::new(refused)));
        assert_eq!(in_words(&failure), "cannot connect to the upstream: refused by it");
        let long = Failure::Image(crate::sandbox::ImageFailure::Refused("\u{20ac}".repeat(1000)));
        assert!((ERROR - 3..=ERROR).contains(&in_words(&long).len()));
    }
}
