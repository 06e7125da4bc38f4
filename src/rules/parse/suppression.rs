//! Reads the suppression rules of a policy; the lists themselves are loaded elsewhere.

use std::collections::HashSet;
use std::path::Path;

use super::keys::{SUPPRESSION, listed, nearest};
use super::notice::{OrUnlimited, period};
use super::table::{Entry, Table};
use super::values::{check_column, list_columns as read_list_columns};
use crate::rules::white_space::is_blank;
use crate::rules::{KeyDigest, Located, MatchComponent, Normaliser, SuppressionRule};

/// The suppression rules; those that cannot be read are told and left out.
pub(super) fn suppressions(policy: &Table<'_>, folder: &Path) -> Vec<SuppressionRule> {
    let Some(entry) = policy.optional("suppression") else {
        return Vec::new();
    };
    let Some(tables) = entry.tables(&SUPPRESSION) else {
        return Vec::new();
    };
    let mut names = HashSet::new();
    let mut rules = Vec::new();
    for table in &tables {
        let name = table
            .required("name", r#"name = "house""#)
            .and_then(|entry| name(&entry));
        if let Some(name) = &name
            && !names.insert(name.value.clone())
        {
            entry.log().report(
                &name.span,
                format!("two suppression lists have the name `{}`", name.value),
                "give one of them another name: the reason `suppressed:NAME` must tell them apart",
            );
        }
        rules.extend(rule(table, name, folder));
    }
    rules
}

fn rule(
    table: &Table<'_>,
    name: Option<Located<String>>,
    folder: &Path,
) -> Option<SuppressionRule> {
    let file = table
        .required("file", r#"file = "house.csv""#)
        .and_then(|entry| file(&entry));
    let match_entry = table.required("match", r#"match = ["record_id:exact"]"#);
    let components = match_entry.as_ref().and_then(components);
    let list_entry = table.required("list", r#"list = ["id"]"#);
    let list_columns = list_entry.as_ref().and_then(read_list_columns);
    let digest = match table.optional("digest") {
        None => Some(KeyDigest::None),
        Some(entry) => digest(&entry),
    };
    let as_of = table
        .required("as_of", "as_of = 2017-04-20")
        .and_then(|entry| entry.date());
    let max_age = table
        .required("max_age", r#"max_age = "28 days""#)
        .and_then(|entry| period(&entry, &entry.text()?, OrUnlimited::No));
    let may_be_empty = match table.optional("may_be_empty") {
        None => Some(false),
        Some(entry) => entry.boolean(),
    };

    let (components, list_columns, digest) = (components?, list_columns?, digest?);
    check_lengths(&list_entry?, components.len(), list_columns.len(), digest)?;
    let file = file?;
    Some(SuppressionRule {
        name: name?,
        path: folder.join(&file.value),
        file,
        components,
        list_columns,
        digest,
        as_of: as_of?,
        max_age: max_age?,
        may_be_empty: may_be_empty?,
    })
}

fn name(entry: &Entry<'_>) -> Option<Located<String>> {
    let text = entry.text()?;
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if text.value.is_empty() || !text.value.bytes().all(allowed) {
        entry.log().report(
            &text.span,
            "this cannot be the name of a suppression list",
            "write lower-case letters, digits and hyphens only, as \"house\"",
        );
        return None;
    }
    Some(text.into_owned())
}

/// A path as it stands in a rules file.
pub(super) fn file(entry: &Entry<'_>) -> Option<Located<String>> {
    let text = entry.text()?;
    if is_blank(text.value) {
        entry.log().report(
            &text.span,
            format!("`{}` names no file", entry.key),
            "write the file's path, from the folder of this file",
        );
        return None;
    }
    Some(text.into_owned())
}

fn components(entry: &Entry<'_>) -> Option<Vec<MatchComponent>> {
    let components: Vec<_> = entry.items()?.map(|item| component(&item)).collect();
    if components.is_empty() {
        entry.log().report(
            entry.span(),
            "`match` is empty",
            "list the record's columns that are looked up, each with a normaliser, as \"record_id:exact\"",
        );
        return None;
    }
    components.into_iter().collect()
}

fn component(entry: &Entry<'_>) -> Option<MatchComponent> {
    let text = entry.text()?;
    let names = Normaliser::ALL.map(Normaliser::as_str);
    let Some((column, normaliser_name)) = text.value.rsplit_once(':') else {
        entry.log().report(
            &text.span,
            format!("`{}` names no normaliser", text.value),
            format!("write the column, a colon and one of {}", listed(&names)),
        );
        return None;
    };
    let column = Located {
        value: column,
        span: text.span.clone(),
    };
    let normaliser = Normaliser::from_name(normaliser_name);
    if normaliser.is_none() {
        let help = match nearest(normaliser_name, names) {
            Some(known) => format!("write \"{}:{known}\"", column.value),
            None => format!("after the last colon write one of {}", listed(&names)),
        };
        entry.log().report(
            &text.span,
            format!("there is no normaliser `{normaliser_name}`"),
            help,
        );
    }
    let named = check_column(&column, entry);
    let normaliser = normaliser?;
    named.then(|| MatchComponent {
        column: column.into_owned(),
        normaliser,
    })
}

fn digest(entry: &Entry<'_>) -> Option<KeyDigest> {
    let text = entry.text()?;
    match text.value {
        "none" => Some(KeyDigest::None),
        "sha256-hex" => Some(KeyDigest::Sha256Hex),
        "sha256-base64" => Some(KeyDigest::Sha256Base64),
        _ => {
            entry.log().report(
                &text.span,
                format!("`{}` is no digest that is known", text.value),
                "write \"none\", \"sha256-hex\" or \"sha256-base64\"",
            );
            None
        }
    }
}

fn check_lengths(
    list: &Entry<'_>,
    components: usize,
    columns: usize,
    digest: KeyDigest,
) -> Option<()> {
    if digest != KeyDigest::None {
        if columns == 1 {
            return Some(());
        }
        list.log().report(
            list.span(),
            format!("`list` names {columns} columns, and a list of digests has one"),
            "name the one column that holds the digests",
        );
        return None;
    }
    if components == columns {
        return Some(());
    }
    list.log().report(
        list.span(),
        format!("`match` has {components} and `list` {columns} columns"),
        "name for each column of `match` the list's column that it is compared with, in the same order",
    );
    None
}
