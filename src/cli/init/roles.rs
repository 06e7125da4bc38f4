//! Which column of a header plays which part, as far as its name tells. Looks at no record.

use std::collections::HashMap;

use crate::records::Header;
use crate::rules::{REASONS_COLUMN, is_blank};

/// A column of the header that rules can name: its index and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) index: usize,
    pub(super) name: String,
}

/// The parts that columns play, but for the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    CapturedAt,
    Consent,
    Notice,
    WithdrawnAt,
    Source,
}

/// How people say by which channels they may be contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Channels {
    /// A column lists them.
    List(Column),
    /// A column for each channel.
    Flags(Vec<(&'static str, Column)>),
}

impl Role {
    /// Names by which a column is known, the surest first; in lower case, words joined by `_`.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &[
                "record_id",
                "id",
                "person_id",
                "customer_id",
                "contact_id",
                "member_id",
                "subject_id",
                "data_subject_id",
                "user_id",
                "client_id",
                "uid",
                "uuid",
                "guid",
                "urn",
                "record_number",
                "customer_number",
                "member_number",
                "customer_no",
                "client_no",
                "contact_no",
                "member_no",
                "record_no",
                "reference",
                "ref",
            ],
            Self::CapturedAt => &[
                "captured_at",
                "captured_on",
                "captured",
                "capture_date",
                "date_captured",
                "consented_at",
                "consent_date",
                "date_of_consent",
                "consent_given_at",
                "opt_in_date",
                "optin_date",
                "opted_in_at",
                "collected_at",
                "collection_date",
                "signed_up_at",
                "signed_up_on",
                "signed_up",
                "signup_date",
                "sign_up_date",
                "registered_at",
                "registered_on",
                "registration_date",
                "joined_at",
                "joined_on",
                "joined",
                "join_date",
                "date_joined",
                "submitted_at",
                "created_at",
                "created_on",
                "date_created",
                "created",
                "timestamp",
                "date",
            ],
            Self::Consent => &[
                "third_party_opt_in",
                "third_parties",
                "third_party",
                "third_party_consent",
                "share_with_third_parties",
                "partner_opt_in",
                "partner_consent",
                "data_sharing",
                "data_sharing_consent",
                "marketing_consent",
                "marketing_opt_in",
                "consent",
                "consent_given",
                "opt_in",
                "optin",
                "opted_in",
                "permission",
            ],
            Self::Notice => &[
                "notice_version",
                "notice",
                "privacy_notice",
                "privacy_notice_version",
                "notice_id",
                "policy_version",
                "privacy_policy_version",
                "consent_version",
                "statement_version",
                "terms_version",
            ],
            Self::WithdrawnAt => &[
                "withdrawn_at",
                "withdrawn_on",
                "withdrawn",
                "withdrawal_date",
                "consent_withdrawn_at",
                "revoked_at",
                "opted_out_at",
                "opt_out_date",
                "optout_date",
                "unsubscribed_at",
                "unsubscribe_date",
                "left_at",
                "left_on",
            ],
            Self::Source => &[
                "source",
                "capture_source",
                "source_form",
                "form",
                "data_source",
                "signup_source",
                "lead_source",
                "origin",
                "capture_form",
            ],
        }
    }

    /// Parts of names by which a column is known where no whole name is.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Id => &[],
            Self::CapturedAt => &[
                "_captured_",
                "_capture_date_",
                "_consent_date_",
                "_opt_in_date_",
            ],
            Self::Consent => &[
                "_third_part",
                "_3rd_part",
                "_thirdpart",
                "_data_sharing_",
                "_partners_",
            ],
            Self::Notice => &["_notice_version_", "_privacy_notice_", "_policy_version_"],
            Self::WithdrawnAt => &[
                "_withdrawn_",
                "_withdrawal_",
                "_unsubscribed_",
                "_opted_out_",
            ],
            Self::Source => &["_capture_source_", "_signup_source_"],
        }
    }
}

const LIST_NAMES: [&str; 8] = [
    "channels",
    "channel",
    "contact_channels",
    "consented_channels",
    "contact_by",
    "contact_preferences",
    "preferences",
    "opt_in_channels",
];

/// Channels, with the words for them.
const CHANNEL_WORDS: [(&str, &[&str]); 4] = [
    ("postal", &["post", "postal", "mail", "letter"]),
    ("email", &["email", "emails"]),
    ("sms", &["sms", "text", "texts"]),
    ("phone", &["phone", "telephone", "tel", "call", "calls"]),
];

/// Words that make of a channel's name a question.
const FLAG_WORDS: [&str; 11] = [
    "ok",
    "opt",
    "optin",
    "optedin",
    "consent",
    "consented",
    "allowed",
    "permission",
    "flag",
    "preference",
    "agreed",
];

/// The columns that rules can name: those with a name that is text, not blank, and no other column's.
pub(super) fn columns(header: &Header) -> Vec<Column> {
    let names = header.names();
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let usable = names.iter().enumerate();
    let usable = usable.filter(|(_, name)| counts[name.as_slice()] == 1);
    usable
        .filter_map(|(index, name)| {
            let name = std::str::from_utf8(name).ok()?;
            (!is_blank(name) && name != REASONS_COLUMN).then(|| Column {
                index,
                name: name.to_owned(),
            })
        })
        .collect()
}

/// The column that plays this part, of those that play none yet.
pub(super) fn guess<'c>(role: Role, columns: &[&'c Column]) -> Option<&'c Column> {
    let words: Vec<String> = columns
        .iter()
        .map(|column| in_words(&column.name))
        .collect();
    let whole = role
        .names()
        .iter()
        .find_map(|name| words.iter().position(|words| words == name));
    let part = || {
        let parts = role.parts().iter();
        let mut found = parts.filter_map(|part| {
            words
                .iter()
                .position(|words| format!("_{words}_").contains(part))
        });
        found.next()
    };
    whole.or_else(part).map(|index| columns[index])
}

/// The columns that say the channels, of those that play no part yet.
pub(super) fn guess_channels(columns: &[&Column]) -> Channels {
    let words: Vec<String> = columns
        .iter()
        .map(|column| in_words(&column.name))
        .collect();
    let list = LIST_NAMES
        .iter()
        .find_map(|name| words.iter().position(|words| words == name));
    if let Some(index) = list {
        return Channels::List(columns[index].clone());
    }
    let has = |name: &str, wanted: &[&str]| name.split('_').any(|word| wanted.contains(&word));
    let flags = CHANNEL_WORDS.iter().filter_map(|(channel, names)| {
        let index = words
            .iter()
            .position(|words| has(words, names) && has(words, &FLAG_WORDS))?;
        Some((*channel, columns[index].clone()))
    });
    let mut flags: Vec<(&'static str, Column)> = flags.collect();
    let mut seen = Vec::new();
    flags.retain(|(_, column)| {
        let first = !seen.contains(&column.index);
        seen.push(column.index);
        first
    });
    Channels::Flags(flags)
}

/// A name in lower case, its words joined by `_`: `recordId`, `Record ID` and `record-id` are one.
fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut after_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && after_lower {
            words.push('_');
        }
        after_lower = character.is_lowercase() || character.is_numeric();
        if character.is_alphanumeric() {
            words.extend(character.to_lowercase());
        } else if !words.ends_with('_') {
            words.push('_');
        }
    }
    words.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_into_words() {
        for (name, words) in [
            ("record_id", "record_id"),
            ("recordId", "record_id"),
            ("Record ID", "record_id"),
            (" e-mail: OK? ", "e_mail_ok"),
            ("ID", "id"),
            ("", ""),
        ] {
            assert_eq!(in_words(name), words, "{name}");
        }
    }

    #[test]
    fn every_name_is_in_words() {
        for role in [
            Role::Id,
            Role::CapturedAt,
            Role::Consent,
            Role::Notice,
            Role::WithdrawnAt,
            Role::Source,
        ] {
            for name in role.names() {
                assert_eq!(in_words(name), *name);
            }
        }
        assert!(LIST_NAMES.iter().all(|name| in_words(name) == *name));
    }
}
