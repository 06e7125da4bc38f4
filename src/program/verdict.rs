//! What was decided about a record. Decides nothing.

use super::reasons::Reasons;
use crate::rules::CivilDay;

/// What was decided about a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Every reason that stands against it; none permits it.
    pub reasons: Reasons,
    /// Row of the record in the counts by notice and source; `None` for a malformed one.
    pub row: Option<usize>,
    /// The day of capture, as far as it can be read; `None` for a malformed record.
    pub captured: Option<CivilDay>,
    /// Consent was withdrawn before this capture, which does not count against it.
    pub withdrawn_before_capture: bool,
}
