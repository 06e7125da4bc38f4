//! Where the columns that are looked for lie in some records: an array for each edge between two columns, so
//! that what is done to one column of all records is a plain loop.

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
        let mut first = ends_of_columns(columns, wanted);
        let from_end = SeekEnds::of_columns(columns, wanted).first;
        let after = first.split_off(first.partition_point(|&end| end < from_end));
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

/// Which fields' ends are looked for in records of so many fields: all of some first fields, and all of some last ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeekEnds {
    pub(super) first: usize,
    pub(super) last: usize,
}

/// Both ends of each of these columns, in rising order: the end of the field before it, and its own. The last field ends with the record.
fn ends_of_columns(columns: usize, wanted: &[usize]) -> Vec<usize> {
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
