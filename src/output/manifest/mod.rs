//! The manifest: an in-toto Statement v1 about the two outputs. No record's content ever stands in it.

mod agreement;
mod consulted;
mod context;
mod counts;
mod disclosures;
mod sources;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::digest::Digest;

pub use agreement::{
    AgreementEntry, CategoryEntry, ControllerEntry, PartyEntry, PartyKind, TerritoryEntry,
};
pub use consulted::{AnswerEntry, ChannelsEntry, ConsultedEntry};
pub use context::{CONSENT_GIVEN, Context, consent_status, purpose_term};
pub use counts::{
    ByteEntry, CapturedEntry, CountsEntry, MalformedEntry, MonthEntry, NoticeEntry, ReasonEntry,
    VerdictEntry,
};
pub use disclosures::{DisclosureEntry, UndisclosedEntry};
pub use sources::{FileEntry, InputEntry, ListEntry, OptionsEntry, OutputEntry, ToolEntry};

/// The type of every in-toto Statement of version 1 (in-toto attestation framework, spec/v1/statement.md).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of this tool's predicate; a change that a reader must know of changes its version.
pub const PREDICATE_TYPE: &str = "https://withhold.dev/attestation/split/v1";

/// The digest of one thing, by its algorithm, in hexadecimal: an in-toto DigestSet, of one digest or none.
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

/// What kind of statement a text is, whatever else it holds.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "_type")]
    statement_type: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

/// An output and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name in the output directory.
    pub name: String,
    /// Its digest; empty where none was wanted.
    #[serde(deserialize_with = "at_most_one")]
    pub digest: DigestSet,
}

/// What is said of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// What its keys mean as linked data.
    #[serde(rename = "@context")]
    pub context: Context,
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
    /// Terms that have to be said: the built-in ones, and those that the policy adds.
    pub explicit_terms: Vec<String>,
    /// How records were read.
    pub consulted: ConsultedEntry,
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
    /// What each notice of the policy says, set against the agreement; in the policy's order.
    pub disclosures: Vec<DisclosureEntry>,
    /// Records by month of capture.
    pub captured: CapturedEntry,
    /// The first malformed records, in the order of the inputs.
    pub malformed: Vec<MalformedEntry>,
    /// The outputs' lengths, in the order of the subjects.
    pub outputs: Vec<OutputEntry>,
    /// The manifest of the run before, where there is a chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<FileEntry>,
    /// BLAKE3 of the manifest's own bytes, in lower-case hexadecimal, taken with 64 zeros in this place: see [`Manifest::to_text`].
    #[serde(rename = "self")]
    pub own_digest: String,
}

/// Reads a set of one digest or none. More are never written, and of two that differ it would not be said which one counts.
fn at_most_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DigestSet, D::Error> {
    struct AtMostOne;

    impl<'de> Visitor<'de> for AtMostOne {
        type Value = DigestSet;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("one digest or none")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DigestSet, A::Error> {
            let digest = map.next_entry::<String, String>()?;
            if map.next_key::<String>()?.is_some() {
                return Err(A::Error::custom("one digest or none is expected"));
            }
            Ok(digest.into_iter().collect())
        }
    }

    deserializer.deserialize_map(AtMostOne)
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
        // Of another kind of statement nothing else is known, so what it is comes first.
        let is_other = serde_json::from_str::<Kind>(text).is_ok_and(|kind| {
            kind.statement_type != STATEMENT_TYPE || kind.predicate_type != PREDICATE_TYPE
        });
        if is_other {
            return Err(ManifestError::OtherType);
        }
        let manifest: Self = serde_json::from_str(text).map_err(|error| ManifestError::Form {
            line: error.line(),
            column: error.column(),
        })?;
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
