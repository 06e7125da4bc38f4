//! The manifest's part about the tool, the files and the way in which a run was done.

use serde::{Deserialize, Serialize};

use super::{DigestSet, at_most_one};

/// A program and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A rules file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path as it was given.
    pub path: String,
    /// Digest of its bytes.
    #[serde(deserialize_with = "at_most_one")]
    pub digest: DigestSet,
}

/// A suppression list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListEntry {
    /// The policy's name for it.
    pub name: String,
    /// Its path as it was given.
    pub path: String,
    /// Digest of its bytes.
    #[serde(deserialize_with = "at_most_one")]
    pub digest: DigestSet,
    /// The records' columns that are looked for in it, each with its normaliser, as `email:lower`.
    #[serde(rename = "match")]
    pub matched: Vec<String>,
    /// Day of this copy.
    pub as_of: String,
    /// Its age on the day of delivery, in days.
    pub age_days: u64,
    /// How old the policy lets it be on that day.
    pub max_age: String,
    /// Rows read.
    pub rows: u64,
    /// Distinct keys.
    pub keys: u64,
    /// The policy says that it holds no digests, and yet every row looks like one: then nobody is found on it, unless the
    /// records hold digests too.
    pub looks_digested: bool,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputEntry {
    /// Its path as it was given.
    pub path: String,
    /// `none`, `gzip` or `zstd`.
    pub compression: String,
    /// Bytes as they are stored.
    pub bytes: u64,
    /// Bytes of its content.
    pub content_bytes: u64,
    /// Digest of the stored bytes; empty where none was wanted.
    #[serde(deserialize_with = "at_most_one")]
    pub digest: DigestSet,
    /// It is BGZF without the member that tells its end: it may have been cut between two.
    pub lacks_end: bool,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputEntry {
    /// Its name in the output directory.
    pub name: String,
    /// `none`, `gzip` or `zstd`.
    pub compression: String,
    /// Bytes as they are stored.
    pub bytes: u64,
    /// Bytes of its content.
    pub content_bytes: u64,
    /// How the consent of every record in it stands, in the words of the Data Privacy Vocabulary; none where it differs.
    #[serde(
        rename = "dpv:hasConsentStatus",
        skip_serializing_if = "Option::is_none"
    )]
    pub consent_status: Option<String>,
}

/// How the run was done, as far as it matters to the outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsEntry {
    /// The delimiter.
    pub delimiter: String,
    /// Whether withheld records say why.
    pub reasons: bool,
    /// Whether a malformed record would have stopped the run.
    pub strict: bool,
    /// Longest record, in bytes.
    pub max_record_bytes: u64,
    /// The column that identifies a record.
    pub id_column: String,
}
