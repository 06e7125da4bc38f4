//! Reads `[consent]`: the columns in which people said yes or no.

use std::collections::HashSet;

use super::keys::{CHANNELS, CONSENT, FLAG, Keys, THIRD_PARTIES};
use super::table::{Entry, Table};
use super::values::{check_plain, column, plain, plains, some_plains, values};
use crate::rules::{AnswerColumn, ChannelConsent};

/// The third-party column and the channels, as far as they can be read.
pub(super) fn consent(table: &Table<'_>) -> (Option<AnswerColumn>, Option<ChannelConsent>) {
    let Some(entry) = table.required_or_help(
        "consent",
        "add `[consent]`, with `third_parties` and `channels`",
    ) else {
        return (None, None);
    };
    let Some(consent) = entry.table(&CONSENT) else {
        return (None, None);
    };
    let third_parties = consent
        .required(
            "third_parties",
            r#"third_parties = { column = "…", given = ["Y"], refused = ["N"] }"#,
        )
        .and_then(|entry| answer_column(&entry, &THIRD_PARTIES));
    let channels = consent
        .required(
            "channels",
            r#"channels = { column = "…", separator = "|" }"#,
        )
        .and_then(|entry| channel_consent(&entry));
    (third_parties, channels)
}

fn answer_column(entry: &Entry<'_>, keys: &'static Keys) -> Option<AnswerColumn> {
    let table = entry.table(keys)?;
    let column = table
        .required("column", r#"column = "…""#)
        .and_then(|entry| column(&entry));
    let given = table
        .required("given", r#"given = ["Y"]"#)
        .and_then(|entry| {
            some_plains(
                &entry,
                "a value of `given`",
                "list the values that mean yes",
            )
        });
    let refused_entry = table.required("refused", r#"refused = ["N"]"#);
    let refused = refused_entry
        .as_ref()
        .and_then(|entry| plains(entry, "a value of `refused`"));
    let (given, refused) = (given?, refused?);

    let mut disjoint = true;
    let yes: HashSet<&str> = given.iter().map(|value| value.value.as_str()).collect();
    for both in refused
        .iter()
        .filter(|value| yes.contains(value.value.as_str()))
    {
        disjoint = false;
        entry.log().report(
            &both.span,
            format!("`{}` is both given and refused", both.value),
            "keep the value in one of the two lists: a record's answer is either yes or no",
        );
    }
    let column = column?;
    disjoint.then(|| AnswerColumn {
        column,
        given: values(given),
        refused: values(refused),
    })
}

fn channel_consent(entry: &Entry<'_>) -> Option<ChannelConsent> {
    let table = entry.table(&CHANNELS)?;
    match table.optional("flags") {
        None => list_column(&table),
        Some(flags) => {
            for key in ["column", "separator"] {
                if let Some(beside) = table.optional(key) {
                    entry.log().report(
                        beside.span(),
                        format!("`{key}` stands beside `flags`"),
                        "keep `column` and `separator` if one column lists the channels, or `flags` if each channel has its own column",
                    );
                }
            }
            flag_columns(&flags)
        }
    }
}

fn list_column(table: &Table<'_>) -> Option<ChannelConsent> {
    let column = table
        .required_or_help(
            "column",
            r#"add `column = "…"`, or a table `[consent.channels.flags]`"#,
        )
        .and_then(|entry| column(&entry));
    let separator = table
        .required("separator", r#"separator = "|""#)
        .and_then(|entry| plain(entry.text()?, "the separator", &entry));
    Some(ChannelConsent::List {
        column: column?,
        separator: separator?.value,
    })
}

fn flag_columns(flags: &Entry<'_>) -> Option<ChannelConsent> {
    let columns: Vec<_> = flags
        .named_entries()?
        .into_iter()
        .map(|(channel, entry)| {
            let named = check_plain(&channel, "a channel", &entry);
            let answer = answer_column(&entry, &FLAG)?;
            named.then(|| (channel.value.to_owned(), answer))
        })
        .collect();
    Some(ChannelConsent::Flags(
        columns.into_iter().collect::<Option<_>>()?,
    ))
}
