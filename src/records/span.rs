//! Where a record lies in its region's buffer.

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordSpan {
    /// First byte of the record, in the region's buffer.
    pub start: u32,
    /// Byte after the record, terminator not included.
    pub end: u32,
    /// Byte after the record's terminator: `end`, one or two more.
    pub next: u32,
    /// Number of its fields.
    pub fields: u32,
    /// A quote is where it may not be, or not where it must: see the `malformed` reason.
    pub quote_fault: bool,
}
