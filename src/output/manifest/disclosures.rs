//! The manifest's part about the notices: what each says, and what of the agreement it leaves unsaid.

use serde::{Deserialize, Serialize};

/// What a notice says, set against the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureEntry {
    /// The notice's version.
    pub notice: String,
    /// The sources that showed it; none where it is for every source that no notice of the version lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<String>>,
    /// First day in force.
    pub from: String,
    /// First day no longer in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How long consent lasts from the day of capture.
    pub valid_for: String,
    /// Categories of recipients that it discloses.
    pub recipients: Vec<String>,
    /// Recipients that it discloses by name.
    pub named_recipients: Vec<String>,
    /// `category`, or `named` where a party must have been disclosed by name.
    pub recipient_test: String,
    /// Purposes that it discloses.
    pub purposes: Vec<String>,
    /// Channels that it discloses.
    pub channels: Vec<String>,
    /// Data categories that it discloses.
    pub data: Vec<String>,
    /// What the agreement asks for and the notice does not disclose; a test failed where its part is not empty.
    pub undisclosed: UndisclosedEntry,
}

/// What a notice leaves unsaid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndisclosedEntry {
    /// Names of parties.
    pub recipients: Vec<String>,
    /// The purpose.
    pub purposes: Vec<String>,
    /// Channels.
    pub channels: Vec<String>,
    /// Data categories.
    pub data: Vec<String>,
}
