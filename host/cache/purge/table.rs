//! The newest purge of each name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use parking_lot::RwLock;

use crate::cache::purge::Kind;
use crate::cache::{Purge, PurgeMark, PurgeName, PurgeRecord, PurgeStamp, Sequence};

/// When each name was purged last, and how many purges there were.
///
/// The table is bounded. What is dropped or merged to keep it so is remembered as a purge of something larger that
/// covers it, so a full table may purge too much, and never too little.
#[derive(Debug)]
pub struct Purges {
    /// INVARIANT: raised under the table's lock, after the table has the purge that it counts.
    current: AtomicU64,
    table: RwLock<Table>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Table {
    everything: Newest,
    records: HashMap<PurgeName, Record, RandomState>,
}

/// Of one name. Zero is before every purge.
#[derive(Debug, Clone, Copy, Default)]
struct Newest {
    hard: Sequence,
    soft: Sequence,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    newest: Newest,
    within: PurgeName,
}

/// Names that are remembered: some 8 MiB. A node that is purged once a second holds a day of it, and every purge that
/// is older than whatever is stored makes room.
const CAPACITY: usize = 100_000;

impl Default for Purges {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl Purges {
    /// Nothing was purged. At most so many names are remembered.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { current: AtomicU64::new(0), table: RwLock::default(), capacity }
    }

    /// What is known from before, and what follows comes after `start`.
    #[must_use]
    pub fn resumed(start: Sequence, records: impl IntoIterator<Item = PurgeRecord>) -> Self {
        let purges = Self::default();
        {
            let mut table = purges.table.write();
            for record in records {
                table.apply(&record, purges.capacity);
            }
        }
        purges.current.store(start.0, Ordering::Release);
        purges
    }

    /// The sequence of the last purge that has taken effect. A fetch takes it before it looks at what is stored.
    #[must_use]
    pub fn current(&self) -> Sequence {
        Sequence(self.current.load(Ordering::Acquire))
    }

    /// Purges: from its return on, nothing that began to be fetched earlier is valid under any of these names.
    pub fn purge(&self, purge: Purge, marks: Vec<PurgeMark>) -> PurgeRecord {
        let mut table = self.table.write();
        let record = PurgeRecord { sequence: self.current().next(), purge, marks };
        table.apply(&record, self.capacity);
        self.current.store(record.sequence.0, Ordering::Release);
        record
    }

    /// The purge that has hit what carries this stamp, if one has. One comparison, unless there was a purge since it
    /// was last asked; then one look at the table for each of its names.
    #[must_use]
    pub fn verdict(&self, stamp: &PurgeStamp) -> Option<Purge> {
        // Before the table is read: a purge that comes in between is newer than what is found valid.
        let current = self.current();
        if stamp.began() > current {
            // Nothing begins after the present: this is of another node's sequence, and nothing here can purge it.
            return Some(Purge::Hard);
        }
        if stamp.is_valid_at(current) {
            return None;
        }
        let verdict = self.table.read().verdict(stamp);
        if verdict.is_none() {
            stamp.found_valid_at(current);
        }
        verdict
    }

    /// Names that are remembered.
    #[must_use]
    pub fn names(&self) -> usize {
        self.table.read().records.len()
    }

    /// Whether it is time to make room.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.names() > self.capacity - self.capacity / 16
    }

    /// Drops what is not newer than the oldest fetch of all that is stored: it can hit nothing any more. If that does
    /// not help, merges the older half into purges of their sites.
    pub fn make_room(&self, oldest_stored: Option<Sequence>) {
        let oldest = oldest_stored.unwrap_or(self.current());
        self.table.write().drop_up_to(oldest);
        if self.is_crowded() {
            self.table.write().merge(self.capacity / 2);
        }
    }

    /// Everything that has to be known after a restart.
    #[must_use]
    pub fn records(&self) -> Vec<PurgeRecord> {
        let table = self.table.read();
        let of_names = table.records.iter().map(|(name, record)| (*name, *record));
        let everything = Record { newest: table.everything, within: PurgeName::EVERYTHING };
        let all = of_names.chain([(PurgeName::EVERYTHING, everything)]);
        let record = |(name, record): (PurgeName, Record)| {
            let marks = vec![PurgeMark { name, within: record.within }];
            let of = |purge, sequence| PurgeRecord { sequence, purge, marks: marks.clone() };
            [of(Purge::Hard, record.newest.hard), of(Purge::Soft, record.newest.soft)]
        };
        all.flat_map(record).filter(|record| record.sequence > Sequence::default()).collect()
    }
}

impl Table {
    fn apply(&mut self, record: &PurgeRecord, capacity: usize) {
        for mark in &record.marks {
            self.raise(*mark, Newest::by(record.purge, record.sequence));
        }
        if record.marks.contains(&PurgeMark::EVERYTHING) && record.purge == Purge::Hard {
            self.records.retain(|_, known| known.newest.last() > record.sequence);
        }
        if self.records.len() > capacity {
            self.merge(capacity / 2);
        }
    }

    fn raise(&mut self, mark: PurgeMark, to: Newest) {
        let newest = if mark.name == PurgeName::EVERYTHING {
            &mut self.everything
        } else {
            let absent = Record { newest: Newest::default(), within: mark.within };
            &mut self.records.entry(mark.name).or_insert(absent).newest
        };
        *newest = Newest { hard: newest.hard.max(to.hard), soft: newest.soft.max(to.soft) };
    }

    fn verdict(&self, stamp: &PurgeStamp) -> Option<Purge> {
        let known = stamp.names().iter().filter_map(|name| self.records.get(name));
        let newest = known.fold(self.everything, |newest, record| newest.later(record.newest));
        if newest.hard > stamp.began() {
            Some(Purge::Hard)
        } else if newest.soft > stamp.began() {
            Some(Purge::Soft)
        } else {
            None
        }
    }

    /// INVARIANT: a fetch that is in flight and older than what is dropped is not stored to stay: it counts as purged.
    fn drop_up_to(&mut self, oldest: Sequence) {
        let mut dropped = Sequence::default();
        self.records.retain(|_, record| {
            let keep = record.newest.last() > oldest;
            if !keep {
                dropped = dropped.max(record.newest.last());
            }
            keep
        });
        self.raise(PurgeMark::EVERYTHING, Newest::by(Purge::Hard, dropped));
    }

    /// Merges tags and targets into their sites, the oldest first, until no more than so many records are left; if
    /// there are more sites than that, those into one record for everything.
    fn merge(&mut self, left: usize) {
        let mut ages: Vec<Sequence> = self.records.values().map(|record| record.newest.last()).collect();
        let surplus = ages.len().saturating_sub(left);
        if surplus == 0 {
            return;
        }
        let (_, newest_merged, _) = ages.select_nth_unstable(surplus - 1);
        let newest_merged = *newest_merged;
        self.merge_where(|name, record| name.kind != Kind::Site && record.newest.last() <= newest_merged);
        if self.records.len() > left + left / 2 {
            self.merge_where(|_, _| true);
        }
        tracing::warn!(left = self.records.len(), "old purges were merged into purges of their sites");
    }

    fn merge_where(&mut self, merged: impl Fn(&PurgeName, &Record) -> bool) {
        let gone: Vec<Record> =
            self.records.extract_if(|name, record| merged(name, record)).map(|(_, record)| record).collect();
        for record in gone {
            self.raise(PurgeMark { name: record.within, within: PurgeName::EVERYTHING }, record.newest);
        }
    }
}

impl Newest {
    fn by(purge: Purge, sequence: Sequence) -> Self {
        match purge {
            Purge::Hard => Self { hard: sequence, ..Self::default() },
            Purge::Soft => Self { soft: sequence, ..Self::default() },
        }
    }

    fn last(self) -> Sequence {
        self.hard.max(self.soft)
    }

    fn later(self, other: Self) -> Self {
        Self { hard: self.hard.max(other.hard), soft: self.soft.max(other.soft) }
    }
}
