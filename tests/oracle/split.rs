//! Owns the two outputs and the counts, byte for byte, all in memory. It writes no file.

use super::{
    decide::{Row, Rules, Verdict},
    policy::Data,
    reader::{self, BOM, Record},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    pub(crate) permitted: u64,
    pub(crate) withheld: u64,
    pub(crate) blank_lines: u64,
    pub(crate) bytes: Bytes,
    pub(crate) terminators_inserted: u64,
    pub(crate) withdrawals_before_capture: u64,
    /// A reason's records: in all, and with no other reason.
    pub(crate) reasons: BTreeMap<String, (u64, u64)>,
}

/// Bytes as read, with terminators; a byte order mark counts with its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub(crate) read: u64,
    pub(crate) headers: u64,
    pub(crate) permitted: u64,
    pub(crate) withheld: u64,
    pub(crate) blank: u64,
}

/// The counts of permitted and withheld records by what a reader of the manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// By notice and source; `None` is the malformed ones.
    pub(crate) rows: BTreeMap<Option<Row>, (u64, u64)>,
    /// By year and month of capture; `None` where no day can be read.
    pub(crate) months: BTreeMap<Option<(i64, i64)>, (u64, u64)>,
    /// The first malformed records: input and number, both from 1, and offset.
    pub(crate) malformed: Vec<(usize, u64, u64)>,
}

impl Ledger {
    const MALFORMED_MAX: usize = 10;

    fn note(&mut self, verdict: &Verdict, place: (usize, u64, u64)) {
        let month = verdict.captured.map(|day| (day.year, day.month));
        for count in [
            self.rows.entry(verdict.row.clone()).or_default(),
            self.months.entry(month).or_default(),
        ] {
            if verdict.reasons.is_empty() {
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
        if verdict.row.is_none() && self.malformed.len() < Self::MALFORMED_MAX {
            self.malformed.push(place);
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) permitted: Vec<u8>,
    pub(crate) withheld: Vec<u8>,
    pub(crate) counts: Counts,
    pub(crate) ledger: Ledger,
}

/// One output, which remembers whether its last record still wants a terminator.
struct Out {
    bytes: Vec<u8>,
    open: bool,
    inserted: u64,
}

impl Out {
    fn line(&mut self, line: &[u8], terminator: &[u8], filler: &[u8]) {
        if self.open {
            self.bytes.extend_from_slice(filler);
            self.inserted += 1;
        }
        self.bytes.extend_from_slice(line);
        self.bytes.extend_from_slice(terminator);
        self.open = terminator.is_empty();
    }
}

pub(crate) fn split(
    rules: &Rules,
    inputs: &[Vec<u8>],
    delimiter: u8,
    with_reasons: bool,
) -> Outcome {
    let mut counts = Counts::default();
    let mut ledger = Ledger::default();
    let sheets: Vec<reader::Sheet> = inputs
        .iter()
        .map(|input| reader::read(input, delimiter))
        .collect();
    let header = sheets[0].records[0].clone();
    let filler = if header.terminator.is_empty() {
        b"\n".to_vec()
    } else {
        header.terminator.clone()
    };
    let chosen = chosen_columns(rules, &header);
    let mark = if sheets[0].bom { BOM } else { b"" };
    let mut permitted = Out {
        bytes: mark.to_vec(),
        open: false,
        inserted: 0,
    };
    let mut withheld = Out {
        bytes: mark.to_vec(),
        open: false,
        inserted: 0,
    };

    permitted.line(
        &project(&header, &chosen, delimiter),
        &header.terminator,
        &filler,
    );
    let title: &[&str] = if with_reasons {
        &["withheld_reasons"]
    } else {
        &[]
    };
    withheld.line(
        &append(&header, title, delimiter),
        &header.terminator,
        &filler,
    );

    for (place, (input, sheet)) in inputs.iter().zip(&sheets).enumerate() {
        let bytes = &mut counts.bytes;
        bytes.read += input.len() as u64;
        let mark = if sheet.bom { BOM.len() as u64 } else { 0 };
        let in_records: u64 = sheet.records.iter().map(bytes_of).sum();
        bytes.blank += input.len() as u64 - mark - in_records;
        bytes.headers += mark + bytes_of(&sheet.records[0]);
        counts.blank_lines += sheet.blank_lines;
        let (own_header, records) = sheet.records.split_first().expect("a header");
        assert_eq!(own_header.raw, header.raw, "one header");
        for (number, record) in (1..).zip(records) {
            let verdict = rules.decide(&header, record);
            ledger.note(&verdict, (place + 1, number, record.offset as u64));
            counts.records += 1;
            counts.withdrawals_before_capture += u64::from(verdict.withdrawal_before_capture);
            for reason in &verdict.reasons {
                let count = counts.reasons.entry(reason.clone()).or_default();
                count.0 += 1;
                count.1 += u64::from(verdict.reasons.len() == 1);
            }
            if verdict.reasons.is_empty() {
                counts.permitted += 1;
                counts.bytes.permitted += bytes_of(record);
                permitted.line(
                    &project(record, &chosen, delimiter),
                    &record.terminator,
                    &filler,
                );
            } else {
                counts.withheld += 1;
                counts.bytes.withheld += bytes_of(record);
                let joined = verdict.reasons.join(" ");
                let extra: &[&str] = if with_reasons { &[&joined] } else { &[] };
                withheld.line(
                    &append(record, extra, delimiter),
                    &record.terminator,
                    &filler,
                );
            }
        }
    }
    counts.terminators_inserted = permitted.inserted + withheld.inserted;
    Outcome {
        permitted: permitted.bytes,
        withheld: withheld.bytes,
        counts,
        ledger,
    }
}

fn bytes_of(record: &Record) -> u64 {
    (record.raw.len() + record.terminator.len()) as u64
}

/// The columns that go out, in header order; `None` is the record as it came.
fn chosen_columns(rules: &Rules, header: &Record) -> Option<Vec<usize>> {
    if matches!(rules.agreement.data, Data::Word(_)) {
        return None;
    }
    let names: Vec<&String> = rules
        .categories()
        .iter()
        .flat_map(|category| &rules.policy.data[*category])
        .collect();
    let mut chosen = Vec::new();
    for (place, field) in header.fields.iter().enumerate() {
        if names.iter().any(|name| name.as_bytes() == field.value) {
            chosen.push(place);
        }
    }
    Some(chosen)
}

fn project(record: &Record, chosen: &Option<Vec<usize>>, delimiter: u8) -> Vec<u8> {
    let Some(chosen) = chosen else {
        return record.raw.clone();
    };
    let fields: Vec<&[u8]> = chosen
        .iter()
        .map(|place| record.fields[*place].raw.as_slice())
        .collect();
    let line = fields.join(&delimiter);
    if line.is_empty() {
        b"\"\"".to_vec()
    } else {
        line
    }
}

fn append(record: &Record, extra: &[&str], delimiter: u8) -> Vec<u8> {
    let mut line = record.raw.clone();
    for text in extra {
        line.push(delimiter);
        line.extend_from_slice(text.as_bytes());
    }
    line
}
