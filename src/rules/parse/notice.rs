//! Reads the notices, and tells those that a record could not choose between.

use std::collections::{BTreeSet, HashMap};

use super::keys::NOTICE;
use super::log::FaultLog;
use super::table::{Entry, Table};
use super::values::{AllowedTerms, party, plain, plains, some_plains, terms, values};
use crate::rules::{
    Located, Notice, PartyName, Period, PeriodError, RecipientTest, Validity, Vocabulary,
};

/// What the rest of a policy says that its notices are checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoticeContext<'a> {
    pub(super) vocabulary: Option<&'a Vocabulary>,
    pub(super) notice_column: Mapping,
    pub(super) source_column: Mapping,
}

/// Whether `[columns]` maps a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mapping {
    Mapped,
    Unmapped,
    /// `[columns]` itself could not be read.
    Unknown,
}

/// The notices; those that cannot be read are told and left out.
pub(super) fn notices(policy: &Table<'_>, context: NoticeContext<'_>) -> Option<Vec<Notice>> {
    let entry =
        policy.required_or_help("notice", "add `[[notice]]`, with what people were told")?;
    let tables = entry.tables(&NOTICE)?;
    if tables.is_empty() {
        entry.log().report(
            entry.span(),
            "the policy has no notice",
            "add `[[notice]]`, with what people were told: without a notice every record would be withheld",
        );
        return None;
    }
    let notices: Vec<Notice> = tables
        .iter()
        .filter_map(|table| notice(table, context, entry.log()))
        .collect();
    check_choice(&notices, context.notice_column, entry.log());
    Some(notices)
}

fn notice(table: &Table<'_>, context: NoticeContext<'_>, log: &FaultLog) -> Option<Notice> {
    let recipients_vocabulary = AllowedTerms {
        key: "recipients",
        terms: context.vocabulary.map(|vocabulary| &vocabulary.recipients),
    };
    let purposes_vocabulary = AllowedTerms {
        key: "purposes",
        terms: context.vocabulary.map(|vocabulary| &vocabulary.purposes),
    };

    let version = table
        .required("version", r#"version = "2016-09""#)
        .and_then(|entry| plain(entry.text()?, "the version", &entry));
    let sources = match table.optional("sources") {
        None => Some(None),
        Some(entry) => sources(&entry, context.source_column).map(Some),
    };
    let from = table
        .required("from", "from = 2016-09-01")
        .and_then(|entry| entry.date());
    let until = match table.optional("until") {
        None => Some(None),
        Some(entry) => entry.date().map(Some),
    };
    if let (Some(from), Some(Some(until))) = (&from, &until)
        && until.value <= from.value
    {
        log.report(
            &until.span,
            "`until` is not after `from`, so that this notice was never in force",
            "`until` is the first day on which the notice was no longer in force; write a day after `from`",
        );
    }
    let recipients = table
        .required("recipients", r#"recipients = ["retail/baby-products"]"#)
        .and_then(|entry| terms(&entry, recipients_vocabulary));
    let named_recipients = match table.optional("named_recipients") {
        None => Some(Vec::new()),
        Some(entry) => parties(&entry),
    };
    let recipient_test = match table.optional("recipient_test") {
        None => Some(RecipientTest::Category),
        Some(entry) => recipient_test(&entry),
    };
    let purposes = table
        .required("purposes", r#"purposes = ["marketing/direct"]"#)
        .and_then(|entry| terms(&entry, purposes_vocabulary));
    let channels = table
        .required("channels", r#"channels = ["postal"]"#)
        .and_then(|entry| plains(&entry, "a channel"));
    let data = table
        .required("data", r#"data = ["name"]"#)
        .and_then(|entry| plains(&entry, "a data category"));
    let valid_for = table
        .required("valid_for", r#"valid_for = "24 months""#)
        .and_then(|entry| validity(&entry));

    Some(Notice {
        version: version?,
        sources: sources?,
        from: from?.value,
        until: until?.map(|until| until.value),
        recipients: recipients?,
        named_recipients: named_recipients?,
        recipient_test: recipient_test?,
        purposes: purposes?,
        channels: values(channels?),
        data: values(data?),
        valid_for: valid_for?,
    })
}

fn sources(entry: &Entry<'_>, source_column: Mapping) -> Option<Vec<String>> {
    if source_column == Mapping::Unmapped {
        entry.log().report(
            entry.span(),
            "this notice lists sources, and no source column is mapped",
            "add `source = \"…\"` to `[columns]`, or remove `sources` if every source showed this notice",
        );
    }
    some_plains(
        entry,
        "a source",
        "list the sources that showed this notice, or remove `sources` if every source did",
    )
    .map(values)
}

fn parties(entry: &Entry<'_>) -> Option<Vec<PartyName>> {
    entry
        .items()?
        .map(|item| party(&item, "a recipient").map(|name| name.value))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

fn recipient_test(entry: &Entry<'_>) -> Option<RecipientTest> {
    let text = entry.text()?;
    match text.value {
        "category" => Some(RecipientTest::Category),
        "named" => Some(RecipientTest::Named),
        _ => {
            entry.log().report(
                &text.span,
                format!("`{}` is no recipient test", text.value),
                "write \"category\" if a disclosed category is enough, or \"named\" if only a named recipient will do",
            );
            None
        }
    }
}

fn validity(entry: &Entry<'_>) -> Option<Validity> {
    let text = entry.text()?;
    if text.value == "unlimited" {
        return Some(Validity::Unlimited);
    }
    period(entry, &text, OrUnlimited::Yes).map(Validity::For)
}

/// Whether "unlimited" may stand in place of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrUnlimited {
    Yes,
    No,
}

/// A period.
pub(super) fn period(
    entry: &Entry<'_>,
    text: &Located<&str>,
    or_unlimited: OrUnlimited,
) -> Option<Period> {
    let error = match Period::parse(text.value) {
        Ok(period) => return Some(period),
        Err(error) => error,
    };
    let or = match or_unlimited {
        OrUnlimited::Yes => ", or \"unlimited\"",
        OrUnlimited::No => "",
    };
    let help = match error {
        PeriodError::Form if text.value == "unlimited" => {
            "write how long it may be used, as \"28 days\"".to_owned()
        }
        PeriodError::Form => format!(
            "write a number, one space and `days`, `months` or `years`, as \"24 months\"{or}"
        ),
        PeriodError::Singular => format!("write \"{}s\": the unit always ends in `s`", text.value),
        PeriodError::LeadingZero => {
            format!(
                "write \"{}\", without the zero before it",
                text.value.trim_start_matches('0')
            )
        }
        PeriodError::Zero => "write at least 1".to_owned(),
        PeriodError::TooLong => {
            format!("write at most 36500 days, 1200 months or 100 years{or}")
        }
    };
    entry.log().report_labelled(
        &text.span,
        format!("`{}` of `{}` is no period", text.value, entry.key),
        error.to_string(),
        help,
    );
    None
}

/// Tells pairs of notices of which a record could not choose one: of one version, or in force on
/// one day where no version is read, among those that list one source or among those that list none.
fn check_choice(notices: &[Notice], notice_column: Mapping, log: &FaultLog) {
    let mut by_source: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (index, notice) in notices.iter().enumerate() {
        match &notice.sources {
            None => by_source.entry(None).or_default().push(index),
            Some(sources) => {
                for source in sources.iter().collect::<BTreeSet<_>>() {
                    by_source.entry(Some(source)).or_default().push(index);
                }
            }
        }
    }

    let mut told = BTreeSet::new();
    let mut groups: Vec<_> = by_source.into_iter().collect();
    groups.sort_unstable();
    for (source, group) in &groups {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for &index in group {
            let version = notices[index].version.value.as_str();
            match seen.get(version) {
                Some(&first) => {
                    if told.insert((first, index)) {
                        tell_same_version(&notices[index], *source, log);
                    }
                }
                None => {
                    seen.insert(version, index);
                }
            }
        }
    }
    if notice_column != Mapping::Unmapped {
        return;
    }
    for (source, group) in &mut groups {
        group.retain(|&index| {
            notices[index]
                .until
                .is_none_or(|until| notices[index].from < until)
        });
        group.sort_by_key(|&index| notices[index].from);
        let mut latest: Option<usize> = None;
        for &index in group.iter() {
            let notice = &notices[index];
            if let Some(earlier) = latest
                && notices[earlier]
                    .until
                    .is_none_or(|until| notice.from < until)
                && told.insert((earlier.min(index), earlier.max(index)))
            {
                tell_overlap(&notices[earlier], notice, *source, log);
            }
            if latest.is_none_or(|latest| ends_before(&notices[latest], notice)) {
                latest = Some(index);
            }
        }
    }
}

fn ends_before(first: &Notice, second: &Notice) -> bool {
    match (first.until, second.until) {
        (Some(first), Some(second)) => first < second,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn tell_same_version(notice: &Notice, source: Option<&str>, log: &FaultLog) {
    let (among, help) = match source {
        Some(source) => (
            format!(" for the source `{source}`"),
            "give one of them another version, or remove the source from one of them",
        ),
        None => (
            String::new(),
            "give one of them another version, or let one of them list the `sources` that showed it",
        ),
    };
    log.report(
        &notice.version.span,
        format!(
            "two notices have the version `{}`{among}",
            notice.version.value
        ),
        help,
    );
}

fn tell_overlap(earlier: &Notice, later: &Notice, source: Option<&str>, log: &FaultLog) {
    let among = source.map_or_else(String::new, |source| format!(" for the source `{source}`"));
    let help = if earlier.from == later.from {
        "let one of them begin after the other has ended, or map the notice column in `[columns]`"
            .to_owned()
    } else {
        format!(
            "end `{}` with `until = {}` or earlier, or map the notice column in `[columns]`",
            earlier.version.value, later.from
        )
    };
    log.report(
        &later.version.span,
        format!(
            "the notices `{}` and `{}` were both in force on {}{among}, and no notice column says which one was shown",
            earlier.version.value, later.version.value, later.from
        ),
        help,
    );
}
