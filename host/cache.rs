//! The store: what was obtained, how long it may be used, and who is obtaining it now.
//!
//! It obeys storage plans and knows no HTTP beyond the words of RFC 9111 and 9875; nothing of components, upstreams or
//! pictures. Nothing here does I/O or reads a clock.

mod collapse;
mod failures;
mod freshness;
mod groups;
mod key;
mod memory;
mod plan;
mod purge;
mod selector;
mod sequence;
mod status;
mod stored;

pub use collapse::{FetchPermit, FillTable, Joined, Outcome, Waiter};
pub use failures::FailedTransforms;
pub use freshness::{Freshness, Usability};
pub use groups::invalidated_groups;
pub use key::{CacheKey, KeyBuilder};
pub use memory::{Lookup, MemoryCache, Missing, Shelf};
pub use plan::{
    BypassReason, Constraints, LifetimeSource, LookupPlan, PassReason, StorageDecision, StoragePlan, Validation,
};
pub use purge::{Purge, PurgeMark, PurgeName, PurgeRecord, PurgeStamp, Purges};
pub use selector::{Selection, Selector};
pub use sequence::Sequence;
pub use status::{CacheStatus, Forward, ForwardReason, NODE_NAME, Tier};
pub use stored::{Digest, Prepared, Source, StoredResponse, Validators};
