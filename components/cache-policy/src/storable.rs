//! Whether a shared cache may store a response, and if so with which plan (RFC 9111 §3).
//!
//! What the response says is asked first, so that a response that cannot be stored reads nothing of the request.

use lucarne_guest::cache_policy::{LifetimeSource, PassReason, ResponseHead, StorageDecision, StoragePlan, Validation};

use crate::directives::response::Extent;
use crate::freshness::{self, Lifetime};
use crate::head::Head;
use crate::omit;
use crate::request::{RequestHead, is_cacheable};
use crate::settings::{SetCookie, Settings};
use crate::stale;
use crate::status::Status;
use crate::tags::Tags;
use crate::vary::Vary;
use crate::{age, directives};

/// The decision on one response.
pub(crate) fn decide(request: &impl RequestHead, response: &ResponseHead, settings: &Settings) -> StorageDecision {
    let head = Head::new(response);
    let plan = plan(&head, settings).and_then(|plan| allowed_by(request, &head).map(|()| plan));
    plan.map_or_else(StorageDecision::Pass, StorageDecision::Store)
}

/// The plan of a response that may be stored as far as it alone can say.
fn plan(head: &Head<'_>, settings: &Settings) -> Result<StoragePlan, PassReason> {
    permitted(head, settings)?;
    let Vary::By(vary) = Vary::of(head) else { return Err(PassReason::Vary) };
    let lifetime = lifetime(head, settings)?;
    let staleness = stale::staleness(&head.directives, settings);
    let omit = omit::omitted(&head.directives);

    // Set-Cookie speaks to one client. RFC 9111 §7.3 leaves storing it to the origin, which has to say how long the
    // response may be used unasked; a lifetime of nothing, or validation at each use, does not.
    let reusable = settings.set_cookie == SetCookie::WithLifetime
        && lifetime.source == LifetimeSource::Explicit
        && lifetime.seconds > 0
        && staleness.validation != Validation::EachTime;
    if head.has("set-cookie") && !reusable && !omit.iter().any(|name| name == "set-cookie") {
        return Err(PassReason::SetCookie);
    }
    let Tags::Kept(tags) = Tags::of(head) else { return Err(PassReason::Rule) };

    Ok(StoragePlan {
        freshness_lifetime: lifetime.seconds,
        lifetime_source: lifetime.source,
        initial_age: age::initial(head),
        stale_while_revalidate: staleness.while_revalidate,
        stale_if_error: staleness.if_error,
        validation: staleness.validation,
        vary,
        omit,
        tags,
    })
}

/// What status, directives and the owner forbid.
fn permitted(head: &Head<'_>, settings: &Settings) -> Result<(), PassReason> {
    let directives = &head.directives;
    // Whoever understands both must-understand and the status ignores the no-store beside it, which is meant for the
    // others (§5.2.2.3).
    let understood = directives.must_understand && head.status.is_understood();
    if directives.no_store && !understood {
        return Err(PassReason::NoStore);
    }
    let refused = head.status == Status::Never || settings.declined_statuses.contains(&head.code());
    if refused || (directives.must_understand && !understood) {
        return Err(PassReason::Status);
    }
    if directives.private == Extent::Everything {
        return Err(PassReason::Private);
    }
    Ok(())
}

/// The freshness lifetime; zero for what has a validator and nothing else.
///
/// Explicit freshness, `public` or a heuristically cacheable status is a condition of storing (§3), and one of the
/// latter two of guessing a lifetime (§4.2.2). What would have neither lifetime nor validator is of no use. An answer
/// about one request needs more: a lifetime that is some, and from the origin.
fn lifetime(head: &Head<'_>, settings: &Settings) -> Result<Lifetime, PassReason> {
    let explicit = freshness::explicit(head);
    let stated = match head.status {
        Status::OfRequest => Some(explicit),
        Status::OfRequestOrTarget => Some(explicit.or_else(|| freshness::heuristic(head, settings))),
        _ => None,
    };
    if let Some(stated) = stated {
        return stated.filter(|lifetime| lifetime.seconds > 0).ok_or(PassReason::Status);
    }
    if let Some(lifetime) = explicit {
        return Ok(lifetime);
    }
    if head.status != Status::Heuristic && !head.directives.public {
        return Err(PassReason::Status);
    }
    match freshness::implicit(head, settings) {
        Some(lifetime) => Ok(lifetime),
        None if head.has_validator() => Ok(Lifetime::ZERO),
        None => Err(PassReason::NoLifetime),
    }
}

/// What the request forbids.
fn allowed_by(request: &impl RequestHead, head: &Head<'_>) -> Result<(), PassReason> {
    if !is_cacheable(&request.method()) {
        return Err(PassReason::Method);
    }
    let cache_control = request.header("cache-control");
    if cache_control.is_some_and(|value| directives::request::constraints(&value).no_store) {
        return Err(PassReason::NoStore);
    }
    // What one client was authorised to see is for others only where the response says so (§3.5).
    let response = &head.directives;
    let shareable = response.public || response.must_revalidate || response.s_maxage.is_some();
    if !shareable && request.has_header("authorization") {
        return Err(PassReason::Authorization);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
