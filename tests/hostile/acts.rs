//! What a guest does while it is called.

use super::guest::{Place, component, misdeed};
use super::stage::{Guest, Stage};
use Place::{Inspect, Lookup, Route, Store, Transform};

struct Misdeed {
    /// The file in `guests/misdeeds/`.
    file: &'static str,
    places: &'static [Place],
    /// How it ends.
    reason: &'static str,
    /// Lines of limits, where those of the place would end it otherwise.
    limits: &'static str,
}

/// Where a guest has the request.
const WITH_REQUEST: &[Place] = &[Route, Lookup, Store];
/// Where what the host brings has to be aligned.
const WITH_ALIGNMENT: &[Place] = &[Store, Transform];

/// Where a component is called first: what it does whenever it is called, it does there.
const FIRST: &[Place] = &[Route, Lookup, Inspect];
/// Where it is called first, and has the request.
const FIRST_WITH_REQUEST: &[Place] = &[Route, Lookup];

/// Enough time to be stopped by something else, in a build that is not optimised.
const TIME: &str = "time = \"2s\"";
const TIME_AND_MEMORY: &str = "time = \"2s\"\nmemory = \"64MiB\"";
const SMALL: &str = "time = \"2s\"\nmemory = \"8MiB\"";

const fn act(file: &'static str, places: &'static [Place], reason: &'static str) -> Misdeed {
    Misdeed { file, places, reason, limits: "" }
}

const MISDEEDS: &[Misdeed] = &[
    act("loop", Place::ALL, "deadline"),
    act("loop-in-start", FIRST, "deadline"),
    act("post-return-loops", Place::ALL, "deadline"),
    act("realloc-loops", Place::ALL, "deadline"),
    Misdeed { limits: SMALL, ..act("grow", Place::ALL, "memory") },
    Misdeed { limits: SMALL, ..act("grow-and-fill", Place::ALL, "memory") },
    act("grow-at-once", Place::ALL, "memory"),
    act("table-bomb", Place::ALL, "table"),
    act("recursion", Place::ALL, "stack-overflow"),
    act("unreachable", Place::ALL, "unreachable"),
    act("unreachable-in-start", FIRST, "unreachable"),
    act("post-return-traps", Place::ALL, "unreachable"),
    act("realloc-traps", Place::ALL, "unreachable"),
    act("load-beyond-memory", Place::ALL, "out-of-bounds"),
    act("data-beyond-memory", FIRST, "out-of-bounds"),
    act("divide-by-zero", Place::ALL, "trap"),
    act("call-of-nothing", Place::ALL, "trap"),
    act("realloc-calls-the-host", Place::ALL, "trap"),
    act("realloc-beyond-memory", Place::ALL, "invalid-value"),
    act("realloc-misaligned", WITH_ALIGNMENT, "invalid-value"),
    Misdeed { limits: TIME, ..act("host-call-flood", WITH_REQUEST, "host-calls") },
    Misdeed { limits: TIME, ..act("log-flood", Place::ALL, "host-calls") },
    Misdeed { limits: TIME_AND_MEMORY, ..act("log-huge", Place::ALL, "transfer") },
    act("log-not-utf8", Place::ALL, "invalid-value"),
    act("log-beyond-memory", Place::ALL, "invalid-value"),
    act("log-of-no-level", Place::ALL, "invalid-value"),
    act("borrow-kept", FIRST_WITH_REQUEST, "invalid-value"),
    act("handle-dropped-twice", WITH_REQUEST, "invalid-value"),
    act("handle-of-nobody", WITH_REQUEST, "invalid-value"),
    act("handle-guessed", FIRST_WITH_REQUEST, "invalid-value"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_misbehaves_is_502_and_is_not_remembered() {
    contained_at(Route).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_misbehaves_in_lookup_forwards_and_stores_nothing() {
    contained_at(Lookup).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_misbehaves_in_store_stores_nothing() {
    contained_at(Store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_component_that_misbehaves_in_inspect_is_422_for_a_minute() {
    contained_at(Inspect).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_component_that_misbehaves_in_transform_is_422_for_a_minute() {
    contained_at(Transform).await;
}

async fn contained_at(place: Place) {
    let here = MISDEEDS.iter().filter(|misdeed| misdeed.places.contains(&place));
    let guests = here.map(|&Misdeed { file, reason, limits, .. }| {
        let short = matches!(place, Inspect | Transform) && limits.is_empty();
        let limits = if short { "time = \"50ms\"" } else { limits }.to_owned();
        Guest { name: file.to_owned(), wasm: component(place, &misdeed(file)), limits, reason }
    });
    let guests: Vec<Guest> = guests.collect();
    Stage::of(place, &guests).await.contains(&guests).await.none();
}
