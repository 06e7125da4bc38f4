//! Where the columns that are looked for lie in some records: an array for each edge between two columns, so
//! that what is done to one column of all records is a plain loop.

use std::ops::Range;

/// Records that are looked at together, at most.
pub(crate) const BATCH: usize = 64;

/// The edges of some columns in up to [`BATCH`] records.
#[derive(Debug)]
pub(crate) struct Edges {
    pub(super) columns: usize,
    /// Columns at whose ends there is an edge, as numbers from the record's start, the first 0, in rising order.
    pub(super) first: Vec<usize>,
    /// Others, as numbers from the record's end, the last but one 0, in falling order.
    pub(super) last: Vec<usize>,
    /// The position before each record; its `first` and its `last` delimiters, from left to right; its end.
    pub(super) places: Vec<[u32; BATCH]>,
}

impl Edges {
    /// The edges of each of these columns, in records of so many, one at least.
    pub(crate) fn new(columns: usize, wanted: &[usize]) -> Self {
        let ends = |&column: &usize| [column.checked_sub(1), Some(column)];
        Self::of_ends(columns, wanted.iter().flat_map(ends).flatten().collect())
    }

    /// Both edges of each of these runs of neighbouring columns.
    pub(crate) fn of_runs(columns: usize, runs: &[Range<usize>]) -> Self {
        let ends = |run: &Range<usize>| [run.start.checked_sub(1), Some(run.end - 1)];
        Self::of_ends(columns, runs.iter().flat_map(ends).flatten().collect())
    }

    /// The edges at the ends of these columns. The last column ends with the record.
    fn of_ends(columns: usize, mut first: Vec<usize>) -> Self {
        first.retain(|&end| end + 1 < columns);
        first.sort_unstable();
        first.dedup();
        let after = first.split_off(division(columns, &first));
        let last: Vec<usize> = after.iter().map(|end| columns - 2 - end).collect();
        Self {
            columns,
            places: vec![[0; BATCH]; first.len() + last.len() + 2],
            first,
            last,
        }
    }

    /// Where the edge after a column is kept.
    ///
    /// # Panics
    /// If it is not looked for.
    fn place(&self, column: usize) -> usize {
        if column + 1 == self.columns {
            return self.places.len() - 1;
        }
        let from_end = |number: &usize| (self.columns - 2 - column).cmp(number);
        let place = match self.first.binary_search(&column) {
            Ok(place) => Some(place),
            Err(_) => {
                let place = self.last.binary_search_by(from_end);
                place.ok().map(|place| self.first.len() + place)
            }
        };
        1 + place.expect("a column that is looked for")
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

    /// Where a run's edges are kept.
    ///
    /// # Panics
    /// If they are not looked for.
    pub(crate) fn run(&self, columns: &Range<usize>) -> Run {
        Run {
            before: columns
                .start
                .checked_sub(1)
                .map_or(0, |before| self.place(before)),
            after: self.place(columns.end - 1),
        }
    }

    /// The position before a run of each record, and the position after it.
    pub(crate) fn places_of(&self, run: Run) -> (&[u32; BATCH], &[u32; BATCH]) {
        (&self.places[run.before], &self.places[run.after])
    }

    /// Where a run of one record starts and ends.
    #[inline(always)]
    pub(crate) fn span(&self, run: Run, row: usize) -> (usize, usize) {
        let [before, after] = [run.before, run.after].map(|place| self.places[place][row]);
        (before.wrapping_add(1) as usize, after as usize)
    }

    /// Puts the ends of one record's columns, as far as they were looked for, into `ends`, which has a place for each column; where
    /// the record starts.
    pub(crate) fn put(&self, row: usize, ends: &mut [u32]) -> u32 {
        let from_end = self.last.iter().map(|number| self.columns - 2 - number);
        let columns = self.first.iter().copied().chain(from_end);
        for (column, place) in columns.chain([self.columns - 1]).zip(&self.places[1..]) {
            ends[column] = place[row];
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
        let mut edges = Self::new(columns, &all);
        for (row, &(start, ends)) in records.iter().enumerate() {
            edges.places[0][row] = start.wrapping_sub(1);
            for (place, &end) in edges.places[1..].iter_mut().zip(ends) {
                place[row] = end;
            }
        }
        edges
    }
}

/// A run of neighbouring columns whose edges are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    before: usize,
    after: usize,
}

/// How many of these ends, in rising order, are best looked for from a record's start, and the others from its end: as few delimiters
/// as can be are passed then.
fn division(columns: usize, ends: &[usize]) -> usize {
    let passed = |&first: &usize| {
        let from_start = ends[..first].last().map_or(0, |end| end + 1);
        let from_end = ends.get(first).map_or(0, |end| columns - 1 - end);
        from_start + from_end
    };
    let ways = 0..=ends.len();
    ways.min_by_key(passed).expect("there is one way at least")
}
