//! What is on the disk, and what of it counts. Nothing here touches the disk: what has to be unlinked is returned.
//!
//! Three rules make it right. A key has one generation that counts, the one in the index. Whatever ends it, a removal, an
//! eviction or a write that begins, raises a *fence* for the key first: no file and no write of an earlier generation
//! counts from then on. And a fence stays for as long as a file below it may lie on the disk: as long as its work goes
//! on, and as long as nobody has *listed* the key's folder, after a start or after an unlink that failed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use lru::LruCache;

use super::budget::Budget;
use super::place::{Blocks, FileName, Generation, KeyHash, Leaf};

/// The entries, the fences and the folders that were listed.
#[derive(Debug)]
pub(super) struct Index {
    /// By the time of the last use. Those that a listing found stand behind all that were used.
    entries: LruCache<KeyHash, Slot>,
    leaves: Vec<LeafState>,
    unlisted: usize,
    /// Fences that nobody works at: they wait for a listing.
    idle: usize,
    /// No earlier generation counts, whatever its key.
    void: Generation,
    /// All folders are still to be replaced by none, since nothing of an earlier generation counts.
    discarded: Option<Generation>,
    next: Generation,
    /// The first generation of this process: earlier ones are only known from listings.
    first: Generation,
    budget: Budget,
    /// Entries at most.
    most: usize,
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// There is this file.
    File(FileName),
    /// There is none.
    Absent,
    /// Its folder has to be listed first.
    Unlisted,
}

/// The end of what a key had: whoever holds it carries the end out on the disk and then [settles](Index::settle) it.
#[derive(Debug)]
#[must_use = "a fence stays until it is settled"]
pub(super) struct Fenced {
    pub(super) hash: KeyHash,
    /// That of the write that may follow.
    pub(super) generation: Generation,
    /// The file that no longer counts, where one is known. Others may be about to unlink it too.
    pub(super) old: Option<FileName>,
}

/// A listing that is being made, of what its folder was when it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    leaf: Leaf,
    distrusts: u32,
}

/// There is no room, even with nothing else.
#[derive(Debug)]
pub(super) struct NoRoom;

#[derive(Debug, Clone, Copy)]
struct Slot {
    generation: Generation,
    blocks: Blocks,
}

#[derive(Debug, Default)]
struct LeafState {
    listed: bool,
    /// How often it was found that the folder holds what it should not. A listing that began before does not count.
    distrusts: u32,
    fences: HashMap<KeyHash, Fence>,
}

#[derive(Debug)]
struct Fence {
    /// No earlier generation counts.
    floor: Generation,
    /// The file below it that was known last.
    old: Option<FileName>,
    /// How many are still at work at it.
    holders: u32,
}

/// The part of the size that an entry takes at the least, on average: the number of files, of inodes and of places in
/// the index is bounded by it. It is what ext4 provides inodes for, and bounds the index to 0.6 % of the size.
const BYTES_PER_ENTRY: u64 = 16 << 10;
/// Fences that wait for a listing, at most: a disk that neither lists nor unlinks leaves one for each key that is written or removed. Beyond that
/// nothing on the disk counts any more, which needs none.
const FENCES: usize = 100_000;

impl Index {
    /// An index of a folder that nobody has listed, for generations from `first`.
    pub(super) fn new(first: Generation, size: u64) -> Self {
        let leaves: Vec<_> = Leaf::all().map(|_| LeafState::default()).collect();
        Self {
            entries: LruCache::unbounded(),
            unlisted: leaves.len(),
            leaves,
            idle: 0,
            void: Generation(0),
            discarded: None,
            next: first,
            first,
            budget: Budget::new(size),
            most: usize::try_from(size / BYTES_PER_ENTRY).unwrap_or(usize::MAX).max(1),
        }
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Folders that are still to be listed.
    pub(super) fn unlisted(&self) -> usize {
        self.unlisted
    }

    pub(super) fn is_listed(&self, leaf: Leaf) -> bool {
        self.leaves[leaf.index()].listed
    }

    /// What is known of a key that is asked for.
    pub(super) fn find(&mut self, hash: KeyHash) -> Known {
        match self.entries.get(&hash).map(|slot| slot.name(hash)) {
            Some(file) => Known::File(file),
            None if self.is_listed(hash.leaf()) => Known::Absent,
            None => Known::Unlisted,
        }
    }

    /// Whether a key has a file that is known.
    pub(super) fn contains(&self, hash: KeyHash) -> bool {
        self.entries.contains(&hash)
    }

    /// Whether this is still the generation that counts.
    pub(super) fn is_current(&self, hash: KeyHash, generation: Generation) -> bool {
        self.entries.peek(&hash).is_some_and(|slot| slot.generation == generation)
    }

    /// Ends what a key has.
    pub(super) fn fence(&mut self, hash: KeyHash) -> Fenced {
        let known = self.forget(hash);
        self.raise(hash, known)
    }

    /// As [`fence`](Self::fence), where there is anything to end.
    pub(super) fn fence_if_known(&mut self, hash: KeyHash) -> Option<Fenced> {
        let leaf = &self.leaves[hash.leaf().index()];
        let nothing = leaf.listed && !leaf.fences.contains_key(&hash) && !self.entries.contains(&hash);
        (!nothing).then(|| self.fence(hash))
    }

    /// Whether a write of this generation still counts.
    pub(super) fn is_wanted(&self, hash: KeyHash, generation: Generation) -> bool {
        let fence = self.leaves[hash.leaf().index()].fences.get(&hash);
        generation >= self.void && fence.is_none_or(|fence| generation >= fence.floor)
    }

    /// The work that a fence was raised for has ended.
    pub(super) fn settle(&mut self, hash: KeyHash) {
        let leaf = &mut self.leaves[hash.leaf().index()];
        if let Some(fence) = leaf.fences.get_mut(&hash) {
            fence.holders -= 1;
            if fence.holders == 0 {
                if leaf.listed {
                    leaf.fences.remove(&hash);
                } else {
                    self.idle += 1;
                }
            }
        }
    }

    /// Makes room for a write; returns what has to go for it.
    pub(super) fn reserve(&mut self, blocks: Blocks) -> Result<Vec<Fenced>, NoRoom> {
        self.budget.take(blocks);
        let evicted = self.evict();
        if self.budget.is_exceeded() {
            self.budget.give_back(blocks);
            return Err(NoRoom);
        }
        Ok(evicted)
    }

    /// Gives back what was reserved.
    pub(super) fn release(&mut self, blocks: Blocks) {
        self.budget.give_back(blocks);
    }

    /// Makes a file count for which room was reserved; returns what has to go. `None` if it is not wanted any more.
    pub(super) fn publish(&mut self, name: &FileName) -> Option<Vec<Fenced>> {
        if !self.is_wanted(name.hash, name.generation) {
            return None;
        }
        self.entries.put(name.hash, Slot { generation: name.generation, blocks: name.blocks });
        self.budget.regrow(name.blocks);
        Some(self.evict())
    }

    /// The disk is full: less is allowed from now on. Returns what has to go.
    pub(super) fn shrink(&mut self) -> Vec<Fenced> {
        self.budget.shrink();
        self.evict()
    }

    /// Forgets a file that cannot be used; whether it counted until now.
    pub(super) fn drop_file(&mut self, name: &FileName) -> bool {
        self.is_current(name.hash, name.generation) && self.forget(name.hash).is_some()
    }

    /// Nothing that is on the disk or being written counts any more, and every folder is to be replaced by none.
    pub(super) fn discard(&mut self) {
        self.discarded = Some(self.void());
    }

    /// Whether every folder is to be replaced by none, and from which generation on what is written counts again. It is
    /// for the caller to do.
    pub(super) fn take_discarded(&mut self) -> Option<Generation> {
        self.discarded.take()
    }

    /// Nothing that is on the disk or being written counts any more. Returns the generation from which on it does.
    fn void(&mut self) -> Generation {
        self.next = self.next.next();
        self.void = self.next;
        while let Some((_, slot)) = self.entries.pop_lru() {
            self.budget.give_back(slot.blocks);
        }
        for leaf in &mut self.leaves {
            leaf.fences.retain(|_, fence| fence.holders > 0);
            leaf.listed = false;
            leaf.distrusts += 1;
        }
        self.idle = 0;
        self.unlisted = self.leaves.len();
        self.void
    }

    /// Every folder was replaced by none.
    pub(super) fn all_are_empty(&mut self) {
        for leaf in Leaf::all() {
            self.trust(leaf);
        }
    }

    /// A folder may hold what it should not: an unlink failed.
    pub(super) fn distrust(&mut self, leaf: Leaf) {
        let leaf = &mut self.leaves[leaf.index()];
        leaf.distrusts += 1;
        if leaf.listed {
            leaf.listed = false;
            self.unlisted += 1;
        }
    }

    /// Begins to list a folder, if it has to be.
    pub(super) fn list(&self, leaf: Leaf) -> Option<Listing> {
        let state = &self.leaves[leaf.index()];
        (!state.listed).then_some(Listing { leaf, distrusts: state.distrusts })
    }

    /// Takes in what a listing found; returns the files that do not count, and what has to go for those that do. `None`
    /// if the folder was listed or distrusted meanwhile.
    pub(super) fn merge(&mut self, listing: Listing, files: &[FileName]) -> Option<(Vec<FileName>, Vec<Fenced>)> {
        if !self.is_latest(listing) {
            return None;
        }
        let mut doomed = Vec::new();
        for file in files.iter().filter(|file| file.hash.leaf() == listing.leaf) {
            let held = self.entries.peek(&file.hash).map(|slot| slot.name(file.hash));
            if held.as_ref() == Some(file) || self.is_being_written(file) {
                continue;
            }
            let newer = held.is_some_and(|held| held.generation > file.generation);
            if newer || file.generation >= self.first || !self.is_wanted(file.hash, file.generation) {
                doomed.push(*file);
                continue;
            }
            doomed.extend(self.forget(file.hash));
            self.budget.take(file.blocks);
            self.entries.put(file.hash, Slot { generation: file.generation, blocks: file.blocks });
            self.entries.demote(&file.hash);
        }
        Some((doomed, self.evict()))
    }

    /// What had to go after a listing is gone: the folder holds what the index says.
    pub(super) fn finish(&mut self, listing: Listing) {
        if self.is_latest(listing) {
            self.trust(listing.leaf);
        }
    }

    fn is_latest(&self, listing: Listing) -> bool {
        let state = &self.leaves[listing.leaf.index()];
        !state.listed && state.distrusts == listing.distrusts
    }

    fn trust(&mut self, leaf: Leaf) {
        let leaf = &mut self.leaves[leaf.index()];
        if !leaf.listed {
            leaf.listed = true;
            self.unlisted -= 1;
        }
        let before = leaf.fences.len();
        leaf.fences.retain(|_, fence| fence.holders > 0);
        self.idle -= before - leaf.fences.len();
    }

    /// Whether the file has its name already, and is about to count.
    fn is_being_written(&self, file: &FileName) -> bool {
        let fence = self.leaves[file.hash.leaf().index()].fences.get(&file.hash);
        file.generation >= self.void && fence.is_some_and(|fence| fence.holders > 0 && fence.floor == file.generation)
    }

    fn raise(&mut self, hash: KeyHash, known: Option<FileName>) -> Fenced {
        if self.idle >= FENCES {
            self.void();
        }
        self.next = self.next.next();
        let generation = self.next;
        let fences = &mut self.leaves[hash.leaf().index()].fences;
        let fence = match fences.entry(hash) {
            Entry::Vacant(place) => place.insert(Fence { floor: generation, old: None, holders: 0 }),
            Entry::Occupied(fence) => {
                let fence = fence.into_mut();
                if fence.holders == 0 {
                    self.idle -= 1;
                }
                fence
            }
        };
        fence.floor = generation;
        fence.holders += 1;
        // What an earlier holder has not unlinked yet has to go before this one is done.
        fence.old = known.or(fence.old);
        Fenced { hash, generation, old: fence.old }
    }

    fn forget(&mut self, hash: KeyHash) -> Option<FileName> {
        let slot = self.entries.pop(&hash)?;
        self.budget.give_back(slot.blocks);
        Some(slot.name(hash))
    }

    /// The least recently used, until what is left is within the budget.
    fn evict(&mut self) -> Vec<Fenced> {
        let mut evicted = Vec::new();
        while self.budget.is_exceeded() || self.entries.len() > self.most {
            let Some((hash, slot)) = self.entries.pop_lru() else { break };
            self.budget.give_back(slot.blocks);
            evicted.push(self.raise(hash, Some(slot.name(hash))));
        }
        evicted
    }
}

impl Slot {
    fn name(self, hash: KeyHash) -> FileName {
        FileName { hash, generation: self.generation, blocks: self.blocks }
    }
}

#[cfg(test)]
mod tests;
