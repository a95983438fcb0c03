//! The store: what was obtained, how long it may be used, and who is obtaining it now.
//!
//! It obeys storage plans and knows no HTTP beyond the words of RFC 9111 and 9875; nothing of components, upstreams or
//! pictures. Nothing here does I/O or reads a clock; of the disk it knows that content can be there.

mod backoff;
mod collapse;
mod content;
mod failures;
mod fields;
mod freshness;
mod groups;
mod hit_for_miss;
mod key;
mod memory;
mod plan;
mod prepared;
mod purge;
mod record;
mod selection;
mod selector;
mod sequence;
mod status;
mod stored;

pub use backoff::Backoff;
pub use collapse::{
    Broken, FetchPermit, FillTable, Filling, Joined, Landed, News, Outcome, Patience, Reader, Waiter, Writer,
};
pub use content::Content;
pub use failures::RecentFailures;
pub use fields::{Fields, OWN_CACHE_CONTROL};
pub use freshness::{Freshness, Jitter, Usability};
pub use groups::invalidated_groups;
pub use hit_for_miss::HitForMiss;
pub use key::{CacheKey, KeyBuilder};
pub use memory::{Lookup, MemoryCache, Missing, Recalled, Shelf};
pub use plan::{
    BypassReason, Constraints, LifetimeSource, LookupPlan, PassReason, StorageDecision, StoragePlan, Validation,
};
pub use prepared::Prepared;
pub use purge::{Purge, PurgeMark, PurgeName, PurgeRecord, PurgeStamp, Purges};
pub use record::{Elsewhere, Record, ResponseRecord, VariesRecord};
pub use selection::Selection;
pub use selector::Selector;
pub use sequence::Sequence;
pub use status::{CacheStatus, Forward, ForwardReason, NODE_NAME, Tier};
pub use stored::{Digest, Source, StoredResponse, Validators};
