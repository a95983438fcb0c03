//! What a POST answers with where that is the representation of its own URL: the origin says so with Content-Location,
//! and a later GET may have it (RFC 9110 §9.3.3). Only what has explicit freshness is kept so.

use std::sync::Arc;

use http::header::CONTENT_LOCATION;
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;

use crate::cache::{LifetimeSource, Shelf, StoragePlan, StoredResponse};
use crate::clock::Now;
use crate::gateway::exchange::{Question, Storage};
use crate::gateway::pass::named_here;
use crate::gateway::{Gateway, Visit};
use crate::request::RequestHead;
use crate::sandbox::{RequestView, Target};
use crate::upstream::{self, Collected, FetchError};

/// What became of a response to a POST.
pub(super) enum Posted {
    /// It is stored for who GETs the same URL.
    Kept(Arc<StoredResponse>),
    /// It is for its client alone.
    Passed(upstream::Response),
}

impl Gateway {
    /// Stores a response to a POST as that to a GET of the same URL, if it is that and may be stored.
    ///
    /// # Errors
    /// When the content that was to be stored breaks off.
    pub(super) async fn keep_posted(
        &self,
        visit: &Visit,
        target: &Target,
        response: upstream::Response,
        requested: Now,
    ) -> Result<Posted, FetchError> {
        let head = &visit.view.head;
        let is_whole = response.body.size_hint().upper().is_some_and(|length| length <= self.bounds.object);
        let is_own = *head.method() == Method::POST
            && response.status == StatusCode::OK
            && is_whole
            && response.fields.get(CONTENT_LOCATION).is_some_and(|reference| {
                let named = named_here(visit, reference.as_bytes());
                named.is_some_and(|named| named.path() == head.path() && named.query() == head.query())
            });
        if !is_own {
            return Ok(Posted::Passed(response));
        }
        let get = RequestHead::composed(head.authority(), head.path(), head.query(), head.fields().clone());
        let view = RequestView { head: Arc::new(get), ..visit.view.clone() };
        let question = Question { view: &view, ..visit.question(target) };
        let storage = self.storage(question, response.status, &response.fields);
        let Storage::Store(plan) = &storage else { return Ok(Posted::Passed(response)) };
        if plan.lifetime_source != LifetimeSource::Explicit || plan.freshness_lifetime.is_zero() {
            return Ok(Posted::Passed(response));
        }
        let upstream::Response { status, fields, body } = response;
        match body.collect(self.bounds.object).await? {
            Collected::Whole(body) => {
                let head = self.head(question, status, fields, &storage, requested);
                let response = Arc::new(StoredResponse { body: body.into(), ..head });
                self.store_posted(visit, plan, &response);
                Ok(Posted::Kept(response))
            }
            // INVARIANT: its length is known and within the limit.
            Collected::TooLong { rest, .. } => Ok(Posted::Passed(upstream::Response { status, fields, body: rest })),
        }
    }

    fn store_posted(&self, visit: &Visit, plan: &StoragePlan, response: &Arc<StoredResponse>) {
        let key = visit.site.with_authority(&visit.routed.key, &visit.view.head);
        let request: &HeaderMap = visit.view.head.fields();
        if let Some(selection) =
            self.cache.select(Shelf::Responses, &key, &plan.vary, request, &response.fields.to_map())
        {
            self.store(Shelf::Responses, &key, &selection, Arc::clone(response));
        }
    }
}
