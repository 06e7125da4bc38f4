//! The manifest's part about what was asked: the agreement, its parties and terms.

use serde::{Deserialize, Serialize};

use super::{DigestSet, FileEntry, at_most_one};

/// The agreement, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementEntry {
    /// What it is to the Data Privacy Vocabulary: [`Self::KIND`].
    #[serde(rename = "@type")]
    pub kind: String,
    /// Its path as it was given.
    pub path: String,
    /// Digest of its bytes.
    #[serde(deserialize_with = "at_most_one")]
    pub digest: DigestSet,
    /// The agreement's identifier.
    pub id: String,
    /// Who supplies.
    pub supplier: String,
    /// The supplier again, as the Data Privacy Vocabulary says it.
    #[serde(rename = "dpv:hasDataController")]
    pub controller: ControllerEntry,
    /// The parties that were tested: each client, and an intermediary who is a controller.
    pub recipients: Vec<PartyEntry>,
    /// Who stands between, and as what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intermediary: Option<PartyEntry>,
    /// What for.
    pub purpose: String,
    /// The purpose of the Data Privacy Vocabulary that covers it most closely: see [`super::purpose_term`].
    #[serde(rename = "dpv:hasPurpose")]
    pub purpose_term: String,
    /// A party's sector is explicit in a way that the purpose is not, which stands against every record.
    pub purpose_sector_conflict: bool,
    /// By which channels.
    pub channels: Vec<String>,
    /// Which data categories.
    pub data: Vec<CategoryEntry>,
    /// The day of delivery.
    pub delivery: String,
    /// The day of delivery lies before the day of the run, in the policy's time zone.
    pub delivery_before_run: bool,
    /// When the client must have deleted the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_by: Option<String>,
    /// Where the people must live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub territory: Option<TerritoryEntry>,
}

/// A data category, and what the policy says that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    /// Its name.
    pub category: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A territory; its values stand in the agreement and its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerritoryEntry {
    /// The records' column with the area.
    pub column: String,
    /// How many values there are, of the agreement and its file together.
    pub values: u64,
    /// The file with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileEntry>,
}

impl AgreementEntry {
    /// `dpv:Process`.
    pub const KIND: &str = "dpv:Process";
}

/// What a party is under data protection law, in the words of the Data Privacy Vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyKind {
    /// It decides what for.
    #[serde(rename = "dpv:DataController")]
    Controller,
    /// It acts on behalf of another.
    #[serde(rename = "dpv:DataProcessor")]
    Processor,
}

/// Who answers for the data that are supplied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControllerEntry {
    /// What it is to the Data Privacy Vocabulary.
    #[serde(rename = "@type")]
    pub kind: PartyKind,
    /// Its name.
    pub name: String,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyEntry {
    /// What it is to the Data Privacy Vocabulary.
    #[serde(rename = "@type")]
    pub kind: PartyKind,
    /// Its name.
    pub name: String,
    /// Its sector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// An intermediary's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}
