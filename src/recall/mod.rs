//! The identifiers of two runs set against each other in bounded memory: which were permitted then and are withheld
//! or gone now. Identifiers are compared whole; knows no rules and no files but its own, which have no name.

mod comparison;
mod entry;
mod sorter;

pub use comparison::{Comparison, RecallError, Recalled, Totals};
