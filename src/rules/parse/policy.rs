//! Reads a policy: its own tables here, consent, notices and lists in the files of their names.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::consent::consent;
use super::document;
use super::keys::{COLUMNS, POLICY, VOCABULARY};
use super::log::FaultLog;
use super::notice::{Mapping, NoticeContext, notices};
use super::suppression::suppressions;
use super::table::{Entry, Table};
use super::values::{AllowedTerms, check_plain, check_schema, column, columns, party, terms};
use crate::rules::{
    AnswerColumn, ChannelConsent, Columns, DataCategory, DateForm, DateFormError, ExplicitTerms,
    Located, Notice, PartyName, Policy, SuppressionRule, Term, Vocabulary,
};

/// A policy as far as it can be read: what the agreement and the lists are checked against, even
/// where other parts of it are at fault.
#[derive(Debug, Default)]
pub(in crate::rules) struct PolicyDraft {
    /// Who supplies the data.
    pub(in crate::rules) controller: Option<Located<PartyName>>,
    /// The vocabulary, if there is a readable one.
    pub(in crate::rules) vocabulary: Option<Vocabulary>,
    /// The names of all data categories, readable or not; `None` if `[data]` is not there.
    pub(in crate::rules) category_names: Option<Vec<String>>,
    /// The lists that can be read.
    pub(in crate::rules) suppressions: Vec<SuppressionRule>,
    timezone: Option<(TimeZone, String)>,
    explicit_terms: Option<ExplicitTerms>,
    columns: Option<Columns>,
    third_parties: Option<AnswerColumn>,
    channels: Option<ChannelConsent>,
    data: Option<Vec<DataCategory>>,
    notices: Option<Vec<Notice>>,
}

/// Reads a policy; its faults go to the log.
pub(in crate::rules) fn parse_policy(log: &FaultLog) -> PolicyDraft {
    let source = Arc::clone(log.source());
    let Some(root) = document::parse(&source.text, &POLICY, log) else {
        return PolicyDraft::default();
    };
    let table = Table::new(root.get_ref(), 0..0, &POLICY, log);

    check_schema(&table);
    let vocabulary = table
        .optional("vocabulary")
        .and_then(|entry| vocabulary(&entry));
    let columns_table = table
        .required_or_help("columns", "add `[columns]`, with `id` and `captured_at`")
        .and_then(|entry| entry.table(&COLUMNS));
    let mapping = |key| match &columns_table {
        None => Mapping::Unknown,
        Some(columns) if columns.has(key) => Mapping::Mapped,
        Some(_) => Mapping::Unmapped,
    };
    let context = NoticeContext {
        vocabulary: vocabulary.as_ref(),
        notice_column: mapping("notice"),
        source_column: mapping("source"),
    };
    let (third_parties, channels) = consent(&table);
    let data_entry = table.required_or_help(
        "data",
        "add `[data]`, with each data category and its columns",
    );
    let notices = notices(&table, context);

    PolicyDraft {
        controller: table
            .required("controller", r#"controller = "…""#)
            .and_then(|entry| party(&entry, "the controller")),
        category_names: data_entry.as_ref().and_then(Entry::names),
        suppressions: suppressions(&table, source.path.parent().unwrap_or(Path::new(""))),
        timezone: match table.optional("timezone") {
            None => Some((TimeZone::UTC, "UTC".to_owned())),
            Some(entry) => timezone(&entry),
        },
        explicit_terms: match table.optional("explicit_terms") {
            None => Some(ExplicitTerms::with([])),
            Some(entry) => explicit_terms(&entry),
        },
        columns: columns_table.as_ref().and_then(record_columns),
        third_parties,
        channels,
        data: data_entry.as_ref().and_then(data_categories),
        notices,
        vocabulary,
    }
}

impl PolicyDraft {
    /// The policy; `None` if a part of it could not be read.
    pub(in crate::rules) fn finish(self, log: &FaultLog) -> Option<Policy> {
        let (timezone, timezone_name) = self.timezone?;
        Some(Policy {
            source: Arc::clone(log.source()),
            controller: self.controller?,
            timezone,
            timezone_name,
            explicit_terms: self.explicit_terms?,
            vocabulary: self.vocabulary,
            columns: self.columns?,
            third_parties: self.third_parties?,
            channels: self.channels?,
            data: self.data?,
            notices: self.notices?,
            suppressions: self.suppressions,
        })
    }
}

fn vocabulary(entry: &Entry<'_>) -> Option<Vocabulary> {
    let table = entry.table(&VOCABULARY)?;
    let list = |key, example| -> Option<BTreeSet<Term>> {
        let terms = terms(&table.required(key, example)?, AllowedTerms::ANY)?;
        Some(terms.into_iter().collect())
    };
    let recipients = list("recipients", r#"recipients = ["retail/baby-products"]"#);
    let purposes = list("purposes", r#"purposes = ["marketing/direct"]"#);
    Some(Vocabulary {
        recipients: recipients?,
        purposes: purposes?,
    })
}

fn timezone(entry: &Entry<'_>) -> Option<(TimeZone, String)> {
    let text = entry.text()?;
    let database = TimeZoneDatabase::bundled();
    let found = database.get(text.value).ok();
    let spelling = found
        .as_ref()
        .filter(|zone| !zone.is_unknown())
        .and_then(TimeZone::iana_name);
    if let (Some(zone), Some(spelling)) = (&found, spelling)
        && spelling == text.value
    {
        return Some((zone.clone(), spelling.to_owned()));
    }

    let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
    let names = names.iter().map(String::as_str);
    // Of an abbreviation or an offset, what is spelt nearly like it is hours away.
    let nearest = spelling
        .or_else(|| zone_of_place(text.value, names.clone()))
        .or_else(|| zone_spelt_nearly(text.value, names));
    let help = match nearest {
        Some(name) => format!("write \"{name}\""),
        None => "write an IANA name, a region and a place, as \"Europe/London\", or leave `timezone` out for \"UTC\""
            .to_owned(),
    };
    entry.log().report(
        &text.span,
        format!("`{}` is no time zone", text.value),
        help,
    );
    None
}

/// The time zone of the same region whose place is spelt with one letter more, less or another.
fn zone_spelt_nearly<'n>(zone: &str, mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (region, place) = zone.rsplit_once('/')?;
    let place = place.to_lowercase();
    names.find(|name| match name.rsplit_once('/') {
        Some((known, last)) => {
            known != "Etc"
                && known.eq_ignore_ascii_case(region)
                && strsim::damerau_levenshtein(&last.to_lowercase(), &place) <= 1
        }
        None => false,
    })
}

/// The time zone that is named after a place.
fn zone_of_place<'n>(place: &str, mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let place = place.replace(' ', "_");
    names.find(|name| match name.rsplit_once('/') {
        Some((region, last)) => region != "Etc" && last.eq_ignore_ascii_case(&place),
        None => false,
    })
}

fn explicit_terms(entry: &Entry<'_>) -> Option<ExplicitTerms> {
    let mut added = Vec::new();
    let mut complete = true;
    for item in entry.items()? {
        let Some(term) = super::values::term(&item, AllowedTerms::ANY) else {
            complete = false;
            continue;
        };
        if term.value.words().count() > 1 {
            complete = false;
            entry.log().report(
                &term.span,
                format!("the explicit term `{}` is more than one word", term.value),
                "write one word, without `/`: it is looked for among the words of a term",
            );
        }
        added.push(term.value.as_str().to_owned());
    }
    complete.then(|| ExplicitTerms::with(added))
}

fn record_columns(table: &Table<'_>) -> Option<Columns> {
    let optional = |key| match table.optional(key) {
        None => Some(None),
        Some(entry) => column(&entry).map(Some),
    };
    let id = table
        .required("id", r#"id = "…""#)
        .and_then(|entry| column(&entry));
    let captured_at = table
        .required("captured_at", r#"captured_at = "…""#)
        .and_then(|entry| column(&entry));
    let (notice, source, withdrawn_at) = (
        optional("notice"),
        optional("source"),
        optional("withdrawn_at"),
    );
    let date_form = match table.optional("date_format") {
        None => Some(DateForm::Iso),
        Some(entry) => date_form(&entry),
    };
    Some(Columns {
        id: id?,
        captured_at: captured_at?,
        notice: notice?,
        source: source?,
        withdrawn_at: withdrawn_at?,
        date_form: date_form?,
    })
}

fn date_form(entry: &Entry<'_>) -> Option<DateForm> {
    let text = entry.text()?;
    let error = match DateForm::parse_pattern(text.value) {
        Ok(form) => return Some(form),
        Err(error) => error,
    };
    let help = match error {
        DateFormError::UnknownDirective => {
            "after `%` write `d`, `m`, `Y`, `H`, `M` or `S`, as in \"%d/%m/%Y\""
        }
        DateFormError::Missing => "write `%d`, `%m` and `%Y` each once, as in \"%d/%m/%Y\"",
        DateFormError::Repeated => {
            "write each of `%d`, `%m`, `%Y`, `%H`, `%M` and `%S` once at most"
        }
        DateFormError::Padded => "remove the space or tab at its start or end",
    };
    entry.log().report_labelled(
        &text.span,
        "this date format cannot be used",
        error.to_string(),
        help,
    );
    None
}

fn data_categories(entry: &Entry<'_>) -> Option<Vec<DataCategory>> {
    let mut categories = Vec::new();
    let mut complete = true;
    for (name, entry) in entry.named_entries()? {
        complete &= check_plain(&name, "a data category", &entry);
        let Some(columns) = columns(&entry) else {
            complete = false;
            continue;
        };
        if columns.is_empty() {
            complete = false;
            entry.log().report(
                entry.span(),
                format!("the data category `{}` has no column", name.value),
                "list its columns, or remove it",
            );
        }
        categories.push(DataCategory {
            name: name.into_owned(),
            columns,
        });
    }
    check_one_category_each(&categories, entry.log());
    complete.then_some(categories)
}

fn check_one_category_each(categories: &[DataCategory], log: &FaultLog) {
    let mut category_of: HashMap<&str, &str> = HashMap::new();
    for category in categories {
        for column in &category.columns {
            let Some(first) = category_of.insert(&column.value, &category.name.value) else {
                continue;
            };
            let (message, help) = if first == category.name.value {
                (
                    format!("the column `{}` stands twice in `{first}`", column.value),
                    "remove one of the two".to_owned(),
                )
            } else {
                (
                    format!(
                        "the column `{}` stands in two data categories, `{first}` and `{}`",
                        column.value, category.name.value
                    ),
                    "keep it in one of the two: a column has at most one category".to_owned(),
                )
            };
            log.report(&column.span, message, help);
        }
    }
}
