//! What selects among the responses of one target: Vary, as selectors (RFC 9111 §4.1, RFC 9110 §12.5.5).

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
        Self::By(names.into_iter().map(selector).collect())
    }
}

fn selector(name: String) -> Selector {
    match name.as_str() {
        "accept-encoding" => Selector::AcceptEncoding,
        _ => Selector::Field(name),
    }
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
