//! Owns the verdict: every reason that stands against one record, straight from the table. It knows no files.

use super::{
    dates::{self, Day},
    lists::{self, List},
    normalise::trim,
    policy::{Agreement, Data, Flag, Notice, Policy},
    reader::Record,
    terms,
};
use jiff::tz::TimeZone;
use std::{collections::BTreeSet, fs, path::Path};

/// Policy and agreement with all that they point to.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    pub(crate) agreement: Agreement,
    pub(crate) zone: TimeZone,
    pub(crate) explicit: Vec<String>,
    pub(crate) lists: Vec<List>,
    pub(crate) territory: Option<BTreeSet<Vec<u8>>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) reasons: Vec<String>,
    pub(crate) withdrawal_before_capture: bool,
    /// Where it is counted; nowhere if it is malformed.
    pub(crate) row: Option<Row>,
    pub(crate) captured: Option<Day>,
}

/// The record's notice (its place in the policy), and its source if some notice lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) notice: Option<usize>,
    pub(crate) source: Option<String>,
}

impl Rules {
    pub(crate) fn load(policy_file: &Path, agreement_file: &Path) -> Rules {
        let text = fs::read_to_string(policy_file).expect("a policy");
        let policy: Policy = toml::from_str(&text).expect("a valid policy");
        let text = fs::read_to_string(agreement_file).expect("an agreement");
        let agreement: Agreement = toml::from_str(&text).expect("a valid agreement");
        let beside = policy_file.parent().expect("a folder");
        let lists = policy
            .suppression
            .iter()
            .map(|list| lists::load(beside, list))
            .collect();
        let beside = agreement_file.parent().expect("a folder");
        let territory = agreement
            .territory
            .as_ref()
            .map(|territory| lists::territory(beside, territory));
        Rules {
            zone: dates::zone(&policy.timezone),
            explicit: terms::explicit_terms(&policy.explicit_terms),
            lists,
            territory,
            policy,
            agreement,
        }
    }

    /// The agreement's data categories.
    pub(crate) fn categories(&self) -> Vec<&String> {
        match &self.agreement.data {
            Data::Word(_) => self.policy.data.keys().collect(),
            Data::Categories(list) => list.iter().collect(),
        }
    }

    /// Name and sector of each party that must be disclosed.
    fn parties(&self) -> Vec<(&String, &String)> {
        let mut parties: Vec<(&String, &String)> = self
            .agreement
            .client
            .iter()
            .map(|client| (&client.name, &client.sector))
            .collect();
        if let Some(between) = &self.agreement.intermediary
            && between.role == "controller"
        {
            parties.push((&between.name, between.sector.as_ref().expect("a sector")));
        }
        parties
    }

    /// Of these notices, the one that lists the source, or else the one that lists none.
    fn for_source<'a>(notices: &[&'a Notice], source: Option<&[u8]>) -> Option<&'a Notice> {
        for notice in notices {
            if let (Some(source), Some(sources)) = (source, &notice.sources)
                && sources.iter().any(|listed| listed.as_bytes() == source)
            {
                return Some(notice);
            }
        }
        notices
            .iter()
            .find(|notice| notice.sources.is_none())
            .copied()
    }

    pub(crate) fn decide(&self, header: &Record, record: &Record) -> Verdict {
        if record.broken || record.fields.len() != header.fields.len() {
            return Verdict {
                reasons: vec!["malformed".to_owned()],
                ..Verdict::default()
            };
        }
        let value = |column: &String| -> &[u8] {
            let place = header
                .fields
                .iter()
                .position(|field| field.value == column.as_bytes());
            trim(&record.fields[place.expect("the header has the column")].value)
        };
        let columns = &self.policy.columns;
        let format = columns.date_format.as_deref();
        let delivery = self.agreement.delivery;
        let mut reasons: Vec<String> = Vec::new();
        let mut find = |reason: &str| reasons.push(reason.to_owned());

        // Dates.
        let captured = dates::read(value(&columns.captured_at), format, &self.zone);
        let withdrawal = columns
            .withdrawn_at
            .as_ref()
            .map(value)
            .filter(|text| !text.is_empty());
        let withdrawn = withdrawal.and_then(|text| dates::read(text, format, &self.zone));
        if captured.is_none() || (withdrawal.is_some() && withdrawn.is_none()) {
            find("date-unreadable");
        }

        // The notice.
        let source = columns.source.as_ref().map(value);
        let in_force = |notice: &Notice, day: Day| {
            notice.from <= day && notice.until.is_none_or(|until| day < until)
        };
        let notice = if let Some(column) = &columns.notice {
            let version = value(column);
            let of_version: Vec<&Notice> = self
                .policy
                .notice
                .iter()
                .filter(|notice| notice.version.as_bytes() == version)
                .collect();
            let notice = Self::for_source(&of_version, source);
            if notice.is_none() {
                find("notice-unknown");
            }
            if let (Some(notice), Some(day)) = (notice, captured)
                && !in_force(notice, day)
            {
                find("notice-not-in-force");
            }
            notice
        } else if let Some(day) = captured {
            let of_day: Vec<&Notice> = self
                .policy
                .notice
                .iter()
                .filter(|notice| in_force(notice, day))
                .collect();
            let notice = Self::for_source(&of_day, source);
            if notice.is_none() {
                find("notice-not-in-force");
            }
            notice
        } else {
            None
        };

        // What it disclosed.
        if let Some(notice) = notice {
            let disclosed = |(name, sector): &(&String, &String)| {
                let name = terms::fold_name(name);
                notice
                    .named_recipients
                    .iter()
                    .any(|named| terms::fold_name(named) == name)
                    || (notice.recipient_test == "category"
                        && notice
                            .recipients
                            .iter()
                            .any(|term| terms::covers(term, sector, &self.explicit)))
            };
            if !self.parties().iter().all(disclosed) {
                find("recipient-not-disclosed");
            }
            let purpose = &self.agreement.purpose;
            if !notice
                .purposes
                .iter()
                .any(|term| terms::covers(term, purpose, &self.explicit))
            {
                find("purpose-not-disclosed");
            }
        }
        let conflict = |(_, sector): &(&String, &String)| {
            terms::conflict(sector, &self.agreement.purpose, &self.explicit)
        };
        if self.parties().iter().any(conflict) {
            find("purpose-sector-conflict");
        }
        if let Some(notice) = notice {
            if !self
                .agreement
                .channels
                .iter()
                .all(|channel| notice.channels.contains(channel))
            {
                find("channel-not-disclosed");
            }
            if !self
                .categories()
                .iter()
                .all(|category| notice.data.contains(category))
            {
                find("data-not-disclosed");
            }
        }

        // What the person agreed to.
        let third_parties = &self.policy.consent.third_parties;
        let answer = value(&third_parties.column);
        let among = |values: &[String], answer: &[u8]| {
            values.iter().any(|value| value.as_bytes() == answer)
        };
        if among(&third_parties.refused, answer) {
            find("consent-refused");
        } else if !among(&third_parties.given, answer) {
            find("consent-unknown");
        }
        let withdrawal_before_capture = matches!((withdrawn, captured), (Some(withdrawn), Some(captured)) if withdrawn < captured);
        if withdrawn.is_some() && !withdrawal_before_capture {
            find("consent-withdrawn");
        }
        if let (Some(notice), Some(day)) = (notice, captured)
            && day
                .plus(dates::period(&notice.valid_for))
                .is_some_and(|end| delivery >= end)
        {
            find("consent-expired");
        }
        if captured.is_some_and(|day| day > delivery) {
            find("captured-after-delivery");
        }
        let channels = &self.policy.consent.channels;
        let carried = |channel: &String| {
            if let (Some(column), Some(separator)) = (&channels.column, &channels.separator) {
                return parts(value(column), separator.as_bytes())
                    .iter()
                    .any(|part| trim(part) == channel.as_bytes());
            }
            let flags = channels
                .flags
                .as_ref()
                .expect("flags where there is no list column");
            let flag: Option<&Flag> = flags.get(channel);
            flag.is_some_and(|flag| among(&flag.given, value(&flag.column)))
        };
        if !self.agreement.channels.iter().all(carried) {
            find("channel-not-consented");
        }

        // Where they live, and who must not be reached.
        if let (Some(territory), Some(values)) = (&self.agreement.territory, &self.territory)
            && !values.contains(value(&territory.column))
        {
            find("outside-territory");
        }
        let held: Vec<Option<bool>> = self
            .lists
            .iter()
            .map(|list| {
                let values: Vec<&[u8]> = list
                    .matches
                    .iter()
                    .map(|(column, _)| value(column))
                    .collect();
                list.holds(&values)
            })
            .collect();
        if held.contains(&None) {
            find("suppression-uncheckable");
        }
        for (list, held) in self.lists.iter().zip(held) {
            if held == Some(true) {
                find(&format!("suppressed:{}", list.name));
            }
        }
        Verdict {
            reasons,
            withdrawal_before_capture,
            row: Some(self.row(notice, source)),
            captured,
        }
    }

    fn row(&self, notice: Option<&Notice>, source: Option<&[u8]>) -> Row {
        let mut all = self.policy.notice.iter();
        Row {
            notice: notice.and_then(|notice| all.position(|other| std::ptr::eq(other, notice))),
            source: self
                .policy
                .notice
                .iter()
                .flat_map(|notice| notice.sources.iter().flatten())
                .find(|listed| Some(listed.as_bytes()) == source)
                .cloned(),
        }
    }
}

fn parts<'a>(value: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at + separator.len() <= value.len() {
        if &value[at..at + separator.len()] == separator {
            parts.push(&value[start..at]);
            at += separator.len();
            start = at;
        } else {
            at += 1;
        }
    }
    parts.push(&value[start..]);
    parts
}
