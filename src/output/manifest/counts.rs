//! The manifest's part about what was counted, and where.

use serde::{Deserialize, Serialize};

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountsEntry {
    /// Records read.
    pub records: u64,
    /// Records permitted.
    pub permitted: u64,
    /// Records withheld.
    pub withheld: u64,
    /// Blank lines passed over.
    pub blank_lines: u64,
    /// Terminators put between a record that came without one and the next.
    pub terminators_inserted: u64,
    /// Withdrawals before capture, which do not count against a record.
    pub withdrawals_before_capture: u64,
    /// Bytes of the inputs' content.
    pub bytes: u64,
    /// What these bytes are; they add up to `bytes`.
    pub bytes_of: ByteEntry,
    /// Every reason that occurred, in order.
    pub reasons: Vec<ReasonEntry>,
}

impl CountsEntry {
    /// Bytes of a delimiter and the name of the reasons' column.
    pub const REASONS_COLUMN_BYTES: usize = 17;

    /// Most bytes that reasons add to a record, every code that was counted, each after a delimiter or a space; or to the header,
    /// their column's name.
    pub fn reasons_bytes_max(&self) -> usize {
        let codes = self.reasons.iter().map(|entry| entry.reason.len() + 1);
        codes.sum::<usize>().max(Self::REASONS_COLUMN_BYTES)
    }
}

/// The parts of the inputs' content, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByteEntry {
    /// Byte order marks, headers and their terminators.
    pub headers: u64,
    /// Permitted records as read.
    pub permitted: u64,
    /// Withheld records as read.
    pub withheld: u64,
    /// Blank lines.
    pub blank: u64,
}

/// How often a reason held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonEntry {
    /// Its code.
    pub reason: String,
    /// Records that it stood against.
    pub records: u64,
    /// Records that it alone stood against.
    pub only: u64,
    /// What it says of consent, in the words of the Data Privacy Vocabulary; none where it says nothing: see
    /// [`super::consent_status`].
    #[serde(
        rename = "dpv:hasConsentStatus",
        skip_serializing_if = "Option::is_none"
    )]
    pub consent_status: Option<String>,
}

/// Records of one notice and source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeEntry {
    /// The notice's version; `null` where none was found.
    #[serde(deserialize_with = "Option::deserialize")]
    pub notice: Option<String>,
    /// The source as the policy lists it, else `other`.
    pub source: String,
    /// Whether the policy lists that source: one may be named `other`.
    pub listed: bool,
    /// Records permitted.
    pub permitted: u64,
    /// Records withheld.
    pub withheld: u64,
}

/// Records by month of capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapturedEntry {
    /// Every month in which a record was captured, the earliest first.
    pub months: Vec<MonthEntry>,
    /// Records of which no day of capture could be read, malformed ones among them.
    pub unreadable: VerdictEntry,
}

/// Records captured in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthEntry {
    /// `YYYY-MM`.
    pub month: String,
    /// Records permitted.
    pub permitted: u64,
    /// Records withheld.
    pub withheld: u64,
}

/// Records by verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictEntry {
    /// Records permitted.
    pub permitted: u64,
    /// Records withheld.
    pub withheld: u64,
}

/// Where a malformed record lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MalformedEntry {
    /// Its input, from 1, in the order of the inputs.
    pub input: u64,
    /// Its number in its input, from 1.
    pub record: u64,
    /// Its offset in its input's content, in bytes.
    pub offset: u64,
    /// Its bytes, line end included.
    pub bytes: u64,
}
