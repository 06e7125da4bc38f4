//! What an agreement would do under each notice: recipient, purpose, channel, data.

use jiff::Timestamp;
use serde::Serialize;

use super::args::TellingArguments;
use super::failure::Failure;
use super::harmless::visible;
use super::manifest_of_rules::{agreement_entry, explicit_terms, list_entries};
use super::printing::{COLUMN_WIDTH_MAX, json_line, tell, text_of};
use super::remarks;
use crate::digest::DigestKind;
use crate::program::{
    Reason, Reasons, Undisclosed, against_every_record, parties, requested_categories, undisclosed,
};
use crate::rules::{IntermediaryRole, Notice, Rules};

/// What a notice must disclose, and the reason that holds where it does not.
const TESTS: [(&str, Reason); 4] = [
    ("recipient", Reason::RecipientNotDisclosed),
    ("purpose", Reason::PurposeNotDisclosed),
    ("channel", Reason::ChannelNotDisclosed),
    ("data", Reason::DataNotDisclosed),
];

#[derive(Serialize)]
struct JsonMatrix<'a> {
    agreement: &'a str,
    purpose_sector_conflict: bool,
    notices: Vec<JsonNotice<'a>>,
    remarks: &'a [String],
}

/// What a notice does not disclose of what is asked for.
#[derive(Serialize)]
struct JsonMissing<'a> {
    recipients: Vec<&'a str>,
    purposes: Vec<&'a str>,
    channels: &'a [&'a str],
    data: &'a [&'a str],
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    notice: &'a str,
    sources: Option<&'a [String]>,
    recipient: bool,
    purpose: bool,
    channel: bool,
    data: bool,
    undisclosed: JsonMissing<'a>,
}

/// Prints the matrix on standard output, unless nobody wants it.
pub(super) fn print(
    rules: &Rules,
    started: Timestamp,
    telling: &TellingArguments,
) -> Result<(), Failure> {
    let remarks = remarks::of_agreement(
        &agreement_entry(rules, DigestKind::None, started),
        &explicit_terms(&rules.policy),
        &list_entries(rules, DigestKind::None),
        &started.to_string(),
    );
    tell(
        telling,
        "what each notice allows",
        Some("policy and agreement are sound"),
        || json(rules, &remarks),
        || table(rules, &remarks),
    )
}

fn json(rules: &Rules, remarks: &[String]) -> String {
    let all_missing = undisclosed(rules);
    let notices = rules
        .policy
        .notices
        .iter()
        .zip(&all_missing)
        .map(|(notice, missing)| {
            let [recipient, purpose, channel, data] =
                TESTS.map(|(_, reason)| !missing.reasons().contains(reason));
            JsonNotice {
                notice: &notice.version.value,
                sources: notice.sources.as_deref(),
                recipient,
                purpose,
                channel,
                data,
                undisclosed: JsonMissing {
                    recipients: missing
                        .recipients
                        .iter()
                        .map(|name| name.as_written())
                        .collect(),
                    purposes: missing.purpose.iter().map(|term| term.as_str()).collect(),
                    channels: &missing.channels,
                    data: &missing.data,
                },
            }
        });
    json_line(&JsonMatrix {
        agreement: &rules.agreement.id,
        purpose_sector_conflict: against_every_record(rules)
            .contains(Reason::PurposeSectorConflict),
        notices: notices.collect(),
        remarks,
    })
}

fn table(rules: &Rules, remarks: &[String]) -> String {
    let agreement = &rules.agreement;
    let mut lines = vec![
        format!(
            "{}: policy, agreement and lists are sound",
            visible(&agreement.id)
        ),
        String::new(),
    ];
    for party in parties(agreement) {
        lines.push(format!(
            "  recipient  {} ({})",
            visible(party.name.as_written()),
            party.sector.as_str()
        ));
    }
    lines.push(format!("  purpose    {}", agreement.purpose.value.as_str()));
    lines.push(format!(
        "  channels   {}",
        visible(&agreement.channels.join(", "))
    ));
    let data: Vec<&str> = requested_categories(&rules.policy, agreement).collect();
    lines.push(format!("  data       {}", visible(&data.join(", "))));
    if let Some(processor) = agreement
        .intermediary
        .as_ref()
        .filter(|between| between.role == IntermediaryRole::Processor)
    {
        let name = visible(processor.name.value.as_written());
        lines.push(format!("  through    {name} (processor)"));
    }
    if let Some(territory) = &agreement.territory {
        let areas = territory.values.len();
        lines.push(format!(
            "  territory  {} ({areas} area{})",
            visible(&territory.column.value),
            if areas == 1 { "" } else { "s" }
        ));
    }
    lines.push(format!("  delivery   {}", agreement.delivery));
    if let Some(day) = agreement.delete_by {
        lines.push(format!("  delete by  {day}"));
    }
    lines.push(String::new());

    let labels: Vec<String> = rules.policy.notices.iter().map(label).collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0)
        .max("notice".len())
        .min(COLUMN_WIDTH_MAX);
    let mut head = format!("  {:<width$}", "notice");
    for (name, _) in TESTS {
        head.push_str(&format!("  {name:<9}"));
    }
    lines.push(head);
    let undisclosed = undisclosed(rules);
    let missing: Vec<Reasons> = undisclosed.iter().map(Undisclosed::reasons).collect();
    for (label, missing) in labels.iter().zip(&missing) {
        let mut row = format!("  {label:<width$}");
        for (_, reason) in TESTS {
            row.push_str(&format!(
                "  {:<9}",
                if missing.contains(reason) {
                    "no"
                } else {
                    "yes"
                }
            ));
        }
        lines.push(row);
    }
    lines.push(String::new());
    for (label, missing) in labels.iter().zip(&undisclosed) {
        if !missing.reasons().is_empty() {
            lines.push(format!("  {label} does not disclose {}", told(missing)));
        }
    }
    if missing.iter().any(|missing| !missing.is_empty()) {
        lines.push(String::new());
    }
    lines.push(verdict(rules, &missing));
    lines.extend(remarks.iter().map(|remark| format!("  note: {remark}")));
    text_of(&lines)
}

/// What is not disclosed, in words.
fn told(missing: &Undisclosed<'_>) -> String {
    let recipients = missing.recipients.iter().map(|name| name.as_written());
    let purpose = missing.purpose.iter().map(|term| term.as_str());
    let channels = missing.channels.iter().copied();
    let data = missing.data.iter().copied();
    let all: Vec<&str> = recipients
        .chain(purpose)
        .chain(channels)
        .chain(data)
        .collect();
    visible(&all.join(", "))
}

fn verdict(rules: &Rules, missing: &[Reasons]) -> String {
    if against_every_record(rules).contains(Reason::PurposeSectorConflict) {
        return "  Every record will be withheld: a recipient's sector is explicit in a way that the purpose is not (purpose-sector-conflict)."
            .to_owned();
    }
    match missing.iter().filter(|missing| missing.is_empty()).count() {
        0 => "  Every record will be withheld: no notice discloses all that the agreement asks for.".to_owned(),
        1 => "  1 notice discloses all that the agreement asks for; its records are then tested one by one.".to_owned(),
        count => format!("  {count} notices disclose all that the agreement asks for; their records are then tested one by one."),
    }
}

fn label(notice: &Notice) -> String {
    let version = visible(&notice.version.value);
    match &notice.sources {
        Some(sources) => format!("{version} ({})", visible(&sources.join(", "))),
        None => version,
    }
}
