//! Requests and responses for tests: a request that records what was read of it, and short constructors.

use std::cell::RefCell;

use lucarne_guest::cache_policy::{Field, PassReason, ResponseHead, StorageDecision, StoragePlan};

use crate::request::RequestHead;
use crate::settings::Settings;
use crate::storable;

/// When every response of a test arrives: Fri, 20 Nov 2026 10:00:00 GMT.
pub(crate) const RECEIVED_AT: u64 = 1_795_168_800;
pub(crate) const RECEIVED_AT_DATE: &str = "Fri, 20 Nov 2026 10:00:00 GMT";

/// A request made of a method and fields.
#[derive(Debug)]
pub(crate) struct TestRequest {
    method: String,
    fields: Vec<(String, Vec<u8>)>,
    reads: RefCell<Vec<String>>,
}

impl TestRequest {
    pub(crate) fn new(method: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Self { method: method.to_owned(), fields, reads: RefCell::default() }
    }

    pub(crate) fn get() -> Self {
        Self::new("GET", &[])
    }

    /// What was read so far, in order.
    pub(crate) fn reads(&self) -> Vec<String> {
        self.reads.borrow().clone()
    }

    fn find(&self, name: &str) -> Option<Vec<u8>> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.clone())
    }
}

impl RequestHead for TestRequest {
    fn method(&self) -> String {
        self.reads.borrow_mut().push("method".to_owned());
        self.method.clone()
    }

    fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.reads.borrow_mut().push(format!("header {name}"));
        self.find(name)
    }

    fn has_header(&self, name: &str) -> bool {
        self.reads.borrow_mut().push(format!("has-header {name}"));
        self.find(name).is_some()
    }
}

/// A response head that arrives at [`RECEIVED_AT`] and for which no default lifetime is configured.
pub(crate) fn response(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
    ResponseHead {
        status,
        fields: fields
            .iter()
            .map(|(name, value)| Field { name: (*name).to_owned(), value: value.as_bytes().to_vec() })
            .collect(),
        received_at: RECEIVED_AT,
        default_lifetime: None,
    }
}

/// The decision on a response to a plain GET, with the settings' defaults.
pub(crate) fn decision(response: &ResponseHead) -> StorageDecision {
    storable::decide(&TestRequest::get(), response, &Settings::default())
}

/// The plan of a 200 with these fields.
pub(crate) fn plan(fields: &[(&str, &str)]) -> StoragePlan {
    match decision(&response(200, fields)) {
        StorageDecision::Store(plan) => plan,
        StorageDecision::Pass(reason) => panic!("passed for {reason:?}: {fields:?}"),
    }
}

/// Why a response is not stored; None where it is.
pub(crate) fn reason(response: &ResponseHead) -> Option<PassReason> {
    match decision(response) {
        StorageDecision::Store(_) => None,
        StorageDecision::Pass(reason) => Some(reason),
    }
}
