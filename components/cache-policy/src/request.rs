//! What the policy asks of a request.
//!
//! Each call is recorded by the host with its answer and keys the decision, so rules ask late, and only where the
//! answer can still change something.

/// The getters that the policy uses, with the meaning that `wit/http.wit` gives them.
pub(crate) trait RequestHead {
    fn method(&self) -> String;
    /// A field's whole value, its lines joined with `, `.
    fn header(&self, name: &str) -> Option<Vec<u8>>;
    fn has_header(&self, name: &str) -> bool;
}

/// Whether responses to this method are stored and served from the store.
///
/// GET and HEAD (RFC 9110 §9.3.1, §9.3.2). POST may be cacheable (§9.3.3), but nothing that is stored would answer one.
/// A HEAD shares the plan of its GET: what the host may do with a head that came without content is its own concern.
pub(crate) fn is_cacheable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}
