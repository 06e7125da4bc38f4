//! The keys of some records: the first lane of each run of columns, the lengths of the runs, and a hash.
//! Knows no table.

use super::lanes::{LANE_BYTES, Lane, first_lane, hash_of_lane};
use crate::program::batch::Spans;
use crate::records::{BATCH, Wide};

/// Most runs of a key with lanes.
pub(super) const RUNS_MAX: usize = 8;

/// What is looked up of some records.
#[derive(Debug)]
pub(super) struct Keys {
    /// The lengths of each record's runs. INVARIANT: lanes alone do not tell a value from the same one with zero bytes after it.
    pub(super) lengths: [Lengths; BATCH],
    pub(super) hashes: [u64; BATCH],
    /// A bit for each record whose key has no lanes.
    pub(super) without_lanes: u64,
    /// No run of any record is longer than a lane.
    pub(super) are_short: bool,
    /// The first lane of each record's first run, then of its second run, and so on.
    pub(super) first_lanes: Vec<[Lane; BATCH]>,
}

impl Keys {
    pub(super) fn new(runs: usize) -> Self {
        Self {
            lengths: [Lengths::default(); BATCH],
            hashes: [0; BATCH],
            without_lanes: 0,
            are_short: true,
            first_lanes: vec![[Lane::default(); BATCH]; runs],
        }
    }

    /// Whether a record's key has lanes.
    #[inline(always)]
    pub(super) fn has_lanes(&self, row: usize) -> bool {
        const { assert!(BATCH <= 64, "a bit a record") };
        self.without_lanes >> row & 1 == 0
    }
}

/// The lengths of a key's runs, of which there are [`RUNS_MAX`] at most, a byte each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lengths([u8; RUNS_MAX]);

impl Lengths {
    #[inline(always)]
    pub(super) fn set(&mut self, run: usize, length: u8) {
        self.0[run] = length;
    }

    #[inline(always)]
    pub(super) fn word(self) -> u64 {
        u64::from_le_bytes(self.0)
    }

    /// Whether a run is longer than a lane.
    #[inline(always)]
    pub(super) fn is_any_long(self) -> bool {
        const EACH: u64 = u64::MAX / 0xFF;
        // INVARIANT: only a byte whose highest bit is set carries into the next.
        let longer = self.word().wrapping_add(EACH * (0x7F - LANE_BYTES as u64));
        (longer | self.word()) & (EACH * 0x80) != 0
    }
}

/// Adds a run to the keys of some records: a bit for each whose run has no lanes, and whether none is
/// longer than a lane.
///
/// PERF: the first run is written, so that nothing is read or cleared before it.
pub(super) struct AddRun<'k, 'r> {
    pub(super) spans: Spans<'r>,
    pub(super) secrets: &'k Lane,
    pub(super) run: usize,
    pub(super) lanes: &'k mut [Lane; BATCH],
    pub(super) lengths: &'k mut [Lengths; BATCH],
    pub(super) hashes: &'k mut [u64; BATCH],
}

impl Wide for AddRun<'_, '_> {
    type Output = (u64, bool);
    #[inline(always)]
    fn run(self) -> (u64, bool) {
        if self.run == 0 {
            self.add::<true>()
        } else {
            self.add::<false>()
        }
    }
}

impl AddRun<'_, '_> {
    #[inline(always)]
    fn add<const IS_FIRST: bool>(self) -> (u64, bool) {
        let Self {
            spans,
            secrets,
            run,
            lanes,
            lengths,
            hashes,
        } = self;
        let run = run % RUNS_MAX;
        let (mut without_lanes, mut longest) = (0, 0);
        let secrets = *secrets;
        let buffer = spans.buffer;
        for row in 0..spans.count.min(BATCH) {
            let (start, end) = spans.span(row);
            let length = end.wrapping_sub(start);
            longest = longest.max(length);
            let text = buffer[start..start + LANE_BYTES].first_chunk();
            let lane = text.and_then(|text| first_lane(text, length));
            let Some(lane) = lane else {
                without_lanes |= 1 << row;
                continue;
            };
            lanes[row] = lane;
            let hash = hash_of_lane(&lane, &secrets);
            hashes[row] = if IS_FIRST {
                hash
            } else {
                hashes[row].rotate_left(23) ^ hash
            };
            lengths[row].set(run, length as u8);
        }
        (without_lanes, longest <= LANE_BYTES)
    }
}
