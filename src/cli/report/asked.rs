//! What was asked: the agreement's parties and terms.

use super::figures::count;
use crate::cli::harmless::visible;
use crate::output::{AgreementEntry, PartyEntry};

/// A line of what was asked.
pub(super) struct Asked {
    pub(super) what: &'static str,
    pub(super) values: Vec<Value>,
    /// Whether the values are words that stand in one line.
    pub(super) short: bool,
}

/// A value, and what is to be known of it.
pub(super) struct Value {
    pub(super) text: String,
    /// Empty where nothing is.
    pub(super) note: String,
}

/// The end clients' names.
pub(super) fn clients(agreement: &AgreementEntry) -> String {
    let names: Vec<String> = end_clients(agreement)
        .map(|party| visible(&party.name))
        .collect();
    names.join(", ")
}

/// Those who were tested, but for an intermediary.
fn end_clients(agreement: &AgreementEntry) -> impl Iterator<Item = &PartyEntry> {
    let between = agreement.intermediary.as_ref();
    agreement
        .recipients
        .iter()
        .filter(move |party| between.is_none_or(|between| between.name != party.name))
}

pub(super) fn asked(agreement: &AgreementEntry) -> Vec<Asked> {
    let value = |text: &str, note: &str| Value {
        text: visible(text),
        note: visible(note),
    };
    let one = |what, text: &str, note: &str| Asked {
        what,
        values: vec![value(text, note)],
        short: false,
    };
    let each = |what, texts: &[String]| Asked {
        what,
        values: texts.iter().map(|text| value(text, "")).collect(),
        short: true,
    };
    let mut lines = vec![
        one("Supplier", &agreement.supplier, "answers for the data"),
        Asked {
            what: "End client",
            values: end_clients(agreement)
                .map(|party| value(&party.name, party.sector.as_deref().unwrap_or_default()))
                .collect(),
            short: false,
        },
    ];
    if let Some(between) = &agreement.intermediary {
        let role = match (between.role.as_deref(), &between.sector) {
            (Some("controller"), Some(sector)) => {
                format!("a controller of its own: {sector}; tested like a client")
            }
            _ => "a processor: acts on the client's instructions alone".to_owned(),
        };
        lines.push(one("Through", &between.name, &role));
    }
    lines.push(one("Purpose", &agreement.purpose, &agreement.purpose_term));
    lines.push(each("Channels", &agreement.channels));
    lines.push(Asked {
        what: "Data",
        values: agreement
            .data
            .iter()
            .map(|data| value(&data.category, &data.columns.join(", ")))
            .collect(),
        short: false,
    });
    let before = if agreement.delivery_before_run {
        "lies before the run"
    } else {
        ""
    };
    lines.push(one("Delivery", &agreement.delivery, before));
    match &agreement.delete_by {
        Some(day) => lines.push(one("To be deleted by", day, "")),
        None => lines.push(one("To be deleted by", "no day was agreed", "")),
    }
    if let Some(territory) = &agreement.territory {
        let areas = match territory.values {
            1 => "1 area".to_owned(),
            areas => format!("{} areas", count(areas)),
        };
        let areas = match &territory.file {
            Some(file) => format!("{areas}, with those of {}", file.path),
            None => areas,
        };
        lines.push(one("Territory", &territory.column, &areas));
    }
    lines
}
