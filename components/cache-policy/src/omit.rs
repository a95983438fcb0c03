//! Which fields stay out of the store: those that `private` or `no-cache` name (RFC 9111 §5.2.2.4, §5.2.2.7).
//!
//! Such a field of `no-cache` could be kept and validated at each use; to leave it out is the other thing that the RFC
//! allows, and lets the rest be used while it is fresh.

use crate::directives::response::{Extent, ResponseDirectives};

/// The fields that must not be stored, in lower case, each once, in order.
pub(crate) fn omitted(directives: &ResponseDirectives) -> Vec<String> {
    let mut names = Vec::new();
    for extent in [&directives.private, &directives.no_cache] {
        if let Extent::Fields(fields) = extent {
            names.extend_from_slice(fields);
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use crate::fixture::plan;

    #[test]
    fn fields_named_by_private_and_no_cache_are_omitted_each_once() {
        for (directives, omitted) in [
            ("max-age=5", &[] as &[&str]),
            ("max-age=5, no-cache=\"Set-Cookie\"", &["set-cookie"]),
            ("max-age=5, private=\"b, a\", no-cache=\"c, A\"", &["a", "b", "c"]),
            ("max-age=5, private=\"a\", no-cache", &["a"]),
        ] {
            assert_eq!(plan(&[("cache-control", directives)]).omit, omitted, "{directives:?}");
        }
    }
}
