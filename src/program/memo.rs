//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

mod find;
mod keys;
mod lanes;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use self::find::mixed;
use self::keys::{AddRun, Keys, Lengths, RUNS_MAX};
use self::lanes::{LANE_BYTES, Lane, first_lane, folded};
use super::batch::Rows;
use super::fields::{RecordFields, neighbours};
use crate::records::{BATCH, Cpu};

/// Slots at first; a power of two.
const SLOTS_MIN: usize = 1 << 8;

/// Slots at most; a power of two.
const SLOTS_MAX: usize = 1 << 12;

/// Slots for a key, at least, as long as the table may grow.
///
/// PERF: of 220 keys a third met others with two, and a branch that is taken by chance costs more than a look into the second cache:
/// 0.93 of the wall time of a `split` of records of one column, no difference for others.
const SLOTS_A_KEY: usize = 4;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS_MAX / 2;

/// Slots that are looked at for a key: hashes that meet cost no more than this.
const PROBES_MAX: usize = 64;

/// Longest key without lanes.
const LONG_KEY_BYTES_MAX: usize = 4096;

/// A table from the raw bytes of some columns to a number.
#[derive(Debug)]
pub(super) struct Memo {
    /// Runs of neighbouring columns. A run's bytes tell its fields: the same bytes divide in the same way.
    runs: Vec<Range<usize>>,
    /// What the hash is keyed by: others in each run of the program, so that no supply can be made to collide.
    secrets: Lane,
    /// How many slots there are, less one.
    mask: usize,
    /// Slots: a [`Head`], and the first lane of each run.
    ///
    /// PERF: one behind the other, so that they are asked for at once as soon as the hash is known, and no more slots than are
    /// needed: 0.98 of the CPU time of `check --threads 1`, in pairs with a table of indices to keys elsewhere.
    slots: Vec<Lane>,
    /// What keys have after their first lanes, of those that have anything.
    rests: Vec<Box<[u8]>>,
    /// Keys that have no lanes.
    without_lanes: HashMap<Box<[u8]>, u32>,
    /// How many keys there are, with lanes or without.
    count: usize,
    /// Room for such a key.
    room: Vec<u8>,
    /// Room for what is looked up.
    keys: Box<Keys>,
}

/// What a slot tells besides lanes.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// The lengths of the key's runs.
    lengths: u64,
    /// 0 where the slot is empty, or the number that is remembered and one.
    filled: u64,
    hash: u64,
    /// Where in `rests` the key goes on, if it does.
    rest: u64,
}

impl Head {
    fn lane(self) -> Lane {
        [self.lengths, self.filled, self.hash, self.rest]
    }

    #[inline(always)]
    fn of_lane(&[lengths, filled, hash, rest]: &Lane) -> Self {
        Self {
            lengths,
            filled,
            hash,
            rest,
        }
    }

    fn is_empty(self) -> bool {
        self.filled == 0
    }
}

impl Memo {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        let runs = neighbours(columns);
        Self {
            secrets: std::array::from_fn(|index| state.hash_one(index)),
            mask: SLOTS_MIN - 1,
            slots: empty_slots(SLOTS_MIN * (1 + runs.len())),
            rests: Vec::new(),
            keys: Box::new(Keys::new(runs.len())),
            runs,
            without_lanes: HashMap::new(),
            count: 0,
            room: Vec::new(),
        }
    }

    /// What the columns of each record come to, evaluated and remembered where that is not known yet; [`UNHEARD`], with nothing
    /// evaluated, where there is no room to remember it.
    pub(super) fn recall_all(
        &mut self,
        cpu: Cpu,
        records: &mut Rows<'_>,
        found: &mut [u32; BATCH],
        mut evaluate: impl FnMut(&RecordFields<'_>) -> u32,
    ) {
        self.make_keys(cpu, records);
        let mut at = 0;
        while at < records.count() {
            at = self.find_all(cpu, at, records, found);
            if at < records.count() {
                found[at] = match self.look(at, records) {
                    Ok(value) => value,
                    Err(missed) => {
                        let record = records.record(at);
                        let value = self.remember(&record, missed, || evaluate(&record));
                        value.unwrap_or(UNHEARD)
                    }
                };
                at += 1;
            }
        }
    }

    fn make_keys(&mut self, cpu: Cpu, records: &mut Rows<'_>) {
        let count = records.count();
        let keys = &mut *self.keys;
        (keys.without_lanes, keys.are_short) = (0, true);
        if self.runs.len() > RUNS_MAX {
            keys.without_lanes = !0;
            return;
        }
        for (run, (columns, lanes)) in self.runs.iter().zip(&mut keys.first_lanes).enumerate() {
            let (spans, secrets) = (records.spans(columns), &self.secrets);
            let (lengths, hashes) = (&mut keys.lengths, &mut keys.hashes);
            let (without_lanes, are_short) = cpu.widest(AddRun {
                spans,
                secrets,
                run,
                lanes,
                lengths,
                hashes,
            });
            keys.without_lanes |= without_lanes;
            keys.are_short &= are_short;
        }
        if !keys.are_short {
            for row in 0..count {
                if self.keys.lengths[row].is_any_long() && self.keys.has_lanes(row) {
                    self.keys.hashes[row] ^= self.hash_of_rest(records, row);
                }
            }
        }
    }

    /// Looks one record up.
    fn look(&self, row: usize, records: &Rows<'_>) -> Result<u32, Missed> {
        if !self.keys.has_lanes(row) {
            return Err(Missed::NoLanes);
        }
        let lengths = self.keys.lengths[row];
        let hash = mixed(self.keys.hashes[row], lengths.word(), self.secrets[0] | 1);
        let mut place = hash as usize & self.mask;
        for _ in 0..PROBES_MAX {
            let stride = self.stride();
            let (head, known) = (
                self.slots[place * stride],
                &self.slots[place * stride + 1..],
            );
            let head = Head::of_lane(&head);
            if head.is_empty() {
                return Err(Missed::Lanes { place, hash });
            }
            let mut lanes = known.iter().zip(&self.keys.first_lanes);
            if head.lengths == lengths.word()
                && lanes.all(|(known, lanes)| *known == lanes[row])
                && (!lengths.is_any_long() || self.has_same_rest(head.rest, records, row))
            {
                return Ok(head.filled as u32 - 1);
            }
            place = (place + 1) & self.mask;
        }
        Err(Missed::Crowded)
    }

    /// What a record's runs have after their first lanes.
    #[inline(always)]
    fn rest<'r>(&'r self, records: &'r Rows<'_>, row: usize) -> impl Iterator<Item = &'r [u8]> {
        self.runs.iter().filter_map(move |run| {
            let spans = records.spans(run);
            let (start, end) = spans.span(row);
            spans.buffer.get(start + LANE_BYTES..end)
        })
    }

    #[inline(never)]
    fn hash_of_rest(&self, records: &Rows<'_>, row: usize) -> u64 {
        let mut hash = 0;
        for rest in self.rest(records, row) {
            let (words, last) = rest.as_chunks::<8>();
            let mut bytes = [0; 8];
            bytes[..last.len()].copy_from_slice(last);
            for word in words.iter().chain([&bytes]) {
                hash = folded(hash ^ u64::from_le_bytes(*word), self.secrets[0]);
            }
        }
        hash
    }

    /// Whether a key goes on as a record's does, where their lengths are the same.
    #[inline(never)]
    fn has_same_rest(&self, rest: u64, records: &Rows<'_>, row: usize) -> bool {
        let mut known = &*self.rests[rest as usize];
        for rest in self.rest(records, row) {
            match known.strip_prefix(rest) {
                Some(after) => known = after,
                None => return false,
            }
        }
        known.is_empty()
    }

    /// Remembers what the columns of a record come to that was just not found, evaluating it; `None`, with nothing evaluated, where
    /// there is no room.
    #[cold]
    #[inline(never)]
    fn remember(
        &mut self,
        record: &RecordFields<'_>,
        missed: Missed,
        evaluate: impl FnOnce() -> u32,
    ) -> Option<u32> {
        match missed {
            Missed::NoLanes => self.remember_without_lanes(record, evaluate),
            Missed::Lanes { place, hash } if self.count < ENTRIES_MAX => {
                let value = evaluate();
                let mut lengths = Lengths::default();
                let number_of_rest = self.rests.len() as u64;
                let mut rest = Vec::new();
                for run in &self.runs {
                    let (start, end) = record.span(run);
                    rest.extend_from_slice(
                        record
                            .buffer()
                            .get(start + LANE_BYTES..end)
                            .unwrap_or_default(),
                    );
                }
                if !rest.is_empty() {
                    self.rests.push(rest.into());
                }
                let slot = place * self.stride();
                for (at, run) in self.runs.iter().enumerate() {
                    let (start, end) = record.span(run);
                    let text = record.buffer()[start..].first_chunk();
                    let lane = text.and_then(|text| first_lane(text, end - start));
                    lengths.set(at, (end - start) as u8);
                    // INVARIANT: its key was made.
                    self.slots[slot + 1 + at] = lane.expect("a run with lanes");
                }
                let head = Head {
                    lengths: lengths.word(),
                    filled: u64::from(value) + 1,
                    hash,
                    rest: number_of_rest,
                };
                self.slots[slot] = head.lane();
                self.count += 1;
                if SLOTS_A_KEY * self.count > self.mask && self.mask + 1 < SLOTS_MAX {
                    self.grow();
                }
                Some(value)
            }
            Missed::Lanes { .. } | Missed::Crowded => None,
        }
    }

    /// Makes twice as many slots.
    fn grow(&mut self) {
        let stride = self.stride();
        let empty = empty_slots(2 * self.slots.len());
        let slots = std::mem::replace(&mut self.slots, empty);
        self.mask = 2 * self.mask + 1;
        for slot in slots.chunks_exact(stride) {
            let head = Head::of_lane(&slot[0]);
            if head.is_empty() {
                continue;
            }
            // INVARIANT: half of the slots are empty.
            let mut place = head.hash as usize & self.mask;
            while !Head::of_lane(&self.slots[place * stride]).is_empty() {
                place = (place + 1) & self.mask;
            }
            self.slots[place * stride..][..stride].copy_from_slice(slot);
        }
    }

    /// Lanes of a slot.
    fn stride(&self) -> usize {
        1 + self.runs.len()
    }

    /// The same for a record whose key has no lanes.
    fn remember_without_lanes(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> u32,
    ) -> Option<u32> {
        let key = &mut self.room;
        key.clear();
        for run in &self.runs {
            let (start, end) = record.span(run);
            key.extend_from_slice(&(end - start).to_le_bytes());
            key.extend_from_slice(&record.buffer()[start..end]);
        }
        if let Some(&value) = self.without_lanes.get(key.as_slice()) {
            return Some(value);
        }
        if self.count == ENTRIES_MAX || key.len() > LONG_KEY_BYTES_MAX {
            return None;
        }
        let value = evaluate();
        self.without_lanes.insert(key.as_slice().into(), value);
        self.count += 1;
        Some(value)
    }
}

/// So many lanes, all empty.
///
/// PERF: written, and not asked for as zeros: a page of these is first read, and its first write then interrupts the other cores.
/// Together with output buffers that need not grow (`out_buffer.rs`), 0.97 of the wall time of a `split` (31 pairs).
fn empty_slots(lanes: usize) -> Vec<Lane> {
    let mut slots = Vec::with_capacity(lanes);
    slots.resize(lanes, Lane::default());
    slots
}

/// What is told where nothing could be remembered: more than are ever numbered.
pub(super) const UNHEARD: u32 = u32::MAX;

/// A combination that was not found.
#[derive(Debug, Clone, Copy)]
enum Missed {
    /// It may be remembered at this place.
    Lanes {
        /// A slot.
        place: usize,
        /// The key's hash.
        hash: u64,
    },
    /// It has no lanes.
    NoLanes,
    /// Every slot that it may have is taken.
    Crowded,
}

#[cfg(test)]
mod whole_keys;

#[cfg(test)]
mod tests;
