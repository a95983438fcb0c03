//! What selects among the responses of one target: Vary, as selectors (RFC 9111 §4.1, RFC 9110 §12.5.5).
//!
//! A selector that is more than a field's value is sound only while all requests that it takes for equal may have the
//! same response. Accept-Encoding and Accept-Language are sent to the origin as the selectors read them. Accept is sent
//! as it came, so it is reduced only where the response is an image that everyone in the same class can show.

use lucarne_guest::cache_policy::Selector;

use crate::directives::{field_name, list_members};
use crate::head::Head;

/// What Vary says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vary {
    /// These select, each once, by name in ascending order. Empty where the response is the same for all.
    By(Vec<Selector>),
    /// `*`, or a member that is no field name: what selects cannot be told from a request.
    Unknown,
}

impl Vary {
    pub(crate) fn of(head: &Head<'_>) -> Self {
        let names: Option<Vec<_>> = head
            .lines("vary")
            .flat_map(list_members)
            .map(|member| field_name(member).filter(|name| name != "*"))
            .collect();
        let Some(mut names) = names else { return Self::Unknown };
        names.sort_unstable();
        names.dedup();
        Self::By(names.into_iter().map(|name| selector(name, head)).collect())
    }
}

fn selector(name: String, head: &Head<'_>) -> Selector {
    match name.as_str() {
        "accept-encoding" => Selector::AcceptEncoding,
        "accept-language" => Selector::AcceptLanguage,
        "accept" if is_image_for_its_class(head) => Selector::AcceptImage,
        _ => Selector::Field(name),
    }
}

/// Whether the content is an image of a format that the class names (AVIF, WebP), or that no class has to name. Another,
/// such as JPEG XL, may have been chosen for a client whose class has members that cannot show it.
fn is_image_for_its_class(head: &Head<'_>) -> bool {
    const FORMATS: [&[u8]; 6] =
        [b"image/avif", b"image/webp", b"image/jpeg", b"image/png", b"image/gif", b"image/svg+xml"];
    let mut types = head.lines("content-type");
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    FORMATS.iter().any(|format| essence.eq_ignore_ascii_case(format))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{plan, reason, response};
    use lucarne_guest::cache_policy::PassReason;

    fn field(name: &str) -> Selector {
        Selector::Field(name.to_owned())
    }

    #[test]
    fn vary_becomes_selectors_in_lower_case_each_once_in_order() {
        for (lines, selectors) in [
            (&[] as &[&str], vec![]),
            (&[""], vec![]),
            (&[" , "], vec![]),
            (&["Accept-Encoding"], vec![Selector::AcceptEncoding]),
            (&["Foo, bar"], vec![field("bar"), field("foo")]),
            (&["foo", "FOO,Foo", "accept-ENCODING, foo"], vec![Selector::AcceptEncoding, field("foo")]),
            (&["foo", "", "bar,"], vec![field("bar"), field("foo")]),
        ] {
            let fields: Vec<_> =
                lines.iter().map(|line| ("vary", *line)).chain([("cache-control", "max-age=5")]).collect();
            assert_eq!(plan(&fields).vary, selectors, "{lines:?}");
        }
    }

    #[test]
    fn accept_is_reduced_only_for_images_that_a_whole_class_can_show() {
        for (content_type, selector) in [
            (Some("image/webp"), Selector::AcceptImage),
            (Some("IMAGE/Avif"), Selector::AcceptImage),
            (Some("image/svg+xml; charset=utf-8"), Selector::AcceptImage),
            (Some("image/jpeg"), Selector::AcceptImage),
            (Some("image/jxl"), field("accept")),
            (Some("image/heic"), field("accept")),
            (Some("text/html"), field("accept")),
            (Some(""), field("accept")),
            (None, field("accept")),
        ] {
            let fields = [("vary", "Accept, Accept-Language"), ("cache-control", "max-age=5")];
            let fields: Vec<_> = fields.into_iter().chain(content_type.map(|value| ("content-type", value))).collect();
            assert_eq!(plan(&fields).vary, [selector, Selector::AcceptLanguage], "{content_type:?}");
        }
    }

    /// Fault 53.
    #[test]
    fn a_response_that_varies_by_what_no_request_shows_is_not_stored() {
        for lines in [
            &["*"] as &[&str],
            &["*, *"],
            &["*", "*"],
            &[", *"],
            &["", "*"],
            &["*, foo"],
            &["foo, *"],
            &["foo", "*"],
            &["accept encoding"],
            &["foo;bar"],
        ] {
            let fields: Vec<_> =
                lines.iter().map(|line| ("vary", *line)).chain([("cache-control", "max-age=5")]).collect();
            assert_eq!(reason(&response(200, &fields)), Some(PassReason::Vary), "{lines:?}");
        }
    }
}
