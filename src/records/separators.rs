//! Where the delimiters of a region that end fields stand, a bit a byte: from these, where any field of a
//! record ends. Knows no line ends.

use super::bits::{Bits, below_highest};
use super::edges::{BATCH, Edges};
use super::masks::{Masker, STEP};
use super::span::RecordSpan;

/// Delimiters of this number on are not looked for in two words alone.
const NEAR: usize = 32;

/// The delimiters of a region that end fields.
#[derive(Debug, Default)]
pub(super) struct Separators {
    /// Position of the region's first byte.
    origin: usize,
    /// A word of nothing; a word for each step that was scanned, whose bit `i` is set where a delimiter stands at byte `i`, in little
    /// endian; words of whatever was there before. INVARIANT: no more delimiters of a record are looked for than it has, so none is
    /// found past its end.
    words: Vec<[u8; 8]>,
    /// Steps scanned.
    steps: usize,
}

/// What is looked for in each record from its end, and where it is put down where records lie.
struct FromEnd<'e> {
    /// Columns of a well-formed record.
    columns: usize,
    before: &'e mut [u32; BATCH],
    after: &'e mut [u32; BATCH],
    /// The numbers of delimiters from the end, falling.
    wanted: &'e [usize],
}

impl FromEnd<'_> {
    /// Puts down where a record lies, if it is well-formed.
    #[inline(always)]
    fn take(&mut self, row: usize, record: RecordSpan) -> bool {
        if record.quote_fault || record.fields as usize != self.columns {
            return false;
        }
        self.before[row] = record.start.wrapping_sub(1);
        self.after[row] = record.end;
        true
    }
}

impl Separators {
    /// Starts on the region from `start` to `end`.
    pub(super) fn start(&mut self, start: usize, end: usize) {
        let needed = (end - start).div_ceil(STEP) + 3;
        if self.words.len() < needed {
            self.words.resize(needed, [0; 8]);
        }
        self.origin = start;
        self.steps = 0;
    }

    /// The words of the next steps.
    pub(super) fn next(&mut self, steps: usize) -> &mut [[u8; 8]] {
        &mut self.words[1 + self.steps..][..steps]
    }

    /// Takes the words of so many steps as set.
    pub(super) fn scanned(&mut self, steps: usize) {
        self.steps += steps;
    }

    /// The words of so many last steps.
    pub(super) fn last(&self, steps: usize) -> &[[u8; 8]] {
        &self.words[1 + self.steps - steps..][..steps]
    }

    #[inline(always)]
    fn bits(&self) -> Bits<'_> {
        Bits {
            origin: self.origin,
            bytes: self.words.as_flattened(),
        }
    }

    /// Looks for the edges of the first records, up to one that is malformed, or to as many as there is room for: how many these are.
    #[inline(always)]
    pub(super) fn seek_all(
        &self,
        masker: impl Masker,
        records: &[RecordSpan],
        edges: &mut Edges,
    ) -> usize {
        let Edges {
            columns,
            first,
            last,
            places,
            ..
        } = edges;
        let [before, delimiters @ .., after] = places.as_mut_slice() else {
            return 0;
        };
        let (of_first, of_last) = delimiters.split_at_mut(first.len());
        let mut from_end = FromEnd {
            columns: *columns,
            before,
            after,
            wanted: last,
        };
        // PERF: unrolled for the usual numbers, as a loop's own steps cost as much as what it does.
        let are_all = last
            .first()
            .is_none_or(|&farthest| farthest + 1 == last.len());
        let count = match last.len() {
            1 if are_all => self.seek_last_of_all::<1>(records, &mut from_end, of_last),
            2 if are_all => self.seek_last_of_all::<2>(records, &mut from_end, of_last),
            3 if are_all => self.seek_last_of_all::<3>(records, &mut from_end, of_last),
            4 if are_all => self.seek_last_of_all::<4>(records, &mut from_end, of_last),
            5 if are_all => self.seek_last_of_all::<5>(records, &mut from_end, of_last),
            6 if are_all => self.seek_last_of_all::<6>(records, &mut from_end, of_last),
            _ => self.seek_any_last_of_all(records, &mut from_end, of_last),
        };
        self.seek_first_of_all(masker, &records[..count], first, of_first);
        count
    }

    /// Looks for the delimiters that have these numbers from each record's start.
    ///
    /// PERF: those between are only counted. Against an array for each of them too, `check --threads 1` of records whose consulted
    /// columns stand in their middle, in pairs: 0.42 of the wall time with 2,000 columns, 0.50 with 60,000, 0.85 with 30.
    #[inline(always)]
    fn seek_first_of_all(
        &self,
        masker: impl Masker,
        records: &[RecordSpan],
        wanted: &[usize],
        places: &mut [[u32; BATCH]],
    ) {
        let bits = self.bits();
        let records = &records[..records.len().min(BATCH)];
        let are_near = wanted.last().is_none_or(|&last| last < NEAR);
        // A bit for each record with a delimiter that is farther.
        let mut far = if are_near { 0 } else { !0_u64 };
        if are_near {
            for (&number, place) in wanted.iter().zip(&mut *places) {
                for (row, (record, place)) in records.iter().zip(place).enumerate() {
                    let near = if number == 0 {
                        bits.next_near(record.start)
                    } else {
                        bits.near_after(masker, record.start, number as u32)
                    };
                    *place = near.unwrap_or_default();
                    far |= u64::from(near.is_none()) << row;
                }
            }
        }
        if far == 0 {
            return;
        }
        for (row, record) in records.iter().enumerate() {
            if far >> row & 1 == 0 {
                continue;
            }
            let (mut onwards, mut passed) = (bits.onwards(record.start), 0);
            for (&number, place) in wanted.iter().zip(&mut *places) {
                place[row] = onwards.after(number - passed);
                passed = number + 1;
            }
        }
    }

    /// Takes the first records, up to one that is malformed, and looks for all of so many last delimiters of each: how many these are.
    ///
    /// PERF: most fields that are consulted stand within 64 bytes of the record's start or end. With the memo that copies no keys,
    /// against writing down where every field ends: 0.855 of the CPU time of `check --threads 1`, in pairs.
    #[inline(always)]
    fn seek_last_of_all<const COUNT: usize>(
        &self,
        records: &[RecordSpan],
        from_end: &mut FromEnd<'_>,
        places: &mut [[u32; BATCH]],
    ) -> usize {
        let Some(places) = places.first_chunk_mut::<COUNT>() else {
            return 0;
        };
        let bits = self.bits();
        let count = records.len().min(BATCH);
        for row in 0..count {
            let record = records[row];
            if !from_end.take(row, record) {
                return row;
            }
            let mut end = record.end;
            let mut behind = bits.before(end as usize);
            if (behind.count_ones() as usize) < COUNT {
                self.seek_any_last(end, row, from_end.wanted, places);
                continue;
            }
            for place in (0..COUNT).rev() {
                let distance;
                (distance, behind) = below_highest(behind);
                end -= distance;
                places[place][row] = end;
            }
        }
        count
    }

    /// The same for any last delimiters.
    #[inline(never)]
    fn seek_any_last_of_all(
        &self,
        records: &[RecordSpan],
        from_end: &mut FromEnd<'_>,
        places: &mut [[u32; BATCH]],
    ) -> usize {
        let count = records.len().min(BATCH);
        for (row, &record) in records[..count].iter().enumerate() {
            if !from_end.take(row, record) {
                return row;
            }
            if !from_end.wanted.is_empty() {
                self.seek_any_last(record.end, row, from_end.wanted, places);
            }
        }
        count
    }

    #[inline(never)]
    fn seek_any_last(&self, end: u32, row: usize, wanted: &[usize], places: &mut [[u32; BATCH]]) {
        let mut back = self.bits().back(end);
        let mut passed = 0;
        for (&number, place) in wanted.iter().zip(places).rev() {
            place[row] = back.after(number - passed);
            passed = number + 1;
        }
    }

    /// Where every field of a record ends.
    pub(super) fn all_ends(&self, record: RecordSpan) -> Vec<u32> {
        let mut onwards = self.bits().onwards(record.start);
        let ends = (1..record.fields).map(|_| onwards.after(0));
        ends.chain([record.end]).collect()
    }
}

#[cfg(test)]
mod tests;
