//! Which columns of a permitted record are supplied: all, or those of the agreed categories.

use std::ops::Range;

use super::fields::neighbours;

/// What of a permitted record is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// The record as it came.
    Whole,
    /// Runs of neighbouring columns, in header order; never empty.
    Columns(Vec<Range<usize>>),
}

impl Projection {
    /// The columns at these indices, given in rising order without repeats.
    pub(super) fn of_columns(indices: &[usize]) -> Self {
        Self::Columns(neighbours(indices))
    }
}
