//! The keys of some records: the first lane of each run of columns, the lengths of the runs, and a hash.
//! Knows no table.

use super::lanes::{LANE_BYTES, LENGTH_MAX, Lane, first_lane, hash_of_lane};
use crate::program::batch::Spans;
use crate::records::{BATCH, Wide};

/// What is looked up of some records.
#[derive(Debug)]
pub(super) struct Keys {
    /// The lengths of each record's runs, a byte each. INVARIANT: lanes alone do not tell a value from the same one with zero bytes
    /// after it.
    pub(super) lengths: [u64; BATCH],
    pub(super) hashes: [u64; BATCH],
    /// The length of the longest run; more than [`LENGTH_MAX`] if the key has no lanes.
    pub(super) longest: [u32; BATCH],
    /// The first lane of each record's first run, then of its second run, and so on.
    pub(super) first_lanes: Vec<[Lane; BATCH]>,
}

impl Keys {
    pub(super) fn new(runs: usize) -> Self {
        Self {
            lengths: [0; BATCH],
            hashes: [0; BATCH],
            longest: [0; BATCH],
            first_lanes: vec![[Lane::default(); BATCH]; runs],
        }
    }
}

/// Adds a run to the keys of some records.
pub(super) struct AddRun<'k, 'r> {
    pub(super) spans: Spans<'r>,
    pub(super) secrets: &'k Lane,
    pub(super) lanes: &'k mut [Lane; BATCH],
    pub(super) lengths: &'k mut [u64; BATCH],
    pub(super) hashes: &'k mut [u64; BATCH],
    pub(super) longest: &'k mut [u32; BATCH],
}

impl Wide for AddRun<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self {
            spans,
            secrets,
            lanes,
            lengths,
            hashes,
            longest,
        } = self;
        let secrets = *secrets;
        let buffer = spans.buffer;
        for row in 0..spans.count.min(BATCH) {
            let (start, end) = spans.span(row);
            let length = end.wrapping_sub(start);
            let text = buffer[start..start + LANE_BYTES].first_chunk();
            let lane = text.and_then(|text| first_lane(text, length));
            let Some(lane) = lane else {
                longest[row] = LENGTH_MAX as u32 + 1;
                continue;
            };
            lanes[row] = lane;
            hashes[row] = hashes[row].rotate_left(23) ^ hash_of_lane(&lane, &secrets);
            lengths[row] = lengths[row] << 8 | length as u64;
            longest[row] = longest[row].max(length as u32);
        }
    }
}
