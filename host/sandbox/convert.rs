//! The one place where a guest's values become the host's: each is checked as a stranger's input would be.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use thiserror::Error;

use crate::cache::{
    BypassReason, Constraints, LifetimeSource, LookupPlan, PassReason, Selector, StorageDecision, StoragePlan,
    Validation,
};
use crate::request::{CanonicalPath, ImageFormat};
use crate::sandbox::bindings::{caching, http as guest_http, imaging, routing};
use crate::sandbox::decision::{ImageRoute, Refusal, Reply, Route, Target};
use crate::sandbox::plan::{ImagePlan, InvalidPlan};
use crate::upstream::is_hop_by_hop;

/// Bytes of a reply's body.
const REPLY_BODY: usize = 64 << 10;
/// Fields of a reply, and bytes of all of them.
const REPLY_FIELDS: (usize, usize) = (64, 16 << 10);
/// Bytes of a refusal's text.
const REFUSAL_TEXT: usize = 1 << 10;
/// Tags of a response, and bytes of each.
const TAGS: (usize, usize) = (64, 128);
/// Selectors and omitted fields of a storage plan.
const FIELD_LIST: usize = 64;
/// RFC 9111 §1.2.2: what is longer counts as this.
const LONGEST: u64 = 1 << 31;

/// What a component returned makes no sense.
#[derive(Debug, Error)]
pub(super) enum InvalidValue {
    #[error("the path {0:?} of a target is not an absolute path")]
    Path(String),
    #[error("the query of a target has characters that a query cannot have")]
    Query,
    #[error("{0} is not a status that a component may answer with")]
    Status(u16),
    #[error("a reply's body has more than {REPLY_BODY} bytes")]
    Body,
    #[error("a reply has more than {} fields or {} bytes of them", REPLY_FIELDS.0, REPLY_FIELDS.1)]
    Fields,
    #[error("{0:?} is not a field that a component may set")]
    Field(String),
    #[error("a storage plan names more than {FIELD_LIST} fields")]
    FieldList,
    #[error("more than {} tags, or an empty one, or one of more than {} bytes or with control characters", TAGS.0, TAGS.1)]
    Tags,
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
}

pub(super) fn route(answer: Result<routing::Route, routing::Refusal>) -> Result<Route, InvalidValue> {
    match answer {
        Ok(routing::Route::Pass(target)) => Ok(Route::Pass(self::target(target)?)),
        Ok(routing::Route::Image(image)) => Ok(Route::Image(ImageRoute {
            source: target(image.source)?,
            plan: ImagePlan::checked(image.plan)?,
            not_after: image.not_after,
        })),
        Ok(routing::Route::Reply(reply)) => Ok(Route::Reply(Box::new(self::reply(reply)?))),
        Err(refusal) => {
            let status = status(refusal.status, 400..=499)?;
            Ok(Route::Refuse(Refusal { status, detail: one_line(&refusal.detail, REFUSAL_TEXT) }))
        }
    }
}

fn target(target: routing::Target) -> Result<Target, InvalidValue> {
    let Some(path) = CanonicalPath::parse(&target.path).map(CanonicalPath::into_text) else {
        return Err(InvalidValue::Path(target.path));
    };
    let text = match target.query {
        Some(query) => format!("{path}?{query}"),
        None => path.into_owned(),
    };
    // `PathAndQuery` would cut at "#", and the origin would see another target than the key.
    if text.contains('#') {
        return Err(InvalidValue::Query);
    }
    PathAndQuery::try_from(text).map(Target).map_err(|_| InvalidValue::Query)
}

fn reply(reply: routing::Reply) -> Result<Reply, InvalidValue> {
    if reply.body.len() > REPLY_BODY {
        return Err(InvalidValue::Body);
    }
    let bytes: usize = reply.fields.iter().map(|field| field.name.len() + field.value.len()).sum();
    if reply.fields.len() > REPLY_FIELDS.0 || bytes > REPLY_FIELDS.1 {
        return Err(InvalidValue::Fields);
    }
    let mut fields = HeaderMap::with_capacity(reply.fields.len());
    for guest_http::Field { name, value } in reply.fields {
        let (parsed, value) = (field_name(&name)?, HeaderValue::try_from(value));
        let (false, Ok(value)) = (parsed == CONTENT_LENGTH || is_hop_by_hop(&parsed), value) else {
            return Err(InvalidValue::Field(name));
        };
        fields.append(parsed, value);
    }
    Ok(Reply { status: status(reply.status, 200..=599)?, fields, body: Bytes::from(reply.body) })
}

pub(super) fn lookup_plan(plan: caching::LookupPlan) -> LookupPlan {
    match plan {
        caching::LookupPlan::Use(constraints) => LookupPlan::Use(Constraints {
            no_cache: constraints.no_cache,
            no_store: constraints.no_store,
            only_if_cached: constraints.only_if_cached,
            max_age: constraints.max_age.map(seconds),
            min_fresh: constraints.min_fresh.map(seconds),
            max_stale: constraints.max_stale.map(seconds),
            stale_if_error: constraints.stale_if_error.map(seconds),
        }),
        caching::LookupPlan::Bypass(caching::BypassReason::Method) => LookupPlan::Bypass(BypassReason::Method),
        caching::LookupPlan::Bypass(caching::BypassReason::Rule) => LookupPlan::Bypass(BypassReason::Rule),
    }
}

pub(super) fn storage_decision(decision: caching::StorageDecision) -> Result<StorageDecision, InvalidValue> {
    match decision {
        caching::StorageDecision::Store(plan) => storage_plan(plan).map(StorageDecision::Store),
        caching::StorageDecision::Pass(reason) => Ok(StorageDecision::Pass(match reason {
            caching::PassReason::Method => PassReason::Method,
            caching::PassReason::Status => PassReason::Status,
            caching::PassReason::NoStore => PassReason::NoStore,
            caching::PassReason::Private => PassReason::Private,
            caching::PassReason::Authorization => PassReason::Authorization,
            caching::PassReason::Vary => PassReason::Vary,
            caching::PassReason::NoLifetime => PassReason::NoLifetime,
            caching::PassReason::SetCookie => PassReason::SetCookie,
            caching::PassReason::Rule => PassReason::Rule,
        })),
    }
}

fn storage_plan(plan: caching::StoragePlan) -> Result<StoragePlan, InvalidValue> {
    if plan.vary.len() > FIELD_LIST || plan.omit.len() > FIELD_LIST {
        return Err(InvalidValue::FieldList);
    }
    let tag_is_fine = |tag: &String| (1..=TAGS.1).contains(&tag.len()) && !tag.contains(char::is_control);
    if plan.tags.len() > TAGS.0 || !plan.tags.iter().all(tag_is_fine) {
        return Err(InvalidValue::Tags);
    }
    let selectors = plan.vary.into_iter().map(|selector| match selector {
        caching::Selector::Field(name) => field_name(&name).map(Selector::Field),
        caching::Selector::AcceptEncoding => Ok(Selector::AcceptEncoding),
        caching::Selector::AcceptLanguage => Ok(Selector::AcceptLanguage),
        caching::Selector::AcceptImage => Ok(Selector::AcceptImage),
    });
    Ok(StoragePlan {
        freshness_lifetime: seconds(plan.freshness_lifetime),
        lifetime_source: match plan.lifetime_source {
            caching::LifetimeSource::Explicit => LifetimeSource::Explicit,
            caching::LifetimeSource::Heuristic => LifetimeSource::Heuristic,
            caching::LifetimeSource::Default => LifetimeSource::Default,
        },
        initial_age: seconds(plan.initial_age),
        stale_while_revalidate: seconds(plan.stale_while_revalidate),
        stale_if_error: seconds(plan.stale_if_error),
        validation: match plan.validation {
            caching::Validation::WhenStale => Validation::WhenStale,
            caching::Validation::WhenStaleAlways => Validation::WhenStaleAlways,
            caching::Validation::EachTime => Validation::EachTime,
        },
        vary: selectors.collect::<Result<_, _>>()?,
        omit: plan.omit.iter().map(|name| field_name(name)).collect::<Result<_, _>>()?,
        tags: plan.tags,
    })
}

pub(super) fn format(format: imaging::ImageFormat) -> ImageFormat {
    match format {
        imaging::ImageFormat::Jpeg => ImageFormat::Jpeg,
        imaging::ImageFormat::Png => ImageFormat::Png,
        imaging::ImageFormat::Webp => ImageFormat::WebP,
    }
}

pub(super) fn format_to_guest(format: ImageFormat) -> imaging::ImageFormat {
    match format {
        ImageFormat::Jpeg => imaging::ImageFormat::Jpeg,
        ImageFormat::Png => imaging::ImageFormat::Png,
        ImageFormat::WebP => imaging::ImageFormat::Webp,
    }
}

/// A guest's text where a line is expected, in a log or an answer: at most `longest` bytes of it, and nothing that ends
/// the line or moves a terminal's cursor.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let cut = text.floor_char_boundary(longest);
    text[..cut].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(LONGEST))
}

fn status(status: u16, allowed: std::ops::RangeInclusive<u16>) -> Result<StatusCode, InvalidValue> {
    let code = StatusCode::from_u16(status).map_err(|_| InvalidValue::Status(status))?;
    if allowed.contains(&status) { Ok(code) } else { Err(InvalidValue::Status(status)) }
}

fn field_name(name: &str) -> Result<HeaderName, InvalidValue> {
    HeaderName::try_from(name).map_err(|_| InvalidValue::Field(name.to_owned()))
}
