//! Looks keys up in a memo's slots, some at a time. Remembers nothing.

use super::lanes::{Lane, are_equal};
use super::{ENTRIES_MAX, Head, Memo, PROBES_MAX, UNHEARD};
use crate::program::batch::Rows;
use crate::records::{BATCH, Cpu, Wide};

impl Memo {
    /// Finds what the columns of records come to, from one on up to one that has to be looked at more closely: which that is. Of one
    /// that is not known, and will not be remembered, [`UNHEARD`] is found.
    ///
    /// PERF: a way of its own for each number of runs, so that lanes are compared without a loop.
    pub(super) fn find_all(
        &self,
        cpu: Cpu,
        from: usize,
        records: &Rows<'_>,
        found: &mut [u32; BATCH],
    ) -> usize {
        match self.runs.len() {
            1 => self.find_all_of::<1, 2>(cpu, from, records, found),
            2 => self.find_all_of::<2, 3>(cpu, from, records, found),
            3 => self.find_all_of::<3, 4>(cpu, from, records, found),
            4 => self.find_all_of::<4, 5>(cpu, from, records, found),
            5 => self.find_all_of::<5, 6>(cpu, from, records, found),
            6 => self.find_all_of::<6, 7>(cpu, from, records, found),
            7 => self.find_all_of::<7, 8>(cpu, from, records, found),
            8 => self.find_all_of::<8, 9>(cpu, from, records, found),
            _ => from,
        }
    }

    fn find_all_of<const N: usize, const STRIDE: usize>(
        &self,
        cpu: Cpu,
        from: usize,
        records: &Rows<'_>,
        found: &mut [u32; BATCH],
    ) -> usize {
        let (Some(lanes), (slots, _)) = (
            self.keys.first_lanes.first_chunk::<N>(),
            self.slots.as_chunks::<STRIDE>(),
        ) else {
            return from;
        };
        cpu.widest(FindAll {
            memo: self,
            records,
            lanes,
            slots,
            from,
            found,
        })
    }
}

/// The hash of a key, of the hash of its lanes and its lengths.
#[inline(always)]
pub(super) fn mixed(hash: u64, lengths: u64, secret: u64) -> u64 {
    let hash = hash ^ lengths.wrapping_mul(secret);
    hash ^ hash >> 32
}

/// Looks for keys that have lanes.
struct FindAll<'m, 'r, const N: usize, const STRIDE: usize> {
    memo: &'m Memo,
    records: &'m Rows<'r>,
    lanes: &'m [[Lane; BATCH]; N],
    slots: &'m [[Lane; STRIDE]],
    from: usize,
    found: &'m mut [u32; BATCH],
}

impl<const N: usize, const STRIDE: usize> Wide for FindAll<'_, '_, N, STRIDE> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        // PERF: without a call, what all records need stays in registers.
        if self.memo.keys.are_short {
            self.find::<true>()
        } else {
            self.find::<false>()
        }
    }
}

impl<const N: usize, const STRIDE: usize> FindAll<'_, '_, N, STRIDE> {
    #[inline(always)]
    fn find<const SHORT: bool>(self) -> usize {
        let Self {
            memo,
            records,
            lanes,
            slots,
            from,
            found,
        } = self;
        let keys = &memo.keys;
        let secret = memo.secrets[0] | 1;
        let is_full = memo.count == ENTRIES_MAX;
        let mask = slots.len().wrapping_sub(1);
        for row in from..records.count().min(BATCH) {
            let lengths = keys.lengths[row];
            let mut place = mixed(keys.hashes[row], lengths.word(), secret) as usize & mask;
            if !SHORT && !keys.has_lanes(row) {
                return row;
            }
            let mut probes = PROBES_MAX;
            let value = loop {
                let Some(slot) = slots.get(place) else {
                    return row;
                };
                let (head, known) = (Head::of_lane(&slot[0]), slot.last_chunk::<N>());
                if head.is_empty() {
                    if is_full {
                        break UNHEARD;
                    }
                    return row;
                }
                let lanes = std::array::from_fn(|run| &lanes[run][row]);
                if head.lengths == lengths.word()
                    && known.is_some_and(|known| are_equal(known, lanes))
                    && (SHORT
                        || !lengths.is_any_long()
                        || memo.has_same_rest(head.rest, records, row))
                {
                    break head.filled as u32 - 1;
                }
                place = (place + 1) & mask;
                probes -= 1;
                if probes == 0 {
                    return row;
                }
            };
            found[row] = value;
        }
        records.count()
    }
}
