//! The names under which a response can be purged: Surrogate-Key, separated by spaces; Cache-Tag, by commas; and
//! Cache-Groups, a structured list of strings (RFC 9875 §2). All three are one set of names.
//!
//! A response with a tag that cannot be kept is not stored, because a purge by that tag would miss it in silence.

use crate::directives::list_members;
use crate::head::Head;
use crate::structured;

/// Tags of one response that the host keeps (`storage-plan.tags`). RFC 9875 §2 asks for at least 32 groups of at least
/// 32 characters.
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
        let groups = structured::strings(head.lines("cache-groups"));
        let surrogate_keys = head.lines("surrogate-key").flat_map(words);
        let cache_tags = head.lines("cache-tag").flat_map(list_members);
        let groups = groups.iter().map(String::as_bytes);
        let tags: Option<Vec<_>> = surrogate_keys.chain(cache_tags).chain(groups).map(tag).collect();
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
    ((1..=LONGEST_TAG).contains(&text.len()) && !text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{decision, plan, response};
    use lucarne_guest::cache_policy::{PassReason, StorageDecision};

    #[test]
    fn tags_come_from_all_three_fields_each_once() {
        for (fields, tags) in [
            (&[] as &[_], &[] as &[&str]),
            (&[("surrogate-key", "")], &[]),
            (&[("surrogate-key", " b  a\tA ")], &["A", "a", "b"]),
            (&[("cache-tag", "b, a ,,c d")], &["a", "b", "c d"]),
            (&[("cache-tag", "a"), ("cache-tag", "b"), ("surrogate-key", "a c,d")], &["a", "b", "c,d"]),
            (&[("cache-tag", "été")], &["été"]),
            (&[("cache-groups", "\"b\";x, \"a c\", \"B\"")], &["B", "a c", "b"]),
            (&[("cache-groups", "\"b\""), ("cache-groups", "\"a\""), ("surrogate-key", "a")], &["a", "b"]),
            (&[("cache-groups", "a, b"), ("cache-tag", "c")], &["c"]),
        ] {
            let fields: Vec<_> = fields.iter().copied().chain([("cache-control", "max-age=5")]).collect();
            assert_eq!(plan(&fields).tags, tags, "{fields:?}");
        }
    }

    #[test]
    fn thirty_two_groups_of_thirty_two_characters_are_kept() {
        let groups: Vec<_> = (0..32).map(|n| format!("{n:032}")).collect();
        let list = groups.iter().map(|group| format!("\"{group}\"")).collect::<Vec<_>>().join(", ");
        assert_eq!(plan(&[("cache-control", "max-age=5"), ("cache-groups", &list)]).tags, groups);
    }

    #[test]
    fn a_group_without_a_name_cannot_be_purged_so_its_response_is_not_stored() {
        let response = response(200, &[("cache-control", "max-age=5"), ("cache-groups", "\"\"")]);
        assert_eq!(decision(&response), StorageDecision::Pass(PassReason::Rule));
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
