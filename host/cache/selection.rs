//! Which of a target's responses a request gets (RFC 9111 §4.1), and how many of them there may be.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use http::HeaderMap;
use parking_lot::{Mutex, RwLock};

use crate::cache::selector::Selecting;
use crate::cache::{CacheKey, Selector, VariesRecord};

/// How many responses of one target are stored beside each other. What an origin lets vary by more, such as every
/// browser's name, would fill the store with copies of one thing.
pub(super) const SELECTIONS: usize = 16;

/// One of a target's responses: stored, or on its way as long as this is held.
#[derive(Debug, Clone)]
pub struct Selection {
    key: CacheKey,
    by: Option<Arc<Varies>>,
    _under_way: Option<Arc<()>>,
}

/// How the responses of a target are told apart.
#[derive(Debug)]
pub(super) struct Varies {
    by: RwLock<Selecting>,
    /// The selections there are, each with what is held while it is on its way.
    known: Mutex<Vec<(CacheKey, Weak<()>)>>,
    /// Whether what the second tier has under the target's key, if anything, is of this epoch.
    written: AtomicBool,
}

impl Selection {
    /// A target's only response.
    #[must_use]
    pub fn only(target: &CacheKey) -> Self {
        Self { key: target.clone(), by: None, _under_way: None }
    }

    /// The same, which is not on its way any more.
    #[must_use]
    pub fn at_rest(self) -> Self {
        Self { _under_way: None, ..self }
    }

    /// The key of the response.
    #[must_use]
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// Whether this is the response for a request with these fields.
    #[must_use]
    pub fn is_of(&self, target: &CacheKey, fields: &HeaderMap) -> bool {
        self.by.as_ref().is_none_or(|varies| varies.key(target, fields) == self.key)
    }

    /// How the target's responses are told apart, to be written down; none for an only one.
    #[must_use]
    pub fn record(&self) -> Option<VariesRecord> {
        let varies = self.by.as_ref()?;
        varies.written.store(true, Ordering::Relaxed);
        Some(VariesRecord::of(varies.by.read().clone()))
    }

    /// Whether what is written down under the target's key, if anything, tells this selection.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.by.as_ref().is_none_or(|varies| varies.written.load(Ordering::Relaxed))
    }

    pub(super) fn varies(&self) -> Option<&Arc<Varies>> {
        self.by.as_ref()
    }
}

impl Varies {
    pub(super) fn new(selectors: &[Selector], epoch: u64) -> Self {
        Self::of(Selecting::new(selectors, epoch), false)
    }

    /// As the second tier has it.
    pub(super) fn recalled(by: Selecting) -> Self {
        Self::of(by, true)
    }

    fn of(by: Selecting, written: bool) -> Self {
        Self { by: RwLock::new(by), known: Mutex::default(), written: written.into() }
    }

    /// Whether it is these that tell the responses apart.
    pub(super) fn selects_by(&self, selectors: &[Selector]) -> bool {
        self.by.read().selectors() == selectors
    }

    /// Takes into account that a request with these fields had this response.
    pub(super) fn learn(&self, request: &HeaderMap, response: &HeaderMap) {
        let mut by = self.by.write();
        if let Some(learned) = by.learned(request, response) {
            *by = learned;
        }
    }

    /// The key of the response for a request with these fields.
    pub(super) fn key(&self, target: &CacheKey, fields: &HeaderMap) -> CacheKey {
        self.by.read().key(target, fields)
    }

    /// The selection for a request with these fields; none where there are too many already.
    pub(super) fn select(
        self: &Arc<Self>,
        target: &CacheKey,
        fields: &HeaderMap,
        is_stored: impl Fn(&CacheKey) -> bool,
    ) -> Option<Selection> {
        let key = self.key(target, fields);
        let mut known = self.known.lock();
        let place = known.iter().position(|(there, _)| *there == key);
        let under_way = place.and_then(|place| known[place].1.upgrade()).unwrap_or_default();
        match place {
            Some(place) => known[place].1 = Arc::downgrade(&under_way),
            None => {
                if known.len() >= SELECTIONS {
                    known.retain(|(key, under_way)| under_way.strong_count() > 0 || is_stored(key));
                }
                if known.len() >= SELECTIONS {
                    return None;
                }
                known.push((key.clone(), Arc::downgrade(&under_way)));
            }
        }
        Some(Selection { key, by: Some(Arc::clone(self)), _under_way: Some(under_way) })
    }

    /// About how many bytes it takes when there are as many selections as there may be.
    pub(super) fn weight(&self, target: &CacheKey) -> usize {
        let by = self.by.read();
        let key = target.weight() + by.selectors().len() * 64;
        size_of::<Self>() + by.weight() + SELECTIONS * key
    }
}
