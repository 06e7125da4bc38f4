//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use super::fields::RecordFields;

/// Slots at first; a power of two.
const SLOTS_MIN: usize = 1 << 8;

/// Slots at most; a power of two.
const SLOTS_MAX: usize = 1 << 12;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS_MAX / 2;

/// Slots that are looked at for a key: hashes that meet cost no more than this.
const PROBES_MAX: usize = 64;

/// Bytes of a lane, the unit in which keys are made, hashed and compared.
const LANE_BYTES: usize = 32;

/// Longest run that has room in its two lanes; a record with a longer one is looked up in another way.
const LENGTH_MAX: usize = 2 * LANE_BYTES;

/// Bytes as words, zeros after them.
type Lane = [u64; LANE_BYTES / 8];

/// A table from the raw bytes of some columns to a value.
#[derive(Debug)]
pub(super) struct Memo<T> {
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
    /// For each entry, the second lane of each run, which few runs have.
    second_lanes: Vec<Lane>,
    /// The hash of each entry.
    hashes: Vec<u64>,
    entries: Vec<T>,
    /// Entries whose keys have no room in lanes.
    long: HashMap<Vec<u8>, usize>,
}

/// What a slot tells besides lanes.
struct Head {
    /// The lengths of the key's runs.
    lengths: u64,
    /// 0 where the slot is empty, or an entry's index and one.
    entry: u64,
}

impl Head {
    fn lane(self) -> Lane {
        [self.lengths, self.entry, 0, 0]
    }

    #[inline(always)]
    fn of_lane(&[lengths, entry, ..]: &Lane) -> Self {
        Self { lengths, entry }
    }
}

/// What is looked up of a record with `N` runs.
struct Key<const N: usize> {
    /// The lengths of its runs, a byte each. INVARIANT: lanes alone do not tell a value from the same one with zero bytes after
    /// it.
    lengths: u64,
    first_lanes: [Lane; N],
    second_lanes: [Lane; N],
    /// Whether any run has a second lane.
    is_long: bool,
    hash: u64,
}

impl<T> Memo<T> {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        let runs = neighbours(columns);
        Self {
            secrets: std::array::from_fn(|index| state.hash_one(index)),
            mask: SLOTS_MIN - 1,
            slots: vec![Lane::default(); SLOTS_MIN * (1 + runs.len())],
            second_lanes: Vec::new(),
            hashes: Vec::new(),
            runs,
            entries: Vec::new(),
            long: HashMap::new(),
        }
    }

    /// The index (for [`Self::get`]) of what the record's columns come to, or where it may be remembered.
    ///
    /// PERF: a way of its own for each number of runs, in which the lanes stay in registers, and two multiplications a run.
    #[inline(always)]
    pub(super) fn find(&self, record: &RecordFields<'_>) -> Result<usize, Unknown> {
        match self.runs.as_slice() {
            [a] => self.find_runs([a], record),
            [a, b] => self.find_runs([a, b], record),
            [a, b, c] => self.find_runs([a, b, c], record),
            [a, b, c, d] => self.find_runs([a, b, c, d], record),
            _ => Err(Unknown::Long),
        }
    }

    #[inline(always)]
    fn find_runs<const N: usize>(
        &self,
        runs: [&Range<usize>; N],
        record: &RecordFields<'_>,
    ) -> Result<usize, Unknown> {
        let Some(key) = self.key(runs, record) else {
            return Err(Unknown::Long);
        };
        let mut place = key.hash as usize & self.mask;
        for _ in 0..PROBES_MAX {
            let Some((head, known)) = self.slots[place * (1 + N)..].split_first() else {
                return Err(Unknown::Crowded);
            };
            let head = Head::of_lane(head);
            let is_same = head.lengths == key.lengths && are_equal(known, &key.first_lanes);
            if head.entry == 0 {
                return Err(Unknown::Lanes {
                    place,
                    hash: key.hash,
                });
            }
            let entry = head.entry as usize - 1;
            if is_same
                && (!key.is_long || are_equal(&self.second_lanes[entry * N..], &key.second_lanes))
            {
                return Ok(entry);
            }
            place = (place + 1) & self.mask;
        }
        Err(Unknown::Crowded)
    }

    /// The key of a record; `None` if it has no room in lanes.
    #[inline(always)]
    fn key<const N: usize>(
        &self,
        runs: [&Range<usize>; N],
        record: &RecordFields<'_>,
    ) -> Option<Key<N>> {
        let mut key = Key {
            lengths: 0,
            first_lanes: [Lane::default(); N],
            second_lanes: [Lane::default(); N],
            is_long: false,
            hash: 0,
        };
        for (at, run) in runs.into_iter().enumerate() {
            let (start, end) = record.span(run);
            let length = end.checked_sub(start)?;
            let text: &[u8; LENGTH_MAX] = record.buffer().get(start..)?.first_chunk()?;
            let (text, _) = text.as_chunks::<LANE_BYTES>();
            let first = lane(&text[0], length);
            key.first_lanes[at] = first;
            key.lengths = key.lengths << 8 | length as u64;
            key.hash = key.hash.rotate_left(23) ^ self.folded(&first);
            if length > LANE_BYTES {
                if length > LENGTH_MAX {
                    return None;
                }
                let second = lane(&text[1], length - LANE_BYTES);
                key.second_lanes[at] = second;
                key.is_long = true;
                key.hash = key.hash.rotate_left(23) ^ self.folded(&second);
            }
        }
        key.hash ^= key.lengths.wrapping_mul(self.secrets[0] | 1);
        key.hash ^= key.hash >> 32;
        Some(key)
    }

    /// A lane's words multiplied in pairs, as wyhash does.
    #[inline(always)]
    fn folded(&self, lane: &Lane) -> u64 {
        folded(lane[0] ^ self.secrets[0], lane[1] ^ self.secrets[1])
            ^ folded(lane[2] ^ self.secrets[2], lane[3] ^ self.secrets[3])
    }

    /// Remembers what the record's columns come to, evaluating it; `None`, with nothing evaluated, where there is no room.
    #[cold]
    #[inline(never)]
    pub(super) fn remember(
        &mut self,
        unknown: Unknown,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        match unknown {
            Unknown::Long => self.remember_long(record, evaluate),
            Unknown::Lanes { place, hash } if self.entries.len() < ENTRIES_MAX => {
                self.entries.push(evaluate());
                let mut head = Head {
                    lengths: 0,
                    entry: self.entries.len() as u64,
                };
                let slot = place * self.stride();
                for (at, run) in self.runs.iter().enumerate() {
                    // INVARIANT: `key` found all of it to be there.
                    let key = self.key([run], record).expect("a run with room in lanes");
                    head.lengths = head.lengths << 8 | key.lengths;
                    self.slots[slot + 1 + at] = key.first_lanes[0];
                    self.second_lanes.extend(key.second_lanes);
                }
                self.slots[slot] = head.lane();
                self.hashes.push(hash);
                if 2 * self.entries.len() > self.mask && self.mask + 1 < SLOTS_MAX {
                    self.grow();
                }
                Some(self.entries.len() - 1)
            }
            Unknown::Lanes { .. } | Unknown::Crowded => None,
        }
    }

    /// Makes twice as many slots.
    fn grow(&mut self) {
        let stride = self.stride();
        let empty = vec![Lane::default(); 2 * self.slots.len()];
        let slots = std::mem::replace(&mut self.slots, empty);
        self.mask = 2 * self.mask + 1;
        for slot in slots.chunks_exact(stride) {
            let Some(entry) = Head::of_lane(&slot[0]).entry.checked_sub(1) else {
                continue;
            };
            // INVARIANT: half of the slots are empty.
            let mut place = self.hashes[entry as usize] as usize & self.mask;
            while Head::of_lane(&self.slots[place * stride]).entry != 0 {
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
    fn remember_long(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        let mut key = Vec::new();
        for run in &self.runs {
            let (start, end) = record.span(run);
            key.extend_from_slice(&(end - start).to_le_bytes());
            key.extend_from_slice(&record.buffer()[start..end]);
        }
        if let Some(&entry) = self.long.get(&key) {
            return Some(entry);
        }
        if self.entries.len() == ENTRIES_MAX || key.len() > LONG_KEY_BYTES_MAX {
            return None;
        }
        self.entries.push(evaluate());
        self.long.insert(key, self.entries.len() - 1);
        // One index serves all that belongs to an entry; no slot leads to this one.
        self.hashes.push(0);
        let all = self.entries.len() * self.runs.len();
        self.second_lanes.resize(all, Lane::default());
        Some(self.entries.len() - 1)
    }

    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> &T {
        &self.entries[index]
    }
}

/// Whether the first of some lanes are these.
#[inline(always)]
fn are_equal<const N: usize>(known: &[Lane], lanes: &[Lane; N]) -> bool {
    let Some(known) = known.first_chunk::<N>() else {
        return false;
    };
    // PERF: an `==` of so many bytes is a call.
    let mut differ = Lane::default();
    for (known, lane) in known.iter().zip(lanes) {
        for (differ, (known, word)) in differ.iter_mut().zip(known.iter().zip(lane)) {
            *differ |= known ^ word;
        }
    }
    differ == [0; 4]
}

/// A combination that [`Memo::find`] did not find.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unknown {
    /// It may be remembered at this place.
    Lanes {
        /// A slot.
        place: usize,
        /// The key's hash.
        hash: u64,
    },
    /// It has no room in lanes.
    Long,
    /// Every slot that it may have is taken.
    Crowded,
}

/// A lane's bytes, of which so many count, or all.
#[inline(always)]
fn lane(bytes: &[u8; LANE_BYTES], length: usize) -> Lane {
    let mask = &MASKS[length.min(LANE_BYTES)];
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]) & mask[at])
}

/// Longest key of a record whose words have no room in lanes.
const LONG_KEY_BYTES_MAX: usize = 4096;

/// For each count of bytes up to a lane's, what keeps so many of a lane.
static MASKS: [Lane; LANE_BYTES + 1] = {
    let mut masks = [[0; LANE_BYTES / 8]; LANE_BYTES + 1];
    let mut count = 0;
    while count <= LANE_BYTES {
        let mut byte = 0;
        while byte < count {
            masks[count][byte / 8] |= 0xFF << (8 * (byte % 8));
            byte += 1;
        }
        count += 1;
    }
    masks
};

/// A product's halves together, as wyhash folds them.
#[inline(always)]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
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
