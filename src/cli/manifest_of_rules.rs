//! What a manifest says of policy, agreement and lists, whatever the records come to.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::digest::{Digest, DigestKind};
use crate::output::{
    AgreementEntry, AnswerEntry, CategoryEntry, ChannelsEntry, ConsultedEntry, ControllerEntry,
    DisclosureEntry, FileEntry, ListEntry, PartyEntry, PartyKind, TerritoryEntry, UndisclosedEntry,
    digest_set, purpose_term,
};
use crate::program::{Reason, against_every_record, parties, requested_categories, undisclosed};
use crate::rules::{
    AnswerColumn, ChannelConsent, CivilDay, DateForm, IntermediaryRole, Located, Policy,
    RecipientTest, Rules, Source, Term, Validity,
};

/// Rules are always digested: with BLAKE3 where no digest of the data was wanted.
fn rules_digest(blake3: [u8; 32], sha256: [u8; 32], kind: DigestKind) -> Digest {
    match kind {
        DigestKind::Sha256 => Digest::sha256(sha256),
        DigestKind::Blake3 | DigestKind::None => Digest::blake3(blake3),
    }
}

pub(super) fn file_entry(source: &Source, kind: DigestKind) -> FileEntry {
    let digest = rules_digest(source.blake3, source.sha256, kind);
    FileEntry {
        path: source.path.display().to_string(),
        digest: digest_set(Some(&digest)),
    }
}

/// The agreement, in a run that started then.
pub(super) fn agreement_entry(
    rules: &Rules,
    kind: DigestKind,
    started: Timestamp,
) -> AgreementEntry {
    let Rules {
        policy, agreement, ..
    } = rules;
    let today = started.to_zoned(policy.timezone.clone()).date();
    let FileEntry { path, digest } = file_entry(&agreement.source, kind);
    let supplier = agreement.supplier.value.as_written();
    AgreementEntry {
        kind: AgreementEntry::KIND.to_owned(),
        path,
        digest,
        id: agreement.id.clone(),
        supplier: supplier.to_owned(),
        controller: ControllerEntry {
            kind: PartyKind::Controller,
            name: supplier.to_owned(),
        },
        recipients: parties(agreement)
            .map(|party| PartyEntry {
                kind: PartyKind::Controller,
                name: party.name.as_written().to_owned(),
                sector: Some(party.sector.as_str().to_owned()),
                role: None,
            })
            .collect(),
        intermediary: agreement.intermediary.as_ref().map(|party| PartyEntry {
            kind: match party.role {
                IntermediaryRole::Processor => PartyKind::Processor,
                IntermediaryRole::Controller => PartyKind::Controller,
            },
            name: party.name.value.as_written().to_owned(),
            sector: party
                .sector
                .as_ref()
                .map(|sector| sector.value.as_str().to_owned()),
            role: Some(
                match party.role {
                    IntermediaryRole::Processor => "processor",
                    IntermediaryRole::Controller => "controller",
                }
                .to_owned(),
            ),
        }),
        purpose: agreement.purpose.value.as_str().to_owned(),
        purpose_term: purpose_term(agreement.purpose.value.as_str(), |word| {
            policy.explicit_terms.borne_by(word).next().is_some()
        })
        .to_owned(),
        purpose_sector_conflict: against_every_record(rules)
            .contains(Reason::PurposeSectorConflict),
        channels: agreement.channels.clone(),
        data: requested_categories(policy, agreement)
            .map(|name| CategoryEntry {
                category: name.to_owned(),
                columns: columns_of(policy, name),
            })
            .collect(),
        delivery: agreement.delivery.to_string(),
        delivery_before_run: agreement.delivery < today,
        delete_by: agreement.delete_by.map(|day| day.to_string()),
        territory: agreement
            .territory
            .as_ref()
            .map(|territory| TerritoryEntry {
                column: territory.column.value.clone(),
                values: territory.values.len() as u64,
                file: territory
                    .include_file
                    .as_ref()
                    .map(|file| file_entry(file, kind)),
            }),
    }
}

/// The columns of a data category, in the policy's order.
fn columns_of(policy: &Policy, name: &str) -> Vec<String> {
    let categories = policy.data.iter();
    categories
        .filter(|category| category.name.value == name)
        .flat_map(|category| &category.columns)
        .map(|column| column.value.clone())
        .collect()
}

/// The suppression lists.
pub(super) fn list_entries(rules: &Rules, kind: DigestKind) -> Vec<ListEntry> {
    let lists = rules.lists.iter().zip(&rules.policy.suppressions);
    lists
        .map(|(list, rule)| ListEntry {
            name: list.name.clone(),
            path: list.path.display().to_string(),
            digest: digest_set(Some(&rules_digest(
                list.file_blake3,
                list.file_sha256,
                kind,
            ))),
            matched: rule
                .components
                .iter()
                .map(|part| format!("{}:{}", part.column.value, part.normaliser.as_str()))
                .collect(),
            as_of: list.as_of.to_string(),
            age_days: age_days(list.as_of, rules.agreement.delivery),
            max_age: rule.max_age.to_string(),
            rows: list.rows,
            keys: list.key_count() as u64,
            looks_digested: list.looks_digested,
        })
        .collect()
}

pub(super) fn explicit_terms(policy: &Policy) -> Vec<String> {
    policy.explicit_terms.iter().map(str::to_owned).collect()
}

pub(super) fn consulted_entry(policy: &Policy) -> ConsultedEntry {
    let columns = &policy.columns;
    let name =
        |column: &Option<Located<String>>| column.as_ref().map(|column| column.value.clone());
    let answer = |answer: &AnswerColumn| AnswerEntry {
        column: answer.column.value.clone(),
        given: answer.given.clone(),
        refused: answer.refused.clone(),
    };
    ConsultedEntry {
        timezone: policy.timezone_name.clone(),
        date_format: match &columns.date_form {
            DateForm::Iso => None,
            pattern @ DateForm::Pattern(_) => Some(pattern.to_string()),
        },
        captured_at: columns.captured_at.value.clone(),
        notice: name(&columns.notice),
        source: name(&columns.source),
        withdrawn_at: name(&columns.withdrawn_at),
        third_parties: answer(&policy.third_parties),
        channels: match &policy.channels {
            ChannelConsent::List { column, separator } => ChannelsEntry::List {
                column: column.value.clone(),
                separator: separator.clone(),
            },
            ChannelConsent::Flags(flags) => ChannelsEntry::Flags {
                flags: flags
                    .iter()
                    .map(|(channel, flag)| (channel.clone(), answer(flag)))
                    .collect(),
            },
        },
    }
}

/// INVARIANT: a list as of a day after delivery was refused when the rules were loaded.
fn age_days(as_of: Date, delivery: Date) -> u64 {
    let [as_of, delivery] = [as_of, delivery].map(|day| CivilDay::from(day).days_since_epoch());
    u64::try_from(delivery - as_of).expect("no list is as of a day after delivery")
}

pub(super) fn disclosure_entries(rules: &Rules) -> Vec<DisclosureEntry> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let terms = |terms: &[Term]| terms.iter().map(|term| term.as_str().to_owned()).collect();
    let notices = rules.policy.notices.iter().zip(undisclosed(rules));
    notices
        .map(|(notice, undisclosed)| DisclosureEntry {
            notice: notice.version.value.clone(),
            sources: notice.sources.clone(),
            from: notice.from.to_string(),
            until: notice.until.map(|day| day.to_string()),
            valid_for: match notice.valid_for {
                Validity::For(period) => period.to_string(),
                Validity::Unlimited => "unlimited".to_owned(),
            },
            recipients: terms(&notice.recipients),
            named_recipients: notice
                .named_recipients
                .iter()
                .map(|name| name.as_written().to_owned())
                .collect(),
            recipient_test: match notice.recipient_test {
                RecipientTest::Category => "category",
                RecipientTest::Named => "named",
            }
            .to_owned(),
            purposes: terms(&notice.purposes),
            channels: notice.channels.clone(),
            data: notice.data.clone(),
            undisclosed: UndisclosedEntry {
                recipients: undisclosed
                    .recipients
                    .iter()
                    .map(|name| name.as_written().to_owned())
                    .collect(),
                purposes: undisclosed
                    .purpose
                    .map(|purpose| purpose.as_str().to_owned())
                    .into_iter()
                    .collect(),
                channels: words(&undisclosed.channels),
                data: words(&undisclosed.data),
            },
        })
        .collect()
}
