//! A list's header: where the columns stand that its rule names. Shows no name from it.

use std::io::{self, Read};

use csv::ByteRecord;

use super::list_rows::ListRows;
use crate::records::{Delimiter, is_workbook};
use crate::rules::SuppressionRule;
use crate::rules::folded;
use crate::rules::parse::FaultLog;

/// What is known of a sound header.
pub(super) struct Header {
    /// Indices of the rule's columns.
    pub(super) columns: Vec<usize>,
    /// Its number of fields.
    pub(super) field_count: usize,
}

impl Header {
    /// Reads it; `None` if it is refused.
    pub(super) fn read(
        rule: &SuppressionRule,
        log: &FaultLog,
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
                    defect.describe()
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
        Ok(Some(Self {
            columns,
            field_count: header.len(),
        }))
    }
}

/// Number, from 1, of the column whose name differs by case, or by spaces, hyphens and underscores.
fn nearly(header: &ByteRecord, name: &str) -> Option<usize> {
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
