//! From bytes to records: where each record and each field of a delimited text begins and ends,
//! exactly as the `csv` crate's reader finds them. Knows nothing of rules or verdicts.

mod bits;
mod collect;
mod dialect;
mod edges;
mod frame;
mod masks;
mod misread;
pub mod naive;
mod preamble;
mod quote_fault;
mod quoting;
mod separators;
mod span;
mod tokens;
mod walk;
mod window;

pub use dialect::{Delimiter, DelimiterError};
pub(crate) use edges::{BATCH, Edges, Run};
pub use frame::{BlockSummary, EdgeState};
pub use masks::Cpu;
pub(crate) use masks::{Kernel, Masker, Portable, Wide};
pub(crate) use misread::{Misread, is_workbook};
pub use preamble::{Header, Preamble, PreambleError};
pub use quote_fault::QuoteFault;
pub use span::RecordSpan;
pub use tokens::Tokens;
pub use walk::{Walk, WalkError, WalkedRecord};

/// Bytes that must follow a region in its buffer, whatever they are: short texts are read and copied in steps that may end
/// past them.
pub const PADDING: usize = 256;
