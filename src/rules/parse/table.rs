//! Reads a spanned TOML table by type: every unknown key, missing key and wrong type becomes a
//! fault with its place, and reading goes on.

use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::keys::{Keys, nearest};
use super::log::FaultLog;
use crate::rules::Located;

/// A table of which known keys are read.
#[derive(Debug)]
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    header: Range<usize>,
    keys: &'static Keys,
    log: &'a FaultLog,
    /// Missing keys that an unknown one is most likely meant to be.
    misspelt: Vec<&'static str>,
}

/// A value under its key, or in a list under it.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    /// The key, as messages name it.
    pub(super) key: &'a str,
    value: &'a DeValue<'a>,
    span: Range<usize>,
    place: EntryPlace,
    log: &'a FaultLog,
}

/// Whether a value is its key's whole value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryPlace {
    UnderKey,
    InList,
}

impl<'a> Table<'a> {
    /// A reader; the unknown keys are told at once.
    pub(super) fn new(
        entries: &'a DeTable<'a>,
        header: Range<usize>,
        keys: &'static Keys,
        log: &'a FaultLog,
    ) -> Self {
        let absent = |name: &&str| !entries.contains_key(*name);
        let mut misspelt = Vec::new();
        for key in entries.keys() {
            let name = key.get_ref().as_ref();
            if keys.names.contains(&name) {
                continue;
            }
            let suggestion = nearest(name, keys.names.iter().copied().filter(absent));
            misspelt.extend(suggestion);
            log.report(
                &key.span(),
                format!("there is no key `{name}` in {}", keys.place),
                keys.help_for_unknown(name, suggestion),
            );
        }
        Self {
            entries,
            header,
            keys,
            log,
            misspelt,
        }
    }

    /// The place of the table's header.
    pub(super) fn header(&self) -> &Range<usize> {
        &self.header
    }

    /// Whether the key is there, readable or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The value of a key that may be left out.
    pub(super) fn optional(&self, key: &'static str) -> Option<Entry<'a>> {
        assert!(
            self.keys.names.contains(&key),
            "`{key}` is no key of {}",
            self.keys.place
        );
        let (key, value) = self.entries.get_key_value(key)?;
        Some(Entry::new(key, value, self.log))
    }

    /// The value of a key that must be there; `example` shows how it is written.
    pub(super) fn required(&self, key: &'static str, example: &str) -> Option<Entry<'a>> {
        self.required_or_help(key, &format!("add `{example}`"))
    }

    /// The value of a key that must be there; `help` says what to add.
    pub(super) fn required_or_help(&self, key: &'static str, help: &str) -> Option<Entry<'a>> {
        let entry = self.optional(key);
        if entry.is_none() && !self.misspelt.contains(&key) {
            self.log.report_labelled(
                &self.header,
                format!("{} has no `{key}`", self.keys.place),
                self.keys.missing_label(),
                help,
            );
        }
        entry
    }
}

impl<'a> Entry<'a> {
    pub(super) fn new(
        key: &'a Spanned<DeString<'a>>,
        value: &'a Spanned<DeValue<'a>>,
        log: &'a FaultLog,
    ) -> Self {
        Self {
            key: key.get_ref().as_ref(),
            value: value.get_ref(),
            span: value.span(),
            place: EntryPlace::UnderKey,
            log,
        }
    }

    /// The place of the value.
    pub(super) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Where the value's faults are told.
    pub(super) fn log(&self) -> &'a FaultLog {
        self.log
    }

    /// Whether the value stands in a list.
    pub(super) fn is_in_list(&self) -> bool {
        self.place == EntryPlace::InList
    }

    /// Whether the value is a text.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_str()
    }

    /// A text.
    pub(super) fn text(&self) -> Option<Located<&'a str>> {
        match self.value {
            DeValue::String(text) => Some(Located {
                value: text.as_ref(),
                span: self.span.clone(),
            }),
            _ => self.wrong_type("text", "write it in double quotes"),
        }
    }

    /// The values of a list.
    pub(super) fn items(&self) -> Option<impl Iterator<Item = Entry<'a>> + use<'a>> {
        let DeValue::Array(items) = self.value else {
            return self.wrong_type(
                "a list",
                "put the values between `[` and `]`, with commas between them",
            );
        };
        let (key, log) = (self.key, self.log);
        Some(items.iter().map(move |item| Entry {
            key,
            value: item.get_ref(),
            span: item.span(),
            place: EntryPlace::InList,
            log,
        }))
    }

    /// A date without a time, of the years 0001 to 9999.
    pub(super) fn date(&self) -> Option<Located<Date>> {
        let DeValue::Datetime(written) = self.value else {
            let help = if self.value.is_str() {
                "write it without quotes, as 2017-05-05"
            } else {
                "write it as 2017-05-05"
            };
            return self.wrong_type("a date", help);
        };
        let (Some(date), None, None) = (written.date, written.time, written.offset) else {
            return self.wrong_type("a date", "write the day alone, as 2017-05-05");
        };
        let civil = (|| {
            Date::new(
                i16::try_from(date.year).ok()?,
                i8::try_from(date.month).ok()?,
                i8::try_from(date.day).ok()?,
            )
            .ok()
        })();
        match civil {
            Some(civil) if civil.year() >= 1 => Some(Located {
                value: civil,
                span: self.span.clone(),
            }),
            _ => {
                self.log.report(
                    &self.span,
                    format!("`{}` is no day of the years 0001 to 9999", self.key),
                    "write a day that exists, as 2017-05-05",
                );
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type(
                "`true` or `false`",
                "write `true` or `false`, without quotes",
            ),
        }
    }

    /// Whether the value is the whole number 1.
    pub(super) fn is_one(&self) -> Option<bool> {
        match self.value {
            DeValue::Integer(number) => {
                Some(i64::from_str_radix(number.as_str(), number.radix()) == Ok(1))
            }
            _ => self.wrong_type(
                "a whole number",
                "write it without quotes and without a decimal point",
            ),
        }
    }

    /// A table of which known keys are read.
    pub(super) fn table(&self, keys: &'static Keys) -> Option<Table<'a>> {
        let entries = self.table_of_names()?;
        Some(Table::new(entries, self.span.clone(), keys, self.log))
    }

    /// The entries of a table whose keys are names of the user's own.
    pub(super) fn named_entries(&self) -> Option<Vec<(Located<&'a str>, Entry<'a>)>> {
        let log = self.log;
        let entries = self.table_of_names()?;
        Some(
            entries
                .iter()
                .map(|(key, value)| {
                    let name = Located {
                        value: key.get_ref().as_ref(),
                        span: key.span(),
                    };
                    (name, Entry::new(key, value, log))
                })
                .collect(),
        )
    }

    /// The names in a table, without a fault if it is none.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let DeValue::Table(entries) = self.value else {
            return None;
        };
        Some(
            entries
                .keys()
                .map(|key| key.get_ref().to_string())
                .collect(),
        )
    }

    fn table_of_names(&self) -> Option<&'a DeTable<'a>> {
        match self.value {
            DeValue::Table(entries) => Some(entries),
            _ => {
                let help = format!(
                    "write `[{}]` on a line of its own, and the keys below it",
                    self.key
                );
                self.wrong_type("a table", &help)
            }
        }
    }

    /// The tables of an array of tables; what is none is told and left out.
    pub(super) fn tables(&self, keys: &'static Keys) -> Option<Vec<Table<'a>>> {
        let help = format!(
            "write `[[{}]]`, with two brackets, on a line of its own before each, and the keys below it",
            self.key
        );
        let DeValue::Array(items) = self.value else {
            return self.wrong_type("a list of tables", &help);
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            if let DeValue::Table(entries) = item.get_ref() {
                tables.push(Table::new(entries, item.span(), keys, self.log));
            } else {
                let entry = Entry {
                    key: self.key,
                    value: item.get_ref(),
                    span: item.span(),
                    place: EntryPlace::InList,
                    log: self.log,
                };
                entry.wrong_type::<()>("a table", &help);
            }
        }
        Some(tables)
    }

    fn wrong_type<T>(&self, wanted: &str, help: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(written) => match (written.date, written.time) {
                (Some(_), Some(_)) => "a date with a time",
                (Some(_), None) => "a date",
                (None, _) => "a time",
            },
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.log.report_labelled(
            &self.span,
            match self.place {
                EntryPlace::UnderKey => format!("`{}` must be {wanted}", self.key),
                EntryPlace::InList => format!("a value of `{}` must be {wanted}", self.key),
            },
            format!("this is {found}"),
            help,
        );
        None
    }
}
