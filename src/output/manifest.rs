//! The manifest: an in-toto Statement v1 about the two outputs. No record's content ever stands in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The type of every in-toto Statement of version 1 (in-toto attestation framework, spec/v1/statement.md).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of this tool's predicate; a change that a reader must know of changes its version.
pub const PREDICATE_TYPE: &str = "https://withhold.dev/attestation/split/v1";

/// Digests of one thing, by algorithm, in hexadecimal (in-toto DigestSet).
pub type DigestSet = BTreeMap<String, String>;

/// An in-toto Statement about a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// The outputs.
    pub subject: Vec<Subject>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said of them.
    pub predicate: Predicate,
}

/// An output and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name in the output directory.
    pub name: String,
    /// Its digest; empty where none was wanted.
    pub digest: DigestSet,
}

/// What is said of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The outputs' lengths, in the order of the subjects.
    pub outputs: Vec<OutputEntry>,
    /// The manifest of the run before, where there is a chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<FileEntry>,
    /// BLAKE3 of the manifest's own bytes, in lower-case hexadecimal, taken with 64 zeros in this place: see [`Manifest::to_text`].
    #[serde(rename = "self")]
    pub own_digest: String,
}

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
    pub digest: DigestSet,
}

/// The agreement, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementEntry {
    /// Its path as it was given.
    pub path: String,
    /// Digest of its bytes.
    pub digest: DigestSet,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyEntry {
    /// Its name.
    pub name: String,
    /// Its sector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// An intermediary's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
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
    pub digest: DigestSet,
    /// Day of this copy.
    pub as_of: String,
    /// Rows read.
    pub rows: u64,
    /// Distinct keys.
    pub keys: u64,
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
    pub digest: DigestSet,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputEntry {
    /// Its name in the output directory.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
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

/// A digest as a set of one, or of none.
pub fn digest_set(digest: Option<&Digest>) -> DigestSet {
    digest
        .map(|digest| (digest.algorithm.to_owned(), digest.hex()))
        .into_iter()
        .collect()
}

/// What stands in front of the manifest's digest of itself. A quote within a string is escaped, so it stands there alone.
const OWN_DIGEST_KEY: &str = "\n    \"self\": \"";

/// Hexadecimal digits of the manifest's digest of itself.
const OWN_DIGEST_DIGITS: usize = 64;

/// Why a text is no manifest. Nothing of the text is shown: a supply may have been named by mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is not a manifest of this form.
    #[error("it is no manifest that this version can read: see line {line}, column {column}")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is another kind of statement.
    #[error("it is another statement than `{PREDICATE_TYPE}`")]
    OtherType,
    /// Its digest of itself stands elsewhere than in the predicate's last line.
    #[error("its digest of itself, `self`, is not where a manifest has it")]
    OwnDigestMissing,
}

impl Manifest {
    /// The manifest as it is written: indented by two spaces, with a final line feed and its digest of itself, whatever
    /// `own_digest` holds.
    ///
    /// That digest is BLAKE3 of exactly these bytes, but with 64 zeros (`0`) where its 64 hexadecimal digits stand.
    pub fn to_text(&self) -> String {
        let mut manifest = self.clone();
        manifest.predicate.own_digest = "0".repeat(OWN_DIGEST_DIGITS);
        let mut text = serde_json::to_string_pretty(&manifest).expect("a manifest is plain data");
        text.push('\n');
        let digest = blake3::hash(text.as_bytes()).to_hex();
        let at = own_digest_at(&text).expect("a manifest has its digest of itself");
        text.replace_range(at..at + OWN_DIGEST_DIGITS, &digest);
        text
    }

    /// Reads a manifest strictly: every key is known, none is missing, and nothing follows.
    ///
    /// # Errors
    /// If it is not of this form; whether its digest of itself is right is told by [`own_digest_of`].
    pub fn from_text(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| ManifestError::Form {
            line: error.line(),
            column: error.column(),
        })?;
        if manifest.statement_type != STATEMENT_TYPE || manifest.predicate_type != PREDICATE_TYPE {
            return Err(ManifestError::OtherType);
        }
        match own_digest_at(text) {
            Some(at)
                if text.get(at..at + OWN_DIGEST_DIGITS) == Some(&manifest.predicate.own_digest) =>
            {
                Ok(manifest)
            }
            _ => Err(ManifestError::OwnDigestMissing),
        }
    }
}

/// What the digest of itself of a manifest with this text has to be; `None` if it has none.
pub fn own_digest_of(text: &str) -> Option<String> {
    let at = own_digest_at(text)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&text.as_bytes()[..at]);
    hasher.update("0".repeat(OWN_DIGEST_DIGITS).as_bytes());
    hasher.update(text.get(at + OWN_DIGEST_DIGITS..)?.as_bytes());
    Some(hasher.finalize().to_hex().to_string())
}

/// Where the digits of the digest of itself start.
fn own_digest_at(text: &str) -> Option<usize> {
    text.find(OWN_DIGEST_KEY)
        .map(|at| at + OWN_DIGEST_KEY.len())
}
