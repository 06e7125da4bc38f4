//! Loads a list as its rule declares it, and tells everything for which it is refused.

use std::io::{self, Read};

use csv::ByteRecord;
use jiff::civil::Date;

use super::digest_text::{decode_base64, decode_hex};
use super::key_set::{KeySet, Keys};
use super::list_file::ListFile;
use super::list_header::Header;
use super::list_rows::{ListRows, QuoteDefect, Row};
use super::{KeyDigest, SuppressionList, append_component};
use crate::records::Delimiter;
use crate::rules::parse::FaultLog;
use crate::rules::text_file::describe;
use crate::rules::white_space::trim_spaces_and_tabs;
use crate::rules::{Cause, Fault, Place, SuppressionRule};

/// Most bad rows of a list that are told one by one.
const BAD_ROWS_TOLD_MAX: u64 = 10;

/// A list while it is read.
struct Loading<'a> {
    rule: &'a SuppressionRule,
    log: &'a FaultLog,
    /// Indices of the rule's columns in the header.
    columns: Vec<usize>,
    field_count: usize,
    keys: Keys,
    /// The joined key of the current row.
    key: Vec<u8>,
    rows: u64,
    bad_rows: u64,
    /// Every text so far is written as a digest is.
    looks_digested: bool,
}

/// What is wrong with a row; never what stands in it.
enum BadRow {
    Quotes(QuoteDefect),
    FieldCount { found: usize, header: usize },
    NotUtf8 { column: usize },
    Blank { column: usize },
    NoDigest { column: usize },
}

impl SuppressionList {
    /// Loads a list; `None`, with a fault in the policy's log, if it is refused. Without a readable
    /// delivery day its age is not checked, and the load fails for that day anyway.
    pub(in crate::rules) fn load(
        rule: &SuppressionRule,
        delivery: Option<Date>,
        log: &FaultLog,
    ) -> Option<Self> {
        let fresh = delivery.is_none_or(|delivery| check_age(rule, delivery, log));
        let list = match read(rule, log) {
            Ok(list) => list,
            Err(error) => {
                log.report(
                    &rule.file.span,
                    format!(
                        "the suppression list `{}` cannot be read: {}",
                        rule.name.value,
                        describe(&error)
                    ),
                    format!(
                        "{}; it was looked for at {}",
                        if error.kind() == io::ErrorKind::PermissionDenied {
                            "let who runs this read it"
                        } else {
                            "put the whole list there, or correct the path"
                        },
                        rule.path.display()
                    ),
                );
                log.blame(&error);
                return None;
            }
        };
        list.filter(|_| fresh)
    }
}

fn check_age(rule: &SuppressionRule, delivery: Date, log: &FaultLog) -> bool {
    let (name, as_of) = (&rule.name.value, rule.as_of.value);
    if as_of > delivery {
        log.report(
            &rule.as_of.span,
            format!(
                "the suppression list `{name}` is as of {as_of}, after the delivery on {delivery}"
            ),
            "write the day on which this copy of the list was made, or correct the day of delivery",
        );
        return false;
    }
    match rule.max_age.after(as_of) {
        Some(last_day) if last_day < delivery => {
            log.report(
                &rule.as_of.span,
                format!(
                    "the suppression list `{name}` is stale: this copy may be used until {last_day}, and delivery is on {delivery}"
                ),
                "get a newer copy of the list, and write its day in `as_of`",
            );
            false
        }
        _ => true,
    }
}

/// The list; `None` if it was read and refused.
fn read(rule: &SuppressionRule, log: &FaultLog) -> io::Result<Option<SuppressionList>> {
    let mut file = ListFile::open(&rule.path)?;
    let mut rows = ListRows::new(&mut file.content, Delimiter::implied_by(&rule.path).byte());
    let Some(mut loading) = Loading::start(rule, log, &mut rows)? else {
        return Ok(None);
    };
    let mut record = ByteRecord::new();
    while let Some(row) = rows.next(&mut record)? {
        loading.take(&row, &record);
    }
    drop(rows);
    let (file_blake3, file_sha256) = file.finish()?;
    let (rows, looks_digested) = (loading.rows, loading.looks_digested);
    Ok(loading.finish().map(|keys| SuppressionList {
        name: rule.name.value.clone(),
        path: rule.path.clone(),
        as_of: rule.as_of.value,
        rows,
        file_blake3,
        file_sha256,
        looks_digested: rows > 0 && looks_digested,
        keys,
    }))
}

impl<'a> Loading<'a> {
    /// Reads the header; `None` if it is refused.
    fn start(
        rule: &'a SuppressionRule,
        log: &'a FaultLog,
        rows: &mut ListRows<impl Read>,
    ) -> io::Result<Option<Self>> {
        let Some(Header {
            columns,
            field_count,
        }) = Header::read(rule, log, rows)?
        else {
            return Ok(None);
        };
        let keys = match rule.digest {
            KeyDigest::None => Keys::of_texts(),
            KeyDigest::Sha256Hex | KeyDigest::Sha256Base64 => Keys::of_digests(),
        };
        Ok(Some(Self {
            rule,
            log,
            columns,
            field_count,
            keys,
            key: Vec::new(),
            rows: 0,
            bad_rows: 0,
            looks_digested: rule.digest == KeyDigest::None && rule.list_columns.len() == 1,
        }))
    }

    /// Takes a row's key, or tells why it has none.
    fn take(&mut self, row: &Row, record: &ByteRecord) {
        self.rows += 1;
        if self.rows > u64::from(u32::MAX) {
            // It is refused once it has been read; no more of it is kept.
            return;
        }
        if let Err(bad) = self.take_key(row, record) {
            self.bad_rows += 1;
            if self.bad_rows <= BAD_ROWS_TOLD_MAX {
                self.tell(row, &bad);
            }
        }
    }

    fn take_key(&mut self, row: &Row, record: &ByteRecord) -> Result<(), BadRow> {
        if let Some(defect) = row.defect {
            return Err(BadRow::Quotes(defect));
        }
        if record.len() != self.field_count {
            return Err(BadRow::FieldCount {
                found: record.len(),
                header: self.field_count,
            });
        }
        match self.rule.digest {
            KeyDigest::None => self.take_text(record),
            KeyDigest::Sha256Hex => self.take_digest(record, decode_hex),
            KeyDigest::Sha256Base64 => self.take_digest(record, decode_base64),
        }
    }

    fn take_text(&mut self, record: &ByteRecord) -> Result<(), BadRow> {
        self.key.clear();
        for (column, (&index, component)) in
            self.columns.iter().zip(&self.rule.components).enumerate()
        {
            let value = trim_spaces_and_tabs(&record[index]);
            self.looks_digested &= decode_hex(value).or_else(|| decode_base64(value)).is_some();
            if !append_component(&mut self.key, column, component.normaliser, value) {
                return Err(match std::str::from_utf8(value) {
                    Ok(_) => BadRow::Blank { column },
                    Err(_) => BadRow::NotUtf8 { column },
                });
            }
        }
        self.keys.add(&self.key);
        Ok(())
    }

    fn take_digest(
        &mut self,
        record: &ByteRecord,
        decode: fn(&[u8]) -> Option<[u8; 32]>,
    ) -> Result<(), BadRow> {
        // INVARIANT: a rule with digests has one list column.
        let value = trim_spaces_and_tabs(&record[self.columns[0]]);
        self.keys
            .add(&decode(value).ok_or(BadRow::NoDigest { column: 0 })?);
        Ok(())
    }

    fn tell(&self, row: &Row, bad: &BadRow) {
        let column = |index: usize| &self.rule.list_columns[index].value;
        let (what, help) = match bad {
            BadRow::Quotes(defect) => (
                defect.describe().to_owned(),
                "quote a field as a whole, and write a quote inside it twice",
            ),
            BadRow::FieldCount { found, header } => (
                format!("its number of fields is {found}, and the header's is {header}"),
                "give every row as many fields as the header, and quote a field that holds the delimiter",
            ),
            BadRow::NotUtf8 { column: index } => (
                format!("`{}` is not UTF-8 text", column(*index)),
                "save the list as UTF-8 text",
            ),
            BadRow::Blank { column: index } => (
                format!(
                    "`{}` is blank after normalising as `{}`",
                    column(*index),
                    self.rule.components[*index].normaliser.as_str()
                ),
                "write a value that can match, or remove the row",
            ),
            BadRow::NoDigest { column: index } => (
                format!("`{}` is no SHA-256 digest", column(*index)),
                match self.rule.digest {
                    KeyDigest::Sha256Base64 => {
                        "write the digest as padded standard Base64, 44 characters, or correct `digest` in the policy"
                    }
                    _ => {
                        "write the digest as 64 hexadecimal digits, or correct `digest` in the policy"
                    }
                },
            ),
        };
        self.log.add(Fault {
            place: Place::File {
                path: self.rule.path.clone(),
                line: row.line,
                record: Some(self.rows),
                offset: Some(row.offset),
            },
            message: format!(
                "a row of the suppression list `{}` could never match: {what}",
                self.rule.name.value
            ),
            label: None,
            help: help.to_owned(),
            cause: Cause::Request,
        });
    }

    /// The keys; `None` if the list is refused.
    fn finish(self) -> Option<KeySet> {
        let name = &self.rule.name.value;
        if self.bad_rows > BAD_ROWS_TOLD_MAX {
            self.log.add(Fault {
                place: Place::File {
                    path: self.rule.path.clone(),
                    line: None,
                    record: None,
                    offset: None,
                },
                message: format!(
                    "{} more rows of the suppression list `{name}` could never match",
                    self.bad_rows - BAD_ROWS_TOLD_MAX
                ),
                label: None,
                help: "mend the rows above and those like them, and check again".to_owned(),
                cause: Cause::Request,
            });
        }
        if self.bad_rows > 0 {
            return None;
        }
        if self.rows == 0 && !self.rule.may_be_empty {
            self.log.report(
                &self.rule.file.span,
                format!("the suppression list `{name}` is empty"),
                "check that this file is the whole list; if nobody stands on it, write `may_be_empty = true`",
            );
            return None;
        }
        if self.rows > u64::from(u32::MAX) {
            self.log.report(
                &self.rule.file.span,
                format!(
                    "the suppression list `{name}` has more than {} rows",
                    u32::MAX
                ),
                "divide it into several lists, each with a rule of its own",
            );
            return None;
        }
        Some(self.keys.into_set())
    }
}
