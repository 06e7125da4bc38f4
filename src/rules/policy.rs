//! The policy: what people were told, and how a record says what they agreed to. Owns its shape
//! and its own checks; what needs the agreement or a header is checked elsewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{
    DateForm, ExplicitTerms, KeyDigest, Located, Normaliser, PartyName, Period, Source, Term,
    Validity,
};

/// The column that a withheld record gets.
pub const REASONS_COLUMN: &str = "withheld_reasons";

/// A controller's policy: its notices, its consent columns and its suppression lists.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The file that it was read from.
    pub source: Arc<Source>,
    /// The controller, who supplies the data.
    pub controller: Located<PartyName>,
    /// The time zone whose civil days all dates are.
    pub timezone: TimeZone,
    /// The IANA name of `timezone`.
    pub timezone_name: String,
    /// Built-in explicit terms and those that the policy adds.
    pub explicit_terms: ExplicitTerms,
    /// The closed vocabulary of terms, if the policy declares one.
    pub vocabulary: Option<Vocabulary>,
    /// The columns that say who, when and under which notice.
    pub columns: Columns,
    /// The column in which people answered about third parties.
    pub third_parties: AnswerColumn,
    /// How a record says which channels were agreed to.
    pub channels: ChannelConsent,
    /// The data categories, in the file's order, names unique, columns of each not empty.
    pub data: Vec<DataCategory>,
    /// The notices, in the file's order; at least one.
    pub notices: Vec<Notice>,
    /// The suppression lists, in the file's order.
    pub suppressions: Vec<SuppressionRule>,
}

/// A closed vocabulary: every term of policy and agreement must stand here.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// Allowed recipient categories and sectors.
    pub recipients: BTreeSet<Term>,
    /// Allowed purposes.
    pub purposes: BTreeSet<Term>,
}

/// Which columns of the supply hold a record's own facts.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Identifier of the record.
    pub id: Located<String>,
    /// When the data were captured.
    pub captured_at: Located<String>,
    /// The version of the privacy notice that was shown.
    pub notice: Option<Located<String>>,
    /// The form that captured the record.
    pub source: Option<Located<String>>,
    /// When consent was withdrawn.
    pub withdrawn_at: Option<Located<String>>,
    /// The only form in which dates are read, where the policy names one.
    pub date_form: DateForm,
}

/// A column that holds a yes or a no.
#[derive(Debug, Clone)]
pub struct AnswerColumn {
    /// The column.
    pub column: Located<String>,
    /// Values that mean yes; not empty.
    pub given: Vec<String>,
    /// Values that mean no; may be empty; shares no value with `given`.
    pub refused: Vec<String>,
}

/// How a record says which channels the person agreed to.
#[derive(Debug, Clone)]
pub enum ChannelConsent {
    /// One column with a list of channels.
    List {
        /// The column.
        column: Located<String>,
        /// What stands between two channels; not empty.
        separator: String,
    },
    /// One yes-or-no column a channel, in the file's order. A channel that is not here is never carried.
    Flags(Vec<(String, AnswerColumn)>),
}

/// A data category and its columns.
#[derive(Debug, Clone)]
pub struct DataCategory {
    /// The category's name.
    pub name: Located<String>,
    /// Its columns; not empty; no column stands in two categories.
    pub columns: Vec<Located<String>>,
}

/// What a disclosed recipient category is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientTest {
    /// A party is disclosed by its name or by a category that covers its sector.
    Category,
    /// Only a party's name discloses it.
    Named,
}

/// A privacy notice that people were shown.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Version, as a record's notice column names it. Not unique: sources may differ.
    pub version: Located<String>,
    /// The sources that showed it; `None` is every source that no notice of the version lists. Never `Some` of nothing.
    pub sources: Option<Vec<String>>,
    /// First day in force.
    pub from: Date,
    /// First day no longer in force.
    pub until: Option<Date>,
    /// Disclosed categories of recipients.
    pub recipients: Vec<Term>,
    /// Recipients disclosed by name.
    pub named_recipients: Vec<PartyName>,
    /// What a recipient category is worth.
    pub recipient_test: RecipientTest,
    /// Disclosed purposes.
    pub purposes: Vec<Term>,
    /// Disclosed channels.
    pub channels: Vec<String>,
    /// Disclosed data categories.
    pub data: Vec<String>,
    /// How long consent lasts from the day of capture.
    pub valid_for: Validity,
}

/// A suppression list as the policy declares it; the list itself is a [`super::SuppressionList`].
#[derive(Debug, Clone)]
pub struct SuppressionRule {
    /// Name, `[a-z0-9-]+`, unique.
    pub name: Located<String>,
    /// The list's file as it stands in the policy.
    pub file: Located<String>,
    /// The list's file, relative to the policy file.
    pub path: PathBuf,
    /// Record columns and their normalisers; not empty.
    pub components: Vec<MatchComponent>,
    /// Columns of the list, in the order of `components`; one alone where the list holds digests.
    pub list_columns: Vec<Located<String>>,
    /// Whether the list holds digests of keys.
    pub digest: KeyDigest,
    /// Day of this copy.
    pub as_of: Located<Date>,
    /// How long after `as_of` a delivery may lie.
    pub max_age: Period,
    /// Whether a list without rows is accepted.
    pub may_be_empty: bool,
}

/// One component of a suppression key.
#[derive(Debug, Clone)]
pub struct MatchComponent {
    /// The record's column.
    pub column: Located<String>,
    /// How its value is normalised.
    pub normaliser: Normaliser,
}
