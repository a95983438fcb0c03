//! Obtaining what passes through: one fetch in a task of its own, for the client that began it and for all who came
//! while it was under way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;

use crate::cache::{
    CacheKey, Constraints, FetchPermit, Filling, Landed, Reader, Selection, Shelf, StoragePlan, StoredResponse, Writer,
};
use crate::clock::Now;
use crate::gateway::exchange::{Asked, Known, NotStored, Obtained, Storage, Streamed};
use crate::gateway::large::LargeWrite;
use crate::gateway::pass::whole_of;
use crate::gateway::subject::{Subject, in_words};
use crate::gateway::{Gateway, Visit};
use crate::respond::Failure;
use crate::sandbox::Target;
use crate::upstream::{self, FetchError};

/// What is to be obtained, and for whom.
pub(super) struct Fill {
    pub(super) visit: Visit,
    pub(super) target: Target,
    /// Of the target.
    pub(super) key: CacheKey,
    /// Of this request's selection, as far as it is known.
    pub(super) selected: CacheKey,
    /// To be validated.
    pub(super) stale: Option<Arc<StoredResponse>>,
}

/// What the client gets that began the fetch.
pub(super) enum Own {
    /// It may not be stored.
    Stream(Streamed, Duration),
    /// It was validated, and may not be stored any more.
    Whole(Arc<StoredResponse>, Duration),
    /// It is arriving, for others too.
    Arriving(Reader<Failure>),
}

impl Gateway {
    /// Obtains it in a task of its own, so that a client that leaves takes nothing from the others.
    pub(super) fn fill(self: &Arc<Self>, fill: Fill, permit: FetchPermit<Failure>) -> oneshot::Receiver<Own> {
        let (hand, own) = oneshot::channel();
        let gateway = Arc::clone(self);
        self.tasks.spawn(async move { gateway.run(fill, permit, hand).await });
        own
    }

    async fn run(&self, fill: Fill, permit: FetchPermit<Failure>, hand: oneshot::Sender<Own>) {
        let begun = self.clock.now();
        let known = fill.stale.as_deref().map_or(Known::Nothing, Known::Stored);
        let asked = tokio::select! {
            biased;
            () = permit.deserted() => return self.metrics.count_fill("deserted"),
            asked = self.ask(whole_of(&fill.visit, &fill.target, known), begun) => asked,
        };
        let took = self.fetched_since(begun);
        let now = self.clock.now().instant;
        match asked {
            Ok(Asked::Freshened(obtained)) => {
                self.backoff.succeeded(&fill.selected);
                self.freshen(&fill, obtained, permit, took, hand).await;
            }
            Ok(Asked::Answered(response, storage, requested)) => {
                if response.status.is_server_error() && fill.stale.is_some() {
                    return self.hold_back(&fill, response, permit, took, hand);
                }
                self.backoff.succeeded(&fill.selected);
                match storage {
                    Storage::Store(plan) => self.keep(&fill, response, plan, requested, permit, took, hand).await,
                    Storage::Pass(reason) => {
                        self.decline(&fill, NotStored::Policy(reason), permit);
                        hand_over(hand, response, NotStored::Policy(reason), took);
                    }
                }
            }
            // INVARIANT: only sources are asked for with the validators of what is gone.
            Ok(Asked::Unchanged(..)) => permit.failed(Failure::SourceStatus(StatusCode::NOT_MODIFIED)),
            Err(failure) => {
                self.backoff.failed(&fill.selected, now);
                self.remember_failure(&fill.selected, &failure, now);
                let stands_in = fill
                    .stale
                    .as_ref()
                    .is_some_and(|stale| stale.freshness.usable_on_error(&Constraints::default(), now));
                self.fail(failure, stands_in, permit, &fill.visit.subject());
            }
        }
    }

    /// A failure that everyone would meet who asks now stands for a moment.
    pub(super) fn remember_failure(&self, key: &CacheKey, failure: &Failure, now: Instant) {
        let for_everyone = match failure {
            Failure::Upstream(error) => error.is_before_answer(),
            Failure::SourceStatus(status) => status.is_server_error(),
            _ => false,
        };
        if for_everyone {
            self.failed_fetches.remember(key.clone(), failure.clone(), now);
        }
    }

    /// A failure: the next in line tries, if that can be of use.
    pub(super) fn fail(&self, failure: Failure, stands_in: bool, permit: FetchPermit<Failure>, subject: &Subject<'_>) {
        self.metrics.count_fill("failed");
        let Subject { site, upstream, url } = subject;
        let words = in_words(&failure);
        tracing::info!(site, upstream, url, failure = words, stands_in, "a response could not be obtained");
        // A timeout has taken long enough, and what stands in is better than another try.
        let brief = matches!(
            failure,
            Failure::Upstream(FetchError::Connect(_) | FetchError::Reset(_) | FetchError::ShortBody(_))
        );
        if brief && !stands_in { permit.failed_for_one(failure) } else { permit.failed(failure) }
    }

    /// An error where something is stored: it is not put in its place, and where that may stand in it is not sent
    /// either.
    fn hold_back(
        &self,
        fill: &Fill,
        response: upstream::Response,
        permit: FetchPermit<Failure>,
        took: Duration,
        hand: oneshot::Sender<Own>,
    ) {
        let now = self.clock.now().instant;
        self.backoff.failed(&fill.selected, now);
        if fill.stale.as_ref().is_some_and(|stale| stale.freshness.usable_on_error(&Constraints::default(), now)) {
            self.metrics.count_fill("failed");
            return permit.failed(Failure::SourceStatus(response.status));
        }
        self.decline(fill, NotStored::Error, permit);
        hand_over(hand, response, NotStored::Error, took);
    }

    /// What is stored is still good.
    async fn freshen(
        &self,
        fill: &Fill,
        obtained: Obtained,
        permit: FetchPermit<Failure>,
        took: Duration,
        hand: oneshot::Sender<Own>,
    ) {
        let response = Arc::new(obtained.response);
        let plan = match obtained.storage {
            Storage::Store(plan) => plan,
            Storage::Pass(reason) => {
                self.decline(fill, NotStored::Policy(reason), permit);
                // A client that has left needs nothing.
                let _left = hand.send(Own::Whole(response, took));
                return;
            }
        };
        let fields = fill.visit.view.head.fields();
        match self.cache.select(Shelf::Responses, &fill.key, &plan.vary, fields, &response.fields.to_map()) {
            Some(selection) => {
                if permit.is_current() {
                    // Who finds it nowhere joins this flight as long as it is in the table.
                    self.store(Shelf::Responses, &fill.key, &selection, Arc::clone(&response)).done(HEAD).await;
                }
                self.metrics.count_fill("freshened");
                permit.freshened(Landed { response, selection, fetch: took });
            }
            None => {
                self.decline(fill, NotStored::TooMany, permit);
                let _left = hand.send(Own::Whole(response, took));
            }
        }
    }

    /// A response that may be stored: everyone reads it while it arrives, unless it is too large for all tiers.
    #[expect(clippy::too_many_arguments, reason = "a step of `run`, with what it has at hand")]
    async fn keep(
        &self,
        fill: &Fill,
        response: upstream::Response,
        plan: StoragePlan,
        requested: Now,
        permit: FetchPermit<Failure>,
        took: Duration,
        hand: oneshot::Sender<Own>,
    ) {
        let hint = response.body.size_hint();
        let (selection, large) = match self.place(fill, &response, &plan, &permit) {
            Ok(place) => place,
            Err(why) => {
                self.decline(fill, why, permit);
                return hand_over(hand, response, why, took);
            }
        };
        self.passes.clear(&fill.selected);
        let question = fill.visit.question(&fill.target);
        let upstream::Response { status, fields, body } = response;
        let head = self.head(question, status, fields, &Storage::Store(plan), requested);
        let writer = Filling::begin(head, selection, hint.exact(), took);
        // What has no content is whole: who has its head has all of it, so it is stored before anyone gets that.
        if !body.is_end_stream() {
            if let Some(reader) = writer.first_reader() {
                // A client that has left needs nothing.
                let _left = hand.send(Own::Arriving(reader));
            }
            permit.filling(writer.filling());
        }
        match large {
            Some(large) => self.receive_large(fill, body, writer, permit, large).await,
            None => self.receive(fill, body, writer, permit).await,
        }
    }

    /// Which of the target's responses it is, and where it goes: to memory when it is whole, or to the disk from now on.
    fn place(
        &self,
        fill: &Fill,
        response: &upstream::Response,
        plan: &StoragePlan,
        permit: &FetchPermit<Failure>,
    ) -> Result<(Selection, Option<LargeWrite<'_>>), NotStored> {
        let hint = response.body.size_hint();
        let is_large = hint.lower() > self.bounds.object;
        if is_large && hint.lower() > self.largest() {
            return Err(NotStored::TooLarge);
        }
        let fields = fill.visit.view.head.fields();
        let selection = self.cache.select(Shelf::Responses, &fill.key, &plan.vary, fields, &response.fields);
        let selection = selection.ok_or(NotStored::TooMany)?;
        let large = is_large.then(|| self.begin_large(fill, &selection, hint.exact(), permit)).transpose()?;
        Ok((selection, large))
    }

    /// Content arrives. It is given up when nobody wants it any more.
    async fn receive(
        &self,
        fill: &Fill,
        mut body: upstream::Body,
        writer: Writer<Failure>,
        permit: FetchPermit<Failure>,
    ) {
        let length = writer.filling().length;
        let (mut arrived, mut insisted, mut last) = (0, false, Bytes::new());
        loop {
            if !insisted && length.is_some_and(|length| arrived * WORTH_COMPLETING >= length) {
                permit.insist();
                insisted = true;
            }
            let frame = tokio::select! {
                biased;
                () = permit.deserted() => return self.metrics.count_fill("deserted"),
                frame = body.frame() => frame,
            };
            match frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())) {
                Some(Ok(data)) => {
                    arrived += data.len() as u64;
                    if arrived > self.bounds.object {
                        writer.push(data);
                        return match self.begin_large(fill, &writer.filling().selection, None, &permit) {
                            Ok(mut large) => {
                                writer.so_far().into_iter().for_each(|data| large.take(data));
                                self.receive_large(fill, body, writer, permit, large).await;
                            }
                            Err(why) => {
                                self.decline(fill, why, permit);
                                self.overflow(body, writer).await;
                            }
                        };
                    }
                    if length == Some(arrived) {
                        last = data;
                    } else {
                        writer.push(data);
                    }
                }
                Some(Err(error)) => {
                    let failure = Failure::from(error);
                    self.metrics.count_fill("failed");
                    // Out of the table first: who comes now begins anew.
                    permit.failed(failure.clone());
                    return writer.fail(failure);
                }
                None => break,
            }
        }
        let (selection, fetch) = (writer.filling().selection.clone(), writer.filling().fetch);
        let whole = self.pages.keep(writer.whole(last));
        let response = Arc::new(StoredResponse { body: whole.clone().into(), ..writer.filling().head.clone() });
        if permit.is_current() {
            self.store(Shelf::Responses, &fill.key, &selection, Arc::clone(&response));
        }
        self.metrics.count_fill("stored");
        // In the store and out of the table before anyone has read it to its end: whoever asks then asks anew.
        permit.stored(Landed { response, selection, fetch });
        writer.complete(whole);
    }

    /// Content that has turned out to be too long to be stored: those who read already get the rest, as fast as the
    /// fastest of them takes it. What is kept of it is as much as a response that is stored may have, so that nobody
    /// who reads is cut off at this point, and memory does not grow.
    pub(super) async fn overflow(&self, mut body: upstream::Body, writer: Writer<Failure>) {
        writer.slide(self.bounds.object);
        while writer.room().await {
            match body.frame().await.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())) {
                Some(Ok(data)) => writer.push(data),
                Some(Err(error)) => return writer.fail(error.into()),
                None => return writer.finish(),
            }
        }
    }

    /// What came may not be shared: each obtains its own, and those who come next do not wait for each other.
    pub(super) fn decline(&self, fill: &Fill, why: NotStored, permit: FetchPermit<Failure>) {
        if why.replaces() {
            // What is stored is not what the origin says any more.
            self.invalidate(Shelf::Responses, &fill.key).unconfirmed();
        }
        if why == NotStored::TooMany {
            self.metrics.selections_refused.inc();
        }
        self.passes.mark(&fill.selected, self.clock.now().instant);
        self.metrics.count_fill("declined");
        permit.declined();
    }
}

/// How long the head of what was validated may take to be written: as long as a removal.
pub(super) const HEAD: Duration = Duration::from_millis(500);

/// The part of a response, as one over this, that makes it cheaper to complete than to begin anew: the half. What is
/// asked for once is often asked for again, and giving up most of a transfer saves less than it throws away.
pub(super) const WORTH_COMPLETING: u64 = 2;

fn hand_over(hand: oneshot::Sender<Own>, response: upstream::Response, why: NotStored, took: Duration) {
    let upstream::Response { status, fields, body } = response;
    // A client that has left needs nothing: the transfer ends here.
    let _left = hand.send(Own::Stream(Streamed { status, fields, body: body.into(), why }, took));
}
