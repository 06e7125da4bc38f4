//! Owns the shapes of policy and agreement as written. It takes them to be valid: refusals are tested elsewhere.

use super::dates::Day;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) schema: i64,
    pub(crate) controller: String,
    #[serde(default = "utc")]
    pub(crate) timezone: String,
    #[serde(default)]
    pub(crate) explicit_terms: Vec<String>,
    pub(crate) vocabulary: Option<Vocabulary>,
    pub(crate) columns: Columns,
    pub(crate) consent: Consent,
    pub(crate) data: BTreeMap<String, Vec<String>>,
    pub(crate) notice: Vec<Notice>,
    #[serde(default)]
    pub(crate) suppression: Vec<Suppression>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    pub(crate) recipients: Vec<String>,
    pub(crate) purposes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    pub(crate) id: String,
    pub(crate) captured_at: String,
    pub(crate) notice: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) withdrawn_at: Option<String>,
    pub(crate) date_format: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    pub(crate) third_parties: Flag,
    pub(crate) channels: Channels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flag {
    pub(crate) column: String,
    pub(crate) given: Vec<String>,
    pub(crate) refused: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channels {
    pub(crate) column: Option<String>,
    pub(crate) separator: Option<String>,
    pub(crate) flags: Option<BTreeMap<String, Flag>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    pub(crate) version: String,
    pub(crate) sources: Option<Vec<String>>,
    #[serde(deserialize_with = "day")]
    pub(crate) from: Day,
    #[serde(default, deserialize_with = "some_day")]
    pub(crate) until: Option<Day>,
    pub(crate) recipients: Vec<String>,
    #[serde(default)]
    pub(crate) named_recipients: Vec<String>,
    #[serde(default = "category")]
    pub(crate) recipient_test: String,
    pub(crate) purposes: Vec<String>,
    pub(crate) channels: Vec<String>,
    pub(crate) data: Vec<String>,
    pub(crate) valid_for: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suppression {
    pub(crate) name: String,
    pub(crate) file: String,
    #[serde(rename = "match")]
    pub(crate) matches: Vec<String>,
    pub(crate) list: Vec<String>,
    #[serde(default = "none")]
    pub(crate) digest: String,
    #[serde(deserialize_with = "day")]
    pub(crate) as_of: Day,
    pub(crate) max_age: String,
    #[serde(default)]
    pub(crate) may_be_empty: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreement {
    pub(crate) schema: i64,
    pub(crate) id: String,
    pub(crate) supplier: String,
    pub(crate) purpose: String,
    pub(crate) channels: Vec<String>,
    #[serde(deserialize_with = "day")]
    pub(crate) delivery: Day,
    pub(crate) data: Data,
    #[serde(default, deserialize_with = "some_day")]
    pub(crate) delete_by: Option<Day>,
    pub(crate) intermediary: Option<Intermediary>,
    pub(crate) client: Vec<Client>,
    pub(crate) territory: Option<Territory>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Data {
    Word(String),
    Categories(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intermediary {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) sector: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) sector: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Territory {
    pub(crate) column: String,
    #[serde(default)]
    pub(crate) include: Vec<String>,
    pub(crate) include_file: Option<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn category() -> String {
    "category".to_owned()
}

fn none() -> String {
    "none".to_owned()
}

fn day<'de, D: Deserializer<'de>>(input: D) -> Result<Day, D::Error> {
    let written = toml::value::Datetime::deserialize(input)?;
    let date = written.date.expect("a local date");
    assert!(
        written.time.is_none() && written.offset.is_none(),
        "a local date"
    );
    Ok(Day::new(date.year.into(), date.month.into(), date.day.into()).expect("a day"))
}

fn some_day<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Day>, D::Error> {
    day(input).map(Some)
}
