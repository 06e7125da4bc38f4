//! What a run counted.

use std::collections::BTreeMap;

use crate::program::Reason;

/// Everything that a run counted. Records in equal records out, bytes in equal bytes out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records read.
    pub records: u64,
    /// Records without a reason against them.
    pub permitted: u64,
    /// All others.
    pub withheld: u64,
    /// Blank lines passed over, before headers too.
    pub blank_lines: u64,
    /// Terminators put between a record that came without one and the next, in both outputs together.
    pub terminators_inserted: u64,
    /// Records whose consent was withdrawn before their capture, which does not count against them.
    pub withdrawals_before_capture: u64,
    /// Bytes.
    pub bytes: ByteCounts,
    /// Each reason that occurred, in order.
    pub reasons: Vec<ReasonCount>,
    /// Records by notice and source, of those that occurred; rows as [`crate::program::Program::row_label`] names them, then one for
    /// malformed records.
    pub rows: BTreeMap<usize, RowCount>,
    /// Records by month of capture.
    pub captured: CaptureCounts,
    /// The first malformed records, in the order of the inputs: at most [`MALFORMED_PLACES_MAX`].
    pub malformed: Vec<MalformedPlace>,
}

/// How many malformed records are named by their place.
pub const MALFORMED_PLACES_MAX: usize = 10;

/// Decompressed bytes of all inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteCounts {
    /// All bytes read.
    pub read: u64,
    /// Byte order marks, headers and their terminators.
    pub headers: u64,
    /// Permitted records as read, terminators included.
    pub permitted: u64,
    /// Withheld records as read, terminators included.
    pub withheld: u64,
    /// Blank lines.
    pub blank: u64,
}

/// How often a reason held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonCount {
    /// The reason.
    pub reason: Reason,
    /// Records that it stood against.
    pub records: u64,
    /// Records that it alone stood against.
    pub only: u64,
}

/// Records of one notice and source, or of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCount {
    /// Permitted records.
    pub permitted: u64,
    /// Withheld records.
    pub withheld: u64,
}

impl RowCount {
    pub(super) fn add(&mut self, other: Self) {
        self.permitted += other.permitted;
        self.withheld += other.withheld;
    }
}

/// Records by month of capture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaptureCounts {
    /// Every month in which a record was captured, the earliest first.
    pub months: Vec<MonthCount>,
    /// Records of which no day of capture could be read, malformed ones among them.
    pub unreadable: RowCount,
}

/// Records captured in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthCount {
    /// The year, 1 to 9999.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: i8,
    /// How many.
    pub records: RowCount,
}

/// Where a malformed record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPlace {
    /// Its input, from 1.
    pub input: usize,
    /// Its number in its input, from 1.
    pub record: u64,
    /// Its offset in its (decompressed) input, in bytes.
    pub offset: u64,
    /// Its bytes, terminator included.
    pub bytes: u64,
}
