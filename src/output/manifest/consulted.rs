//! The manifest's part about the records' columns: which of them the policy had consulted, and what they were taken to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How records were read, by the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsultedEntry {
    /// IANA name of the time zone whose days are counted.
    pub timezone: String,
    /// The only form in which dates are read, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// Column of the day of capture.
    pub captured_at: String,
    /// Column of the notice's version; where there is none, the notice in force on the day of capture is the record's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Column of the form that captured the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Column of withdrawals; where there is none, none was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<String>,
    /// The answer about third parties.
    pub third_parties: AnswerEntry,
    /// The channels that people agreed to.
    pub channels: ChannelsEntry,
}

/// A column that holds an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerEntry {
    /// The column.
    pub column: String,
    /// Values that are a yes.
    pub given: Vec<String>,
    /// Values that are a no.
    pub refused: Vec<String>,
}

/// How a record says which channels the person agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum ChannelsEntry {
    /// In one column.
    List {
        /// The column.
        column: String,
        /// What stands between two channels.
        separator: String,
    },
    /// In a column for each channel.
    Flags {
        /// Each channel's answer.
        flags: BTreeMap<String, AnswerEntry>,
    },
}
