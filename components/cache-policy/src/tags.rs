//! The names under which a response can be purged: Surrogate-Key, separated by spaces, and Cache-Tag, by commas.
//!
//! A response with a tag that cannot be kept is not stored, because a purge by that tag would miss it in silence.

use crate::directives::list_members;
use crate::head::Head;

/// Tags of one response that the host keeps (`storage-plan.tags`).
const MOST_TAGS: usize = 64;
/// Bytes of one tag that the host keeps.
const LONGEST_TAG: usize = 128;

/// A response's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// All of them, each once, in order. A tag is UTF-8 without control characters, and its case counts.
    Kept(Vec<String>),
    /// There are too many, or one is too long or not text.
    Unkeepable,
}

impl Tags {
    pub(crate) fn of(head: &Head<'_>) -> Self {
        let surrogate_keys = head.lines("surrogate-key").flat_map(words);
        let cache_tags = head.lines("cache-tag").flat_map(list_members);
        let tags: Option<Vec<_>> = surrogate_keys.chain(cache_tags).map(tag).collect();
        let Some(mut tags) = tags else { return Self::Unkeepable };
        tags.sort_unstable();
        tags.dedup();
        if tags.len() > MOST_TAGS {
            return Self::Unkeepable;
        }
        Self::Kept(tags.into_iter().map(str::to_owned).collect())
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty())
}

fn tag(written: &[u8]) -> Option<&str> {
    let text = str::from_utf8(written).ok()?;
    (text.len() <= LONGEST_TAG && !text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{decision, plan, response};
    use lucarne_guest::cache_policy::{PassReason, StorageDecision};

    #[test]
    fn tags_come_from_both_fields_each_once() {
        for (fields, tags) in [
            (&[] as &[_], &[] as &[&str]),
            (&[("surrogate-key", "")], &[]),
            (&[("surrogate-key", " b  a\tA ")], &["A", "a", "b"]),
            (&[("cache-tag", "b, a ,,c d")], &["a", "b", "c d"]),
            (&[("cache-tag", "a"), ("cache-tag", "b"), ("surrogate-key", "a c,d")], &["a", "b", "c,d"]),
            (&[("cache-tag", "été")], &["été"]),
        ] {
            let fields: Vec<_> = fields.iter().copied().chain([("cache-control", "max-age=5")]).collect();
            assert_eq!(plan(&fields).tags, tags, "{fields:?}");
        }
    }

    #[test]
    fn a_response_is_stored_with_all_its_tags_or_not_at_all() {
        let many = |count: usize| (0..count).map(|n| format!("tag{n}")).collect::<Vec<_>>().join(" ");
        for (tags, stored) in [
            (many(64), true),
            (format!("{} tag1", many(64)), true),
            (many(65), false),
            ("x".repeat(128), true),
            ("x".repeat(129), false),
            ("a\u{7f}".to_owned(), false),
        ] {
            let passed = StorageDecision::Pass(PassReason::Rule);
            let response = response(200, &[("cache-control", "max-age=5"), ("surrogate-key", &tags)]);
            assert_eq!(decision(&response) != passed, stored, "{tags:?}");
        }
    }
}
