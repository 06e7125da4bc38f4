//! How records were read: the columns that the policy had consulted, and what they were taken to say.

use super::asked::{Asked, Value};
use crate::cli::harmless::visible;
use crate::output::{AnswerEntry, ChannelsEntry, ConsultedEntry};

/// A line for each question to a record.
pub(super) fn consulted(entry: &ConsultedEntry) -> Vec<Asked> {
    let line = |what, values| Asked {
        what,
        values,
        short: false,
    };
    let days = match &entry.date_format {
        Some(form) => format!("written as {form}; days in {}", entry.timezone),
        None => format!("days in {}", entry.timezone),
    };
    vec![
        line("Day of capture", vec![column(&entry.captured_at, &days)]),
        line(
            "Notice",
            vec![match &entry.notice {
                Some(notice) => column(notice, "the version that was shown"),
                None => said("the notice in force on the day of capture"),
            }],
        ),
        line(
            "Source",
            vec![match &entry.source {
                Some(source) => column(source, "the form that captured the record"),
                None => said("the policy names no column"),
            }],
        ),
        line("Third parties", vec![answer(&entry.third_parties)]),
        line(
            "Channels",
            match &entry.channels {
                ChannelsEntry::List {
                    column: name,
                    separator,
                } => vec![column(name, &format!("a list, separated by “{separator}”"))],
                ChannelsEntry::Flags { flags } => flags
                    .iter()
                    .map(|(channel, flag)| {
                        let Value { text, note } = answer(flag);
                        let note = format!("{}: {note}", visible(channel));
                        Value { text, note }
                    })
                    .collect(),
            },
        ),
        line(
            "Withdrawal",
            vec![match &entry.withdrawn_at {
                Some(withdrawn_at) => {
                    column(withdrawn_at, "the day on which consent was withdrawn")
                }
                None => said("the policy names no column: no withdrawal was looked for"),
            }],
        ),
    ]
}

fn column(name: &str, note: &str) -> Value {
    Value {
        text: visible(name),
        note: visible(note),
    }
}

fn said(text: &str) -> Value {
    column(text, "")
}

fn answer(entry: &AnswerEntry) -> Value {
    let yes = quoted(&entry.given);
    column(
        &entry.column,
        &match entry.refused.as_slice() {
            [] => format!("yes: {yes}; no value is a no"),
            refused => format!("yes: {yes}; no: {}", quoted(refused)),
        },
    )
}

fn quoted(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("“{value}”")).collect();
    quoted.join(", ")
}
