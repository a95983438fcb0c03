//! What a line of the node's log is about: the site, its upstream, and the URL, as the access log has it. Everything in
//! it may be a stranger's text, so it is bounded and cannot end a line or look like more than it is.

use std::error::Error;
use std::fmt::Write as _;

use crate::gateway::exchange::Question;
use crate::gateway::{Site, Visit};
use crate::request::RequestHead;
use crate::respond::Failure;

/// Who was asked for what.
pub(super) struct Subject<'a> {
    /// The site's name.
    pub(super) site: &'a str,
    /// Its upstream's.
    pub(super) upstream: &'a str,
    /// Authority, path and query.
    pub(super) url: String,
}

/// Characters of a URL: all of an ordinary one, and of a long one enough to find it in the access log.
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
        let url = url([head.authority(), head.path(), before, query]);
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

/// What is not printable ASCII is written as URLs write it.
fn url<'a>(pieces: impl IntoIterator<Item = &'a str>) -> String {
    let mut url = String::new();
    for byte in pieces.into_iter().flat_map(str::bytes) {
        if url.len() >= URL {
            url.push_str("...");
            break;
        }
        if byte.is_ascii_graphic() {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a string takes everything");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::FetchError;

    #[test]
    fn a_url_is_one_short_word_of_printable_ascii() {
        for (given, written) in [
            ("/a.jpg?width=3&s=x", "/a.jpg?width=3&s=x"),
            ("/a\n2026 WARN forged", "/a%0A2026%20WARN%20forged"),
            ("/\u{1b}[2J\u{9b}é\u{202e}", "/%1B[2J%C2%9B%C3%A9%E2%80%AE"),
        ] {
            assert_eq!(url(["a.example", given]), format!("a.example{written}"));
        }
        let long = url(["a.example", &"/a".repeat(5000)]);
        assert!((URL..URL + 8).contains(&long.len()) && long.ends_with("/..."), "{long}");
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
