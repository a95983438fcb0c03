//! Accept-Language in one spelling (RFC 9110 §12.5.4), for keys and for the origin alike.
//!
//! What is kept is what has meaning: ranges with their weights. What is not is their spelling, what is no range or has
//! no readable weight, and the order of ranges with equal weights, which RFC 9110 says cannot be relied upon. Because
//! the origin is asked in the same spelling, no answer depends on what was left out.

use std::cmp::Reverse;

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use crate::request::accept::members;

/// The languages that a client wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Languages {
    /// Range and weight in thousandths: the most wanted first, equals by name, each range once.
    ranges: Vec<(String, u16)>,
}

impl Languages {
    /// Those of a request. None are the same as any.
    #[must_use]
    pub fn of(fields: &HeaderMap) -> Self {
        let mut ranges: Vec<(String, u16)> = members(fields, &ACCEPT_LANGUAGE)
            .filter_map(|(range, weight)| {
                Some((tag(range).or_else(|| (range == "*").then(|| "*".to_owned()))?, weight?))
            })
            .collect();
        // Of several weights for one range the greatest holds.
        ranges.sort_by(|(a, heavy), (b, light)| a.cmp(b).then(light.cmp(heavy)));
        ranges.dedup_by(|(a, _), (b, _)| a == b);
        ranges.sort_by_key(|(_, weight)| Reverse(*weight));
        Self { ranges }
    }

    /// The field's value in the one spelling. None where the client wants nothing in particular.
    #[must_use]
    pub fn canonical(&self) -> Option<String> {
        let written = self.ranges.iter().map(|(range, weight)| match weight {
            1000 => range.clone(),
            0 => format!("{range};q=0"),
            weight => format!("{range};q={}", format!("0.{weight:03}").trim_end_matches('0')),
        });
        let list = written.collect::<Vec<_>>().join(", ");
        (!list.is_empty()).then_some(list)
    }

    /// Whether there is no language that the client would rather have.
    #[must_use]
    pub fn most_want(&self, language: &str) -> bool {
        let most = self.ranges.first().map_or(0, |(_, weight)| *weight);
        most > 0 && self.ranges.iter().any(|(range, weight)| *weight == most && range == language)
    }
}

/// The language that a response is in, if it is in one and says so in a tag (RFC 9110 §8.5).
#[must_use]
pub fn content_language(fields: &HeaderMap) -> Option<String> {
    let mut lines = fields.get_all(http::header::CONTENT_LANGUAGE).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => tag(line.to_str().ok()?.trim()),
        _ => None,
    }
}

/// A language tag in the case that RFC 5646 §2.1.1 recommends, which is the one that origins compare with. None where
/// it is no tag.
fn tag(written: &str) -> Option<String> {
    let mut tag = String::with_capacity(written.len());
    let mut after_singleton = false;
    for (at, subtag) in written.split('-').enumerate() {
        let letters = subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
        let well_formed = letters || (at > 0 && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if !(1..=8).contains(&subtag.len()) || !well_formed {
            return None;
        }
        let start = tag.len() + usize::from(at > 0);
        if at > 0 {
            tag.push('-');
        }
        tag.push_str(&subtag.to_ascii_lowercase());
        if at > 0 && letters && !after_singleton {
            match subtag.len() {
                2 => tag[start..].make_ascii_uppercase(),
                4 => tag[start..=start].make_ascii_uppercase(),
                _ => {}
            }
        }
        after_singleton |= subtag.len() == 1;
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn languages(value: &str) -> Languages {
        let mut fields = HeaderMap::new();
        fields.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(value).expect("a valid field value"));
        Languages::of(&fields)
    }

    /// Fault 56.
    #[test]
    fn a_list_has_one_spelling() {
        for (value, canonical) in [
            ("en, de", Some("de, en")),
            ("de, en", Some("de, en")),
            (" eN ,   De,", Some("de, en")),
            ("de;q=0.5,en;q=1.0", Some("en, de;q=0.5")),
            ("de; q=0.50 , en", Some("en, de;q=0.5")),
            ("en;q=0.123, de;q=0.12, fr;q=0.1", Some("en;q=0.123, de;q=0.12, fr;q=0.1")),
            ("EN-us, zh-hANT-tw, de-x-aB-cdef", Some("de-x-ab-cdef, en-US, zh-Hant-TW")),
            ("*;q=0.1, de", Some("de, *;q=0.1")),
            ("de;q=0, *", Some("*, de;q=0")),
            ("de;q=0.2, DE;q=0.9, de;q=0.3", Some("de;q=0.9")),
            // What cannot be understood is no wish.
            ("de;q=foo, en;q=1.0001, fr", Some("fr")),
            ("de_DE, 1en, toolongtag, é, en us, fr", Some("fr")),
            ("de;q=foo,,", None),
            ("", None),
        ] {
            assert_eq!(languages(value).canonical().as_deref(), canonical, "{value:?}");
        }
        assert_eq!(Languages::of(&HeaderMap::new()).canonical(), None);
    }

    #[test]
    fn only_what_nothing_is_preferred_to_is_most_wanted() {
        for (value, language, wanted) in [
            ("en, de", "de", true),
            ("fr;q=0.5, de;q=1.0", "de", true),
            ("fr;q=0.5, de;q=1.0", "fr", false),
            ("de;q=0.3", "de", true),
            ("de;q=0", "de", false),
            ("de-AT", "de", false),
            ("*", "de", false),
            ("", "de", false),
        ] {
            assert_eq!(languages(value).most_want(language), wanted, "{language} of {value:?}");
        }
    }

    #[test]
    fn a_response_is_in_one_language_or_none_is_known() {
        for (lines, language) in [
            (&[] as &[&'static str], None),
            (&["de"], Some("de")),
            (&["DE-at"], Some("de-AT")),
            (&["de, en"], None),
            (&["de", "en"], None),
            (&["*"], None),
            (&[""], None),
        ] {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(http::header::CONTENT_LANGUAGE, HeaderValue::from_static(line));
            }
            assert_eq!(content_language(&fields).as_deref(), language, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn the_one_spelling_is_a_field_value_that_means_the_same(value in "[ -~]{0,60}|([a-zA-Z]{1,3}(-[a-zA-Z]{2,4})?(;q=[01](\\.[0-9]{0,3})?)?[, ]{0,2}){0,6}") {
            let said = languages(&value);
            match said.canonical() {
                Some(canonical) => prop_assert_eq!(languages(&canonical), said),
                None => prop_assert_eq!(said, Languages::default()),
            }
        }
    }
}
