//! Joins reading, deciding and writing: blocks of the inputs go through workers in parallel, and come
//! out in order, a fixed number of them in flight. Output depends on nothing but the bytes and the rules.

mod ahead;
mod balance;
mod block;
mod captures;
mod counts;
mod error;
mod feeder;
mod flushing;
mod gather;
mod options;
mod ordered;
mod out_buffer;
mod outcome;
mod packing;
mod placing;
mod region;
mod run;
mod stored;
mod streams;
mod suffix;
mod supplied;
mod tally;
mod turnstile;
mod worker;

pub use counts::{
    ByteCounts, CaptureCounts, Counts, MALFORMED_PLACES_MAX, MalformedPlace, MonthCount,
    ReasonCount, RowCount,
};
pub use error::{Broken, RunError};
pub use options::{BLOCK_BYTES_MAX, ReasonsColumn, RunOptions, WriteBack, suitable_block_bytes};
pub use outcome::{InputResult, Outcome, OutputResult, OutputResults};
pub use run::{SplitFiles, run};
pub use worker::{Observer, Seen};
