//! The manifest: an in-toto Statement v1 about the two outputs. No record's content ever stands in it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;

/// The type of every in-toto Statement of version 1 (in-toto attestation framework, spec/v1/statement.md).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of this tool's predicate; a change that a reader must know of changes its version.
pub const PREDICATE_TYPE: &str = "https://withhold.dev/attestation/split/v1";

/// Digests of one thing, by algorithm, in hexadecimal (in-toto DigestSet).
pub type DigestSet = BTreeMap<&'static str, String>;

/// An in-toto Statement about a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: &'static str,
    /// The outputs.
    pub subject: Vec<Subject>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: &'static str,
    /// What is said of them.
    pub predicate: Predicate,
}

/// An output and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its name in the output directory.
    pub name: &'static str,
    /// Its digest; empty where none was wanted.
    pub digest: DigestSet,
}

/// What is said of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Predicate {
    /// What made it.
    pub tool: ToolEntry,
    /// When the run started (RFC 3339, UTC).
    pub started: String,
    /// When its outputs were complete.
    pub finished: String,
    /// The policy.
    pub policy: FileEntry,
    /// The agreement.
    pub agreement: AgreementEntry,
    /// The suppression lists, in the policy's order.
    pub lists: Vec<ListEntry>,
    /// The inputs, in order.
    pub inputs: Vec<InputEntry>,
    /// How the run was done.
    pub options: OptionsEntry,
    /// What was counted.
    pub counts: CountsEntry,
    /// Records by notice and source.
    pub notices: Vec<NoticeEntry>,
}

/// A program and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolEntry {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A rules file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Its path as it was given.
    pub path: String,
    /// Digest of its bytes.
    pub digest: DigestSet,
}

/// The agreement, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementEntry {
    /// The file.
    #[serde(flatten)]
    pub file: FileEntry,
    /// The agreement's identifier.
    pub id: String,
    /// Who supplies.
    pub supplier: String,
    /// The parties that were tested: each client, and an intermediary who is a controller.
    pub recipients: Vec<PartyEntry>,
    /// Who stands between, and as what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intermediary: Option<PartyEntry>,
    /// What for.
    pub purpose: String,
    /// By which channels.
    pub channels: Vec<String>,
    /// Which data categories.
    pub data: Vec<String>,
    /// The day of delivery.
    pub delivery: String,
    /// The day of delivery lies before the day of the run, in the policy's time zone.
    pub delivery_before_run: bool,
    /// When the client must have deleted the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_by: Option<String>,
    /// The file with the territory's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub territory: Option<FileEntry>,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyEntry {
    /// Its name.
    pub name: String,
    /// Its sector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// An intermediary's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
}

/// A suppression list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListEntry {
    /// The policy's name for it.
    pub name: String,
    /// The file.
    #[serde(flatten)]
    pub file: FileEntry,
    /// Day of this copy.
    pub as_of: String,
    /// Rows read.
    pub rows: u64,
    /// Distinct keys.
    pub keys: u64,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputEntry {
    /// Its path as it was given.
    pub path: String,
    /// `none`, `gzip` or `zstd`.
    pub compression: &'static str,
    /// Bytes as they are stored.
    pub bytes: u64,
    /// Bytes of its content.
    pub content_bytes: u64,
    /// Digest of the stored bytes; empty where none was wanted.
    pub digest: DigestSet,
}

/// How the run was done, as far as it matters to the outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionsEntry {
    /// The delimiter.
    pub delimiter: String,
    /// Whether withheld records say why.
    pub reasons: bool,
    /// Whether a malformed record would have stopped the run.
    pub strict: bool,
    /// Longest record, in bytes.
    pub max_record_bytes: u64,
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// The parts of the inputs' content, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonEntry {
    /// Its code.
    pub reason: String,
    /// Records that it stood against.
    pub records: u64,
    /// Records that it alone stood against.
    pub only: u64,
}

/// Records of one notice and source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeEntry {
    /// The notice's version; `null` where none was found.
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

/// A digest as a set of one, or of none.
pub fn digest_set(digest: Option<&Digest>) -> DigestSet {
    digest
        .map(|digest| (digest.algorithm, digest.hex()))
        .into_iter()
        .collect()
}
