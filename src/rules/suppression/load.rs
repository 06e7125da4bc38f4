//! Loads a list as its rule declares it, and tells everything for which it is refused.

use std::io::{self, Read};

use csv::ByteRecord;
use jiff::civil::Date;

use super::digest_text::{decode_base64, decode_hex};
use super::key_set::{KeySet, Keys};
use super::list_file::ListFile;
use super::list_rows::{ListRows, QuoteDefect, Row};
use super::{KeyDigest, SuppressionList};
use crate::records::{Delimiter, is_workbook};
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
        let name = &rule.name.value;
        let mut header = ByteRecord::new();
        let Some(row) = rows.next(&mut header)? else {
            log.report(
                &rule.file.span,
                format!("the suppression list `{name}` has no header"),
                "check that this file is the whole list; its first line names its columns",
            );
            return Ok(None);
        };
        if header
            .get(0)
            .is_some_and(|first| first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff"))
        {
            log.report(
                &rule.file.span,
                format!("the suppression list `{name}` is UTF-16"),
                "save the list as UTF-8 text",
            );
            return Ok(None);
        }
        if let Some(defect) = row.defect {
            log.report(
                &rule.file.span,
                format!(
                    "the header of the suppression list `{name}` is malformed: {}",
                    describe_defect(defect)
                ),
                "correct the quotes in the first line of the list",
            );
            return Ok(None);
        }

        let mut columns = Vec::new();
        for column in &rule.list_columns {
            let mut places =
                (0..header.len()).filter(|&index| &header[index] == column.value.as_bytes());
            match (places.next(), places.next()) {
                (Some(index), None) => columns.push(index),
                (None, _) => log.report(
                    &column.span,
                    format!(
                        "the suppression list `{name}` has no column `{}`",
                        column.value
                    ),
                    match (misread(&header), nearly(&header, &column.value)) {
                        _ if is_workbook(&header[0]) => format!(
                            "{} is a workbook or another archive: save the sheet as CSV in UTF-8",
                            rule.path.display()
                        ),
                        (None, Some(number)) => format!(
                            "column {number} of {} has nearly this name: names are compared byte for byte",
                            rule.path.display()
                        ),
                        (Some(delimiter), _) => format!(
                            "the first line of {} is one column, and {} stands in it: save the list with commas between its columns",
                            rule.path.display(),
                            delimiter.typed(),
                        ),
                        (None, None) => format!(
                            "write the name as it stands in the first line of {}",
                            rule.path.display()
                        ),
                    },
                ),
                (Some(_), Some(_)) => log.report(
                    &column.span,
                    format!(
                        "the suppression list `{name}` has the column `{}` twice",
                        column.value
                    ),
                    "rename one of the two columns in the list",
                ),
            }
        }
        if columns.len() != rule.list_columns.len() {
            return Ok(None);
        }
        let keys = match rule.digest {
            KeyDigest::None => Keys::of_texts(),
            KeyDigest::Sha256Hex | KeyDigest::Sha256Base64 => Keys::of_digests(),
        };
        Ok(Some(Self {
            rule,
            log,
            columns,
            field_count: header.len(),
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
            if column > 0 {
                self.key.push(b'|');
            }
            let value = trim_spaces_and_tabs(&record[index]);
            self.looks_digested &= decode_hex(value).or_else(|| decode_base64(value)).is_some();
            if !component.normaliser.append(value, &mut self.key) {
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
                describe_defect(*defect).to_owned(),
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

/// Number, from 1, of the column whose name differs by case, or by spaces, hyphens and underscores.
fn nearly(header: &ByteRecord, name: &str) -> Option<usize> {
    let folded = |text: &str| text.trim().to_lowercase().replace(['-', '_', ' '], "");
    let wanted = folded(name);
    let is_it = |field: &[u8]| std::str::from_utf8(field).is_ok_and(|text| folded(text) == wanted);
    header.iter().position(is_it).map(|index| index + 1)
}

/// What a header that came out as one column was probably written with.
fn misread(header: &ByteRecord) -> Option<Delimiter> {
    match header.len() {
        1 => Delimiter::sought_in(&header[0]),
        _ => None,
    }
}

fn describe_defect(defect: QuoteDefect) -> &'static str {
    match defect {
        QuoteDefect::InUnquotedField => "a quote inside a field that does not begin with one",
        QuoteDefect::TextAfterClosingQuote => "text after the quote that closes a field",
        QuoteDefect::Unterminated => "a quote that is never closed",
    }
}
