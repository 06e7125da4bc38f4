//! An explanation as one line of JSON.

use serde::Serialize;

use super::telling::{Telling, verdict};
use crate::cli::printing::json_line;
use crate::program::{
    Consulted, Explanation, NoticeFinding, TestOutcome, parties, requested_categories,
};
use crate::records::WalkedRecord;
use crate::rules::Rules;
use crate::supply::Input;

#[derive(Serialize)]
struct JsonExplanation<'a> {
    agreement: JsonAgreement<'a>,
    input: String,
    record: u64,
    offset: u64,
    verdict: &'static str,
    reasons: Vec<String>,
    notice: JsonNotice<'a>,
    tests: Vec<JsonTest<'a>>,
}

#[derive(Serialize)]
struct JsonAgreement<'a> {
    id: &'a str,
    supplier: &'a str,
    recipients: Vec<JsonParty<'a>>,
    purpose: &'a str,
    channels: &'a [String],
    data: Vec<&'a str>,
    delivery: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    territory: Option<JsonTerritory<'a>>,
}

/// A column, and in how many areas its value has to be one.
#[derive(Serialize)]
struct JsonTerritory<'a> {
    column: &'a str,
    areas: usize,
}

#[derive(Serialize)]
struct JsonParty<'a> {
    name: &'a str,
    sector: &'a str,
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    notice: Option<&'a str>,
    sources: Option<&'a [String]>,
    why: &'a str,
    consulted: Vec<JsonValue>,
}

#[derive(Serialize)]
struct JsonTest<'a> {
    reason: String,
    outcome: &'static str,
    asked: &'a str,
    found: &'a str,
    consulted: Vec<JsonValue>,
}

/// A value: as text, or in hexadecimal where it is not UTF-8.
#[derive(Serialize)]
struct JsonValue {
    column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Telling<'_> {
    pub(super) fn json(
        &self,
        input: &Input,
        record: &WalkedRecord,
        explanation: &Explanation,
    ) -> String {
        let Rules {
            policy, agreement, ..
        } = self.program.rules();
        let NoticeFinding {
            notice,
            why,
            consulted,
        } = &explanation.notice;
        let notice = notice.map(|index| &policy.notices[index]);
        json_line(&JsonExplanation {
            agreement: JsonAgreement {
                id: &agreement.id,
                supplier: agreement.supplier.value.as_written(),
                recipients: parties(agreement)
                    .map(|party| JsonParty {
                        name: party.name.as_written(),
                        sector: party.sector.as_str(),
                    })
                    .collect(),
                purpose: agreement.purpose.value.as_str(),
                channels: &agreement.channels,
                data: requested_categories(policy, agreement).collect(),
                delivery: agreement.delivery.to_string(),
                processor: agreement.processor().map(|name| name.as_written()),
                delete_by: agreement.delete_by.map(|day| day.to_string()),
                territory: agreement.territory.as_ref().map(|territory| JsonTerritory {
                    column: &territory.column.value,
                    areas: territory.values.len(),
                }),
            },
            input: input.path().display().to_string(),
            record: record.number,
            offset: record.offset,
            verdict: verdict(explanation),
            reasons: self.reasons(explanation),
            notice: JsonNotice {
                notice: notice.map(|notice| notice.version.value.as_str()),
                sources: notice.and_then(|notice| notice.sources.as_deref()),
                why,
                consulted: self.json_values(consulted),
            },
            tests: explanation
                .tests
                .iter()
                .map(|test| JsonTest {
                    reason: self.program.code(test.reason),
                    outcome: match test.outcome {
                        TestOutcome::Holds => "holds",
                        TestOutcome::DoesNotHold => "does-not-hold",
                        TestOutcome::NotEvaluated => "not-evaluated",
                    },
                    asked: &test.asked,
                    found: &test.found,
                    consulted: self.json_values(&test.consulted),
                })
                .collect(),
        })
    }

    fn json_values(&self, consulted: &[Consulted]) -> Vec<JsonValue> {
        consulted
            .iter()
            .map(|Consulted { column, value }| {
                let text = String::from_utf8(value.clone()).ok();
                let hex = text.is_none().then(|| {
                    let digits = value.iter().map(|byte| format!("{byte:02x}"));
                    digits.collect()
                });
                JsonValue {
                    column: String::from_utf8_lossy(&self.supply.header().names()[*column])
                        .into_owned(),
                    value: text,
                    hex,
                }
            })
            .collect()
    }
}
