//! What a run counted.

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
    /// Records by notice and source; rows as [`crate::program::Program::row_label`] names them, then one for malformed records.
    pub rows: Vec<RowCount>,
}

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

/// Records of one notice and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCount {
    /// Permitted records.
    pub permitted: u64,
    /// Withheld records.
    pub withheld: u64,
}
