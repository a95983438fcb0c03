//! The intended differences, each with its reason and an exchange that shows it.

use super::{Exchange, Line, Verdict};

/// Why this policy decides otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// RFC 9111 §3: explicit freshness is enough for a final status that is not known. The other stores those it knows.
    AnyStatus,
    /// RFC 9111 §3 permits and does not demand: 414 and 501 are how stores are poisoned, so they need a lifetime from the
    /// origin, or a date that one follows from.
    AnswerAboutOneRequest,
    /// RFC 9111 §5.2.2.3: where the status is understood, must-understand replaces no-store.
    MustUnderstand,
    /// RFC 9111 §3, last paragraph: what has neither a lifetime nor a validator is of no use, and is not stored.
    NothingToUse,
    /// RFC 9111 §4.1: a response that varies by `*` matches no request, also where `*` is not alone.
    VaryByAnything,
    /// RFC 9111 §7.3: Set-Cookie does not inhibit caching, so explicit freshness is obeyed; without it the response is
    /// not stored. The other keeps it stale, or wants `public` or `immutable`.
    Cookies,
    /// RFC 9111 §5.2.2.4, §5.2.2.7: with a list, no-cache and private are about the fields that it names.
    NamedFields,
    /// RFC 9110 §9.3.3: a POST's response could answer a later GET; it is not stored here.
    Post,
    /// RFC 9111 §5.2.2.8: proxy-revalidate is about what is stale. The other takes it for no-cache.
    ProxyRevalidate,
    /// RFC 9111 §4.2.1: a lifetime without its argument is invalid freshness information, so the response is stale. The
    /// other passes on to the next.
    LifetimeWithoutValue,
    /// RFC 9111 §1.2.2: seconds beyond 2³¹ count as 2³¹.
    Saturation,
    /// RFC 9111 §4.2.1: of several values the most restrictive holds. The other takes the first, and must-revalidate.
    Repetition,
    /// RFC 9111 §5.2: directives are compared without regard to case.
    Case,
    /// RFC 9110 §5.6.4: what stands in quotes is no directive. Outside of them a semicolon separates as a comma does, so
    /// that a mistake forbids what it meant to.
    Syntax,
    /// RFC 9111 §4.2.3: the age on arrival is the greater of Age and the time since Date.
    ApparentAge,
    /// RFC 9111 §5.1: of a list in Age the first member counts.
    AgeList,
    /// RFC 9111 §4.2.2: a heuristic lifetime is at most a day.
    HeuristicBound,
    /// RFC 9110 §5.6.7: all three forms are dates, and others, such as a numeric zone, are none (RFC 9111 §4.2).
    DateForms,
    /// RFC 9111 §4.2.1: of several Expires lines the earliest counts.
    EarliestExpires,
    /// RFC 9111 §5.4: Pragma means nothing in a response.
    Pragma,
    /// RFC 8246 §2: immutable gives no lifetime.
    Immutable,
    /// RFC 9213 §2.2: a valid targeted field replaces Cache-Control and Expires.
    Targeted,
}

/// What the other calls understood.
const THEIR_STATUSES: [u16; 14] = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501];

impl Difference {
    pub(super) const ALL: [Self; 22] = [
        Self::AnyStatus,
        Self::AnswerAboutOneRequest,
        Self::MustUnderstand,
        Self::NothingToUse,
        Self::VaryByAnything,
        Self::Cookies,
        Self::NamedFields,
        Self::Post,
        Self::ProxyRevalidate,
        Self::LifetimeWithoutValue,
        Self::Saturation,
        Self::Repetition,
        Self::Case,
        Self::Syntax,
        Self::ApparentAge,
        Self::AgeList,
        Self::HeuristicBound,
        Self::DateForms,
        Self::EarliestExpires,
        Self::Pragma,
        Self::Immutable,
        Self::Targeted,
    ];

    /// Whether this is a reason for these two verdicts.
    pub(super) fn explains(self, exchange: &Exchange, ours: Verdict, theirs: Verdict) -> bool {
        let more = matches!((ours, theirs), (Verdict::Stored(_), Verdict::Passed));
        let less = matches!((ours, theirs), (Verdict::Passed, Verdict::Stored(_)));
        let (longer, shorter) = match (ours, theirs) {
            (Verdict::Stored(ours), Verdict::Stored(theirs)) => (ours > theirs, ours < theirs),
            _ => (false, false),
        };
        let has = |directive| exchange.has("cache-control", directive);
        let lifetime = has("max-age") || has("s-maxage") || exchange.lines("expires").next().is_some();
        match self {
            Self::AnyStatus => more && !THEIR_STATUSES.contains(&exchange.status),
            Self::AnswerAboutOneRequest => less && matches!(exchange.status, 414 | 501),
            Self::MustUnderstand => more && has("must-understand") && has("no-store"),
            Self::NothingToUse => {
                let tagged = exchange.lines("etag").next().is_some();
                let modified = exchange.lines("last-modified").any(|date| date.ends_with("GMT"));
                less && !lifetime && !tagged && !modified && !matches!(exchange.status, 414 | 501)
            }
            Self::VaryByAnything => less && exchange.has("vary", "*"),
            Self::Cookies => (less || longer) && exchange.lines("set-cookie").next().is_some(),
            Self::NamedFields => (more && has("private=")) || (longer && has("no-cache=")),
            Self::Post => less && exchange.method == "POST",
            Self::ProxyRevalidate => longer && has("proxy-revalidate"),
            Self::LifetimeWithoutValue => {
                let bare = |name| exchange.lines("cache-control").any(|value| value == name);
                (shorter || less) && (bare("max-age") || bare("s-maxage"))
            }
            Self::Saturation => shorter && (has("max-age=3000000000") || exchange.has("expires", "9999")),
            Self::Repetition => {
                let repeated = |name| exchange.lines("cache-control").filter(|value| value.contains(name)).count() > 1;
                (shorter || longer || less) && ["max-age", "s-maxage", "no-cache", "private"].into_iter().any(repeated)
            }
            Self::Case => {
                exchange.lines("cache-control").any(|value| value.bytes().any(|byte| byte.is_ascii_uppercase()))
            }
            Self::Syntax => has("no-store, b") || has(";"),
            Self::ApparentAge => shorter && exchange.lines("date").next().is_some(),
            Self::AgeList => shorter && exchange.has("age", ","),
            Self::HeuristicBound => shorter && !lifetime && exchange.has("last-modified", "2025"),
            Self::DateForms => ["expires", "date", "last-modified"]
                .into_iter()
                .any(|name| exchange.has(name, "friday") || exchange.has(name, "+0000")),
            Self::EarliestExpires => (shorter || less) && exchange.lines("expires").count() > 1,
            Self::Pragma => {
                longer && exchange.lines("pragma").next().is_some() && exchange.lines("cache-control").next().is_none()
            }
            Self::Immutable => shorter && has("immutable"),
            Self::Targeted => exchange.lines("cdn-cache-control").next().is_some_and(|value| !value.ends_with(',')),
        }
    }

    /// An exchange on which the two differ for this reason alone.
    pub(super) fn example(self) -> Exchange {
        const FRESH: Line = ("cache-control", "max-age=60");
        const EXPIRES: Line = ("expires", "Fri, 20 Nov 2026 11:00:00 GMT");
        const fn says(directives: &'static str) -> Line {
            ("cache-control", directives)
        }
        let (method, status, response): (_, _, &[Line]) = match self {
            Self::AnyStatus => ("GET", 503, &[FRESH]),
            Self::AnswerAboutOneRequest => ("GET", 414, &[("etag", "\"a\"")]),
            Self::MustUnderstand => ("GET", 200, &[says("max-age=60, must-understand, no-store")]),
            Self::NothingToUse => ("GET", 200, &[]),
            Self::VaryByAnything => ("GET", 200, &[FRESH, ("vary", "*, foo")]),
            Self::Cookies => ("GET", 200, &[FRESH, ("set-cookie", "a=b")]),
            Self::NamedFields => ("GET", 200, &[FRESH, says("private=\"x\"")]),
            Self::Post => ("POST", 200, &[FRESH]),
            Self::ProxyRevalidate => ("GET", 200, &[FRESH, says("proxy-revalidate")]),
            Self::LifetimeWithoutValue => ("GET", 200, &[says("max-age"), EXPIRES]),
            Self::Saturation => ("GET", 200, &[says("max-age=3000000000")]),
            Self::Repetition => ("GET", 200, &[FRESH, says("max-age=5")]),
            Self::Case => ("GET", 200, &[says("Max-Age=60"), ("etag", "\"a\"")]),
            Self::Syntax => ("GET", 200, &[says("max-age=60, ext=\"a, no-store, b\"")]),
            Self::ApparentAge => ("GET", 200, &[FRESH, ("date", "Fri, 20 Nov 2026 09:59:50 GMT")]),
            Self::AgeList => ("GET", 200, &[FRESH, ("age", "30, 9")]),
            Self::HeuristicBound => ("GET", 200, &[("last-modified", "Thu, 20 Nov 2025 10:00:00 GMT")]),
            Self::DateForms => ("GET", 200, &[("expires", "Friday, 20-Nov-26 11:00:00 GMT")]),
            Self::EarliestExpires => ("GET", 200, &[EXPIRES, ("expires", "0")]),
            Self::Pragma => ("GET", 200, &[EXPIRES, ("pragma", "no-cache")]),
            Self::Immutable => ("GET", 200, &[says("immutable"), ("etag", "\"a\"")]),
            Self::Targeted => ("GET", 200, &[FRESH, ("cdn-cache-control", "max-age=90")]),
        };
        Exchange { method, status, request: Vec::new(), response: response.to_vec() }
    }
}
