//! What a run comes to: what was read, what was written, and the counts.

use super::counts::Counts;
use crate::digest::Digest;

/// What was read of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputResult {
    /// Bytes after decompression.
    pub content_bytes: u64,
    /// Bytes as they are stored.
    pub stored_bytes: u64,
    /// Digest of the stored bytes.
    pub digest: Option<Digest>,
}

/// What was written of one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputResult {
    /// Bytes before compression.
    pub content_bytes: u64,
    /// Bytes as they are stored.
    pub stored_bytes: u64,
    /// Digest of the stored bytes.
    pub digest: Option<Digest>,
}

/// Both outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputResults {
    /// The permitted records.
    pub permitted: OutputResult,
    /// The withheld records.
    pub withheld: OutputResult,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything counted.
    pub counts: Counts,
    /// The inputs, in order.
    pub inputs: Vec<InputResult>,
    /// The outputs, if any were written.
    pub outputs: Option<OutputResults>,
}
