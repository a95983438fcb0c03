//! Targeted cache control (RFC 9213): directives that a field addresses to caches of this kind.
//!
//! The field is a dictionary (RFC 9651 §3.2), so its syntax is stricter than that of Cache-Control: one mistake and the
//! field counts as absent, names are in lower case, and the last member of a name holds. A value of a type that its
//! directive does not have permits nothing (§2.1): such a duration or `public` is ignored. A directive that forbids
//! counts whatever its value, unless that is `?0`, for to pass over it would be to store what was to be withheld.

use std::convert::Infallible;

use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser};

use crate::delta_seconds::GREATEST;
use crate::directives::response::{Extent, ResponseDirectives};
use crate::structured;

/// The directives of a targeted field. None where it is absent, empty or no dictionary: then it is as if it were not
/// there (RFC 9213 §2.1).
pub fn directives<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<ResponseDirectives> {
    let value = structured::value(lines)?;
    Parser::new(&*value).parse_dictionary_with_visitor(Members::default()).ok().flatten()
}

#[derive(Debug, Default)]
struct Members(Option<ResponseDirectives>);

/// One member, on its way to the directives.
struct Member<'n, 'd> {
    name: &'n str,
    directives: &'d mut ResponseDirectives,
}

impl<'de> DictionaryVisitor<'de> for Members {
    type Out = Option<ResponseDirectives>;
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(Member { name: key.as_str(), directives: self.0.get_or_insert_default() })
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

impl<'de> EntryVisitor<'de> for Member<'_, '_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        self.set(None);
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Member<'_, '_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, item: BareItemFromInput<'de>) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        self.set(Some(&item));
        Ok(Ignored)
    }
}

impl Member<'_, '_> {
    /// Replaces what an earlier member of this name said. None is an inner list, which is no directive's type.
    fn set(self, item: Option<&BareItemFromInput<'_>>) {
        let said = self.directives;
        match self.name {
            "no-store" => said.no_store = forbids(item),
            "must-understand" => said.must_understand = forbids(item),
            "must-revalidate" => said.must_revalidate = forbids(item),
            "proxy-revalidate" => said.proxy_revalidate = forbids(item),
            "no-cache" => said.no_cache = extent(item),
            "private" => said.private = extent(item),
            "public" => said.public = matches!(item, Some(BareItemFromInput::Boolean(true))),
            "max-age" => said.max_age = seconds(item),
            "s-maxage" => said.s_maxage = seconds(item),
            "stale-while-revalidate" => said.stale_while_revalidate = seconds(item),
            "stale-if-error" => said.stale_if_error = seconds(item),
            _ => {}
        }
    }
}

fn forbids(item: Option<&BareItemFromInput<'_>>) -> bool {
    !matches!(item, Some(BareItemFromInput::Boolean(false)))
}

fn extent(item: Option<&BareItemFromInput<'_>>) -> Extent {
    match item {
        Some(BareItemFromInput::Boolean(false)) => Extent::Nothing,
        Some(BareItemFromInput::String(names)) => Extent::named(names.as_str().as_bytes()),
        _ => Extent::Everything,
    }
}

fn seconds(item: Option<&BareItemFromInput<'_>>) -> Option<u64> {
    let Some(BareItemFromInput::Integer(seconds)) = item else { return None };
    u64::try_from(*seconds).ok().map(|seconds| seconds.min(GREATEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: fn() -> ResponseDirectives = ResponseDirectives::default;

    fn of(line: &str) -> Option<ResponseDirectives> {
        directives([line.as_bytes()])
    }

    #[test]
    fn each_member_is_a_directive_and_the_last_of_a_name_holds() {
        let max_age = |seconds| ResponseDirectives { max_age: Some(seconds), ..NONE() };
        let fields = |names: &[&str]| Extent::Fields(names.iter().map(|name| (*name).to_owned()).collect());
        for (line, expected) in [
            ("max-age=60", max_age(60)),
            ("max-age=60;a=b;c", max_age(60)),
            ("max-age=30, max-age=60", max_age(60)),
            ("max-age=2147483648", max_age(1 << 31)),
            ("max-age=99999999999", max_age(1 << 31)),
            ("foobar, max-age=60, x=(1 2);y", max_age(60)),
            ("none", NONE()),
            ("no-store", ResponseDirectives { no_store: true, ..NONE() }),
            ("no-store=?0", NONE()),
            ("no-store, no-store=?0", NONE()),
            ("private", ResponseDirectives { private: Extent::Everything, ..NONE() }),
            ("private=\"a, B\"", ResponseDirectives { private: fields(&["a", "b"]), ..NONE() }),
            ("no-cache=\"\"", ResponseDirectives { no_cache: Extent::Everything, ..NONE() }),
            ("no-cache=?0", NONE()),
            ("public", ResponseDirectives { public: true, ..NONE() }),
            (
                "s-maxage=9, stale-if-error=8",
                ResponseDirectives { s_maxage: Some(9), stale_if_error: Some(8), ..NONE() },
            ),
            (
                "must-revalidate, stale-while-revalidate=7",
                ResponseDirectives { must_revalidate: true, stale_while_revalidate: Some(7), ..NONE() },
            ),
        ] {
            assert_eq!(of(line), Some(expected), "{line:?}");
        }
    }

    #[test]
    fn a_value_of_another_type_permits_nothing_and_forbids_all_the_same() {
        for value in ["\"60\"", "60.0", "-1", "sixty", "?1", ":aGk=:", "@60", "(60)"] {
            for name in ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"] {
                assert_eq!(of(&format!("{name}={value}")), Some(NONE()), "{name}={value}");
            }
        }
        for value in ["1", "x", "(1)", "\"a b\""] {
            assert_eq!(of(&format!("public={value}")), Some(NONE()), "public={value}");
            let forbidden = of(&format!("no-store={value}, private={value}, no-cache={value}"));
            let (no_store, all) = (true, Extent::Everything);
            let expected = ResponseDirectives { no_store, private: all.clone(), no_cache: all, ..NONE() };
            assert_eq!(forbidden, Some(expected), "{value}");
        }
    }

    #[test]
    fn what_is_no_dictionary_or_empty_is_as_if_absent() {
        assert_eq!(directives([] as [&[u8]; 0]), None);
        for line in [
            "",
            " ",
            "max-age=60,",
            "max-age=60, &&&&&",
            "max-age =60",
            "max-age= 60",
            "MaX-aGe=60",
            "max-age=60; no-store",
            "max-age=\"60",
            "max-age=1234567890123456",
            "max-age=60 no-store",
            "é",
        ] {
            // A semicolon makes a parameter of what follows it, which is ignored.
            let expected = (line == "max-age=60; no-store").then(|| ResponseDirectives { max_age: Some(60), ..NONE() });
            assert_eq!(of(line), expected, "{line:?}");
        }
        assert_eq!(directives([b"max-age=60".as_slice(), b"no-store"]), of("max-age=60, no-store"));
        assert_eq!(directives([b"max-age=60".as_slice(), b""]), None);
    }
}
