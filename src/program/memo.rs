//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

mod lanes;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use self::lanes::{LANE_BYTES, Lane, are_equal, folded, folded_lane, lane};
use super::fields::RecordFields;

/// Slots at first; a power of two.
const SLOTS_MIN: usize = 1 << 8;

/// Slots at most; a power of two.
const SLOTS_MAX: usize = 1 << 12;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS_MAX / 2;

/// Slots that are looked at for a key: hashes that meet cost no more than this.
const PROBES_MAX: usize = 64;

/// The longest run with lanes: its length has room in a byte, and those of eight runs in a word. Other keys are looked up in another
/// way.
const LENGTH_MAX: usize = u8::MAX as usize;

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
    /// What [`Self::find`] did not find.
    missed: Missed,
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

/// What is looked up of a record with `N` runs.
struct Key<const N: usize> {
    /// The lengths of its runs, a byte each. INVARIANT: lanes alone do not tell a value from the same one with zero bytes after
    /// it.
    lengths: u64,
    first_lanes: [Lane; N],
    /// Whether any run is longer than its first lane.
    has_rest: bool,
    hash: u64,
}

impl Memo {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        let runs = neighbours(columns);
        Self {
            secrets: std::array::from_fn(|index| state.hash_one(index)),
            mask: SLOTS_MIN - 1,
            slots: vec![Lane::default(); SLOTS_MIN * (1 + runs.len())],
            rests: Vec::new(),
            runs,
            without_lanes: HashMap::new(),
            count: 0,
            room: Vec::new(),
            missed: Missed::Crowded,
        }
    }

    /// What the record's columns come to; `None` if that is not known, see [`Self::remember`].
    ///
    /// PERF: a way of its own for each number of runs, in which the lanes stay in registers.
    #[inline(always)]
    pub(super) fn find(&mut self, record: &RecordFields<'_>) -> Option<u32> {
        match self.runs.len() {
            1 => self.find_runs::<1>(record),
            2 => self.find_runs::<2>(record),
            3 => self.find_runs::<3>(record),
            4 => self.find_runs::<4>(record),
            _ => self.find_many(record),
        }
    }

    /// The same for more runs than most policies consult.
    #[inline(never)]
    fn find_many(&mut self, record: &RecordFields<'_>) -> Option<u32> {
        match self.runs.len() {
            5 => self.find_runs::<5>(record),
            6 => self.find_runs::<6>(record),
            7 => self.find_runs::<7>(record),
            8 => self.find_runs::<8>(record),
            _ => self.miss(Missed::NoLanes),
        }
    }

    #[inline(always)]
    fn find_runs<const N: usize>(&mut self, record: &RecordFields<'_>) -> Option<u32> {
        let runs = self.runs.first_chunk::<N>()?;
        let Some(key) = self.key(runs, record) else {
            return self.miss(Missed::NoLanes);
        };
        let mut place = key.hash as usize & self.mask;
        for _ in 0..PROBES_MAX {
            let Some((head, known)) = self.slots[place * (1 + N)..].split_first() else {
                break;
            };
            let head = Head::of_lane(head);
            let is_same = head.lengths == key.lengths && are_equal(known, &key.first_lanes);
            if head.is_empty() {
                let hash = key.hash;
                return self.miss(Missed::Lanes { place, hash });
            }
            if is_same && (!key.has_rest || self.has_same_rest(head.rest, record)) {
                return Some(head.filled as u32 - 1);
            }
            place = (place + 1) & self.mask;
        }
        self.miss(Missed::Crowded)
    }

    #[cold]
    fn miss(&mut self, missed: Missed) -> Option<u32> {
        self.missed = missed;
        None
    }

    /// The key of a record; `None` if it has no lanes.
    #[inline(always)]
    fn key<const N: usize>(
        &self,
        runs: &[Range<usize>; N],
        record: &RecordFields<'_>,
    ) -> Option<Key<N>> {
        let mut lengths = 0;
        let mut first_lanes = [Lane::default(); N];
        let mut hash: u64 = 0;
        let mut longest = 0;
        for (at, run) in runs.iter().enumerate() {
            let (start, end) = record.span(run);
            let length = end.checked_sub(start)?;
            let text = record.buffer().get(start..)?.first_chunk()?;
            let first = lane(text, length);
            first_lanes[at] = first;
            lengths = lengths << 8 | length as u64;
            longest = longest.max(length);
            hash = hash.rotate_left(23) ^ folded_lane(&first, &self.secrets);
        }
        hash ^= lengths.wrapping_mul(self.secrets[0] | 1);
        hash ^= hash >> 32;
        let has_rest = longest > LANE_BYTES;
        if has_rest {
            if longest > LENGTH_MAX {
                return None;
            }
            hash ^= self.hash_of_rest(record);
        }
        Some(Key {
            lengths,
            first_lanes,
            has_rest,
            hash,
        })
    }

    /// What the record's runs have after their first lanes.
    fn rest<'r>(&'r self, record: &RecordFields<'r>) -> impl Iterator<Item = &'r [u8]> {
        let record = *record;
        self.runs.iter().filter_map(move |run| {
            let (start, end) = record.span(run);
            record.buffer().get(start + LANE_BYTES..end)
        })
    }

    #[inline(never)]
    fn hash_of_rest(&self, record: &RecordFields<'_>) -> u64 {
        let mut hash = 0;
        for rest in self.rest(record) {
            let (words, last) = rest.as_chunks::<8>();
            let mut bytes = [0; 8];
            bytes[..last.len()].copy_from_slice(last);
            for word in words.iter().chain([&bytes]) {
                hash = folded(hash ^ u64::from_le_bytes(*word), self.secrets[0]);
            }
        }
        hash
    }

    /// Whether a key goes on as the record's does, where their lengths are the same.
    #[inline(never)]
    fn has_same_rest(&self, rest: u64, record: &RecordFields<'_>) -> bool {
        let mut known = &*self.rests[rest as usize];
        for rest in self.rest(record) {
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
    pub(super) fn remember(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> u32,
    ) -> Option<u32> {
        match self.missed {
            Missed::NoLanes => self.remember_without_lanes(record, evaluate),
            Missed::Lanes { place, hash } if self.count < ENTRIES_MAX => {
                let value = evaluate();
                let mut head = Head {
                    lengths: 0,
                    filled: u64::from(value) + 1,
                    hash,
                    rest: self.rests.len() as u64,
                };
                let rest: Vec<u8> = self.rest(record).flatten().copied().collect();
                if !rest.is_empty() {
                    self.rests.push(rest.into());
                }
                let slot = place * self.stride();
                for (at, run) in self.runs.iter().enumerate() {
                    // INVARIANT: `key` found all of it to be there.
                    let key = self
                        .key(std::array::from_ref(run), record)
                        .expect("a run with lanes");
                    head.lengths = head.lengths << 8 | key.lengths;
                    self.slots[slot + 1 + at] = key.first_lanes[0];
                }
                self.slots[slot] = head.lane();
                self.count += 1;
                if 2 * self.count > self.mask && self.mask + 1 < SLOTS_MAX {
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
        let empty = vec![Lane::default(); 2 * self.slots.len()];
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

/// A combination that [`Memo::find`] did not find.
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

/// Runs of neighbouring columns.
pub(super) fn neighbours(columns: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &column in columns {
        match runs.last_mut() {
            Some(run) if run.end == column => run.end += 1,
            _ => runs.push(column..column + 1),
        }
    }
    runs
}

#[cfg(test)]
mod whole_keys;

#[cfg(test)]
mod tests;
