//! Where the delimiters of a region that end fields stand, a bit a byte, and how many stand before each
//! 64: from these, where any field of a record ends. Knows no line ends.

use super::edges::{BATCH, Edges};
use super::masks::STEP;
use super::tokens::RecordSpan;

/// The delimiters of a region that end fields.
#[derive(Debug, Default)]
pub(super) struct Separators {
    /// Position of the region's first byte.
    origin: usize,
    /// A word of nothing; a word for each step that was scanned; a word of nothing.
    words: Vec<Word>,
    /// Steps scanned.
    steps: usize,
    /// Delimiters in them.
    count: u32,
}

/// 64 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    /// Bit `i` is set where a delimiter stands at byte `i`.
    bits: u64,
    /// Delimiters of the region before these bytes.
    rank: u32,
}

impl Word {
    pub(super) fn new(bits: u64, rank: u32) -> Self {
        Self { bits, rank }
    }
}

/// Which fields' ends are looked for in records of so many fields: all of some first fields, and all of some last ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeekEnds {
    pub(super) first: usize,
    last: usize,
}

/// Both ends of each of these columns, in rising order: the end of the field before it, and its own. The last field ends with the record.
pub(super) fn ends_of_columns(columns: usize, wanted: &[usize]) -> Vec<usize> {
    let mut ends: Vec<usize> = wanted
        .iter()
        .flat_map(|&column| [column.checked_sub(1), Some(column)])
        .flatten()
        .filter(|&end| end + 1 < columns)
        .collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

impl SeekEnds {
    /// What has both ends of each of these columns, of so many in all: the end of the field before it, and its own.
    pub(crate) fn of_columns(columns: usize, wanted: &[usize]) -> Self {
        let ends = ends_of_columns(columns, wanted);
        let delimiters = columns.saturating_sub(1);
        // Of all ways to divide the ends into first and last ones, that which looks for the fewest.
        (0..=ends.len())
            .map(|split| Self {
                first: ends[..split].last().map_or(0, |end| end + 1),
                last: ends[split..].first().map_or(0, |end| delimiters - end),
            })
            .min_by_key(|seek| seek.first + seek.last)
            .expect("there is one way at least")
    }
}

impl Separators {
    /// Starts on the region from `start` to `end`.
    pub(super) fn start(&mut self, start: usize, end: usize) {
        let needed = (end - start).div_ceil(STEP) + 3;
        if self.words.len() < needed {
            self.words.resize(needed, Word::default());
        }
        self.origin = start;
        self.steps = 0;
        self.count = 0;
        self.words[1] = Word::default();
    }

    /// Places for the words of the next steps, and how many delimiters stand before them.
    pub(super) fn next_words(&mut self, steps: usize) -> (&mut [Word], u32) {
        (&mut self.words[1 + self.steps..][..steps], self.count)
    }

    /// Takes the words of so many steps as set; so many delimiters stand before the next.
    pub(super) fn scanned(&mut self, steps: usize, count: u32) {
        self.steps += steps;
        self.count = count;
        self.words[1 + self.steps] = Word {
            bits: 0,
            rank: count,
        };
    }

    /// How many delimiters stand before a position, which is no later than the end of the last step.
    #[inline(always)]
    pub(super) fn rank(&self, position: u32) -> u32 {
        let at = position as usize - self.origin;
        let word = self.words[1 + at / STEP];
        word.rank + (word.bits & ((1 << (at % STEP)) - 1)).count_ones()
    }

    /// The 64 bytes that start at a position from `origin - 64` on: bit 0 is that byte.
    #[inline(always)]
    fn bits_from(&self, at: usize) -> u64 {
        let shift = at % STEP;
        let index = at / STEP;
        let [low, high] = self.words[index..index + 2] else {
            unreachable!("two words");
        };
        low.bits >> shift | high.bits << 1 << (STEP - 1 - shift)
    }

    /// Looks for the edges of the first records, up to one that is malformed, or to as many as there is room for: how many these are.
    #[inline(always)]
    pub(super) fn seek_all(&self, records: &[RecordSpan], edges: &mut Edges) -> usize {
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
        let mut count = 0;
        for ((record, before), after) in records.iter().zip(before).zip(after) {
            if record.quote_fault || record.fields as usize != *columns {
                break;
            }
            *before = record.start.wrapping_sub(1);
            *after = record.end;
            count += 1;
        }
        let records = &records[..count];
        let (of_first, of_last) = delimiters.split_at_mut(first.len());
        self.seek_first_of_all(records, first, of_first);
        // PERF: unrolled for the usual numbers, as a loop's own steps cost as much as what it does.
        let are_all = last
            .first()
            .is_none_or(|&farthest| farthest + 1 == last.len());
        match last.len() {
            1 if are_all => self.seek_last_of_all::<1>(records, last, of_last),
            2 if are_all => self.seek_last_of_all::<2>(records, last, of_last),
            3 if are_all => self.seek_last_of_all::<3>(records, last, of_last),
            4 if are_all => self.seek_last_of_all::<4>(records, last, of_last),
            5 if are_all => self.seek_last_of_all::<5>(records, last, of_last),
            6 if are_all => self.seek_last_of_all::<6>(records, last, of_last),
            _ => self.seek_any_last_of_all(records, last, of_last),
        }
        count
    }

    /// Looks for the delimiters that have these numbers from each record's start.
    ///
    /// PERF: those between are only counted. Against an array for each of them too, `check --threads 1` of records whose consulted
    /// columns stand in their middle, in pairs: 0.42 of the wall time with 2,000 columns, 0.50 with 60,000, 0.85 with 30.
    #[inline(always)]
    fn seek_first_of_all(
        &self,
        records: &[RecordSpan],
        wanted: &[usize],
        places: &mut [[u32; BATCH]],
    ) {
        if wanted.is_empty() {
            return;
        }
        for row in 0..records.len().min(BATCH) {
            let mut from = records[row].start as usize;
            let mut bits = self.bits_from(from - self.origin + STEP);
            let mut passed = 0;
            for (&number, place) in wanted.iter().zip(&mut *places) {
                let mut left = number - passed;
                while left >= bits.count_ones() as usize {
                    left -= bits.count_ones() as usize;
                    from += STEP;
                    bits = self.bits_from(from - self.origin + STEP);
                }
                for _ in 0..left {
                    bits &= bits - 1;
                }
                place[row] = from as u32 + bits.trailing_zeros();
                bits &= bits - 1;
                passed = number + 1;
            }
        }
    }

    /// Looks for all of so many last delimiters of each record.
    ///
    /// PERF: most fields that are consulted stand within 64 bytes of the record's start or end. With the memo that copies no keys,
    /// against writing down where every field ends: 0.855 of the CPU time of `check --threads 1`, in pairs.
    #[inline(always)]
    fn seek_last_of_all<const COUNT: usize>(
        &self,
        records: &[RecordSpan],
        wanted: &[usize],
        places: &mut [[u32; BATCH]],
    ) {
        let Some(places) = places.first_chunk_mut::<COUNT>() else {
            return;
        };
        for row in 0..records.len().min(BATCH) {
            let mut end = records[row].end;
            let mut bits = self.bits_from(end as usize - self.origin);
            if (bits.count_ones() as usize) < COUNT {
                self.seek_any_last(end, row, wanted, places);
                continue;
            }
            for place in (0..COUNT).rev() {
                (end, bits) = before_highest(bits, end);
                places[place][row] = end;
            }
        }
    }

    #[inline(never)]
    fn seek_any_last_of_all(
        &self,
        records: &[RecordSpan],
        wanted: &[usize],
        places: &mut [[u32; BATCH]],
    ) {
        if wanted.is_empty() {
            return;
        }
        for (row, record) in records.iter().enumerate() {
            self.seek_any_last(record.end, row, wanted, places);
        }
    }

    /// Looks for the delimiters that have these numbers from a record's end, in falling order.
    #[inline(never)]
    fn seek_any_last(
        &self,
        mut end: u32,
        row: usize,
        wanted: &[usize],
        places: &mut [[u32; BATCH]],
    ) {
        let mut to = end as usize;
        let mut bits = self.bits_from(to - self.origin);
        let mut passed = 0;
        for (&number, place) in wanted.iter().zip(places).rev() {
            let mut left = number - passed;
            while left >= bits.count_ones() as usize {
                left -= bits.count_ones() as usize;
                to -= STEP;
                end = to as u32;
                bits = self.bits_from(to - self.origin);
            }
            for _ in 0..=left {
                (end, bits) = before_highest(bits, end);
            }
            place[row] = end;
            passed = number + 1;
        }
    }

    /// Puts the ends that are looked for into `ends`, one place a field. The record has so many fields.
    #[inline(always)]
    pub(super) fn seek(&self, start: u32, end: u32, seek: &SeekEnds, ends: &mut [u32]) {
        let Some((record_end, delimiters)) = ends.split_last_mut() else {
            return;
        };
        *record_end = end;
        self.seek_first(start, delimiters[..seek.first].iter_mut());
        let from = delimiters.len() - seek.last;
        self.seek_last(end, delimiters[from..].iter_mut().rev());
    }

    /// The first delimiters from a position on, of which there are enough.
    #[inline(always)]
    fn seek_first<'p>(&self, start: u32, places: impl Iterator<Item = &'p mut u32>) {
        let mut from = start as usize;
        let mut bits = self.bits_from(from - self.origin + STEP);
        for place in places {
            while bits == 0 {
                from += STEP;
                bits = self.bits_from(from - self.origin + STEP);
            }
            *place = from as u32 + bits.trailing_zeros();
            bits &= bits - 1;
        }
    }

    /// The last delimiters before a position, from there back, of which there are enough.
    #[inline(always)]
    fn seek_last<'p>(&self, end: u32, places: impl Iterator<Item = &'p mut u32>) {
        let mut to = end as usize;
        let mut bits = self.bits_from(to - self.origin);
        let mut end = end;
        for place in places {
            while bits == 0 {
                to -= STEP;
                end = to as u32;
                bits = self.bits_from(to - self.origin);
            }
            (end, bits) = before_highest(bits, end);
            *place = end;
        }
    }

    /// Where every field of a record ends.
    pub(super) fn all_ends(&self, start: u32, end: u32) -> Vec<u32> {
        let delimiters = self.rank(end) - self.rank(start);
        let mut ends = vec![end; delimiters as usize + 1];
        self.seek_first(start, ends[..delimiters as usize].iter_mut());
        ends
    }
}

/// The place of the highest bit, and the bits below it, as the bits before that place.
#[inline(always)]
fn before_highest(bits: u64, end: u32) -> (u32, u64) {
    let above = bits.leading_zeros();
    (end - 1 - above, bits << (above % 64) << 1)
}

#[cfg(test)]
mod tests;
