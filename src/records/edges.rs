//! Where the columns that are looked for lie in some records: an array for each edge between two columns, so
//! that what is done to one column of all records is a plain loop.

use super::separators::SeekEnds;

/// Records that are looked at together, at most.
pub(crate) const BATCH: usize = 64;

/// The edges of some columns in up to [`BATCH`] records.
#[derive(Debug)]
pub(crate) struct Edges {
    pub(super) columns: usize,
    pub(super) seek: SeekEnds,
    /// The position before each record; the first and the last delimiters that [`SeekEnds`] tells, from left to right; the record's
    /// end.
    pub(super) places: Vec<[u32; BATCH]>,
}

impl Edges {
    /// For records of so many columns, one at least.
    pub(crate) fn new(columns: usize, seek: SeekEnds) -> Self {
        let places = vec![[0; BATCH]; seek.first + seek.last + 2];
        Self {
            columns,
            seek,
            places,
        }
    }

    /// Where the edge after a column is kept.
    fn place(&self, column: usize) -> usize {
        if column < self.seek.first {
            return 1 + column;
        }
        // From the right: the record's end is the last.
        let from_right = self.columns - 1 - column;
        assert!(from_right <= self.seek.last, "a column that is looked for");
        self.places.len() - 1 - from_right
    }

    /// The position before the first byte of a column that is looked for, of each record.
    #[inline(always)]
    pub(crate) fn before(&self, column: usize) -> &[u32; BATCH] {
        match column.checked_sub(1) {
            None => &self.places[0],
            Some(before) => self.after(before),
        }
    }

    /// The position after the last byte of a column that is looked for, of each record.
    #[inline(always)]
    pub(crate) fn after(&self, column: usize) -> &[u32; BATCH] {
        &self.places[self.place(column)]
    }

    /// Puts the ends of one record's columns, as far as they were looked for, into `ends`, which has a place for each column; where
    /// the record starts.
    pub(crate) fn put(&self, row: usize, ends: &mut [u32]) -> u32 {
        let (first, last) = self.places[1..].split_at(self.seek.first);
        for (end, place) in ends.iter_mut().zip(first) {
            *end = place[row];
        }
        for (end, place) in ends.iter_mut().rev().zip(last.iter().rev()) {
            *end = place[row];
        }
        self.places[0][row].wrapping_add(1)
    }
}

#[cfg(test)]
impl Edges {
    /// Of records of as many columns, all of which were looked for: where each starts, and where its columns end.
    pub(crate) fn of_all(records: &[(u32, &[u32])]) -> Self {
        let columns = records.first().map_or(0, |(_, ends)| ends.len());
        let all: Vec<usize> = (0..columns).collect();
        let mut edges = Self::new(columns, SeekEnds::of_columns(columns, &all));
        for (row, &(start, ends)) in records.iter().enumerate() {
            edges.places[0][row] = start.wrapping_sub(1);
            for (place, &end) in edges.places[1..].iter_mut().zip(ends) {
                place[row] = end;
            }
        }
        edges
    }
}
