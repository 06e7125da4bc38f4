//! What must not stand in a log, as `Debug` shows it: how long it is.

use std::fmt;

/// Bytes of a record, of which `Debug` shows the number.
pub(crate) struct Hidden<'b>(pub(crate) &'b [u8]);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}
