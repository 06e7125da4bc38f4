//! `withhold explain`: one record's verdict, test by test, for the person who asks why. The only command
//! that shows values of a record; none of them can move a cursor or hide text.

use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::args::{ExplainArguments, FormatArgument};
use super::diagnostics::is_harmful;
use super::failure::Failure;
use super::plan::{Plan, load_rules};
use crate::pipeline::{Broken, RunError};
use crate::program::{
    Consulted, Explanation, NoticeFinding, Program, RecordFields, Test, TestOutcome, parties,
    requested_categories,
};
use crate::records::{Walk, WalkError, WalkedRecord};
use crate::rules::Rules;
use crate::supply::{Input, OpenInput, Supply, shown};

pub(super) fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    let rules = load_rules(&arguments.rules)?;
    let Plan { supply, program } = Plan::make(rules, &arguments.shape, &arguments.inputs)?;
    let mut telling = Telling {
        out: BufWriter::new(io::stdout().lock()),
        format: arguments.format,
        program: &program,
        supply: &supply,
        told: 0,
    };
    match (&arguments.record, &arguments.id) {
        (Some(number), _) => by_number(&mut telling, *number, arguments.input.as_deref())?,
        (None, Some(id)) => by_id(&mut telling, id.as_bytes())?,
        (None, None) => unreachable!("one of the two is required"),
    }
    telling.out.flush().map_err(cannot_print)
}

/// Explains the record with this number, counted from 1 in its input.
fn by_number(telling: &mut Telling<'_>, number: u64, wanted: Option<&Path>) -> Result<(), Failure> {
    let inputs = telling.supply.inputs();
    let input = match (wanted, inputs) {
        (None, [only]) => only,
        (None, _) => {
            return Err(Failure::request(
                "there are several inputs, and records are numbered in each".to_owned(),
                "say which one is meant with `--input`",
            ));
        }
        (Some(path), _) => inputs
            .iter()
            .find(|input| input.path() == path)
            .ok_or_else(|| {
                Failure::request(
                    format!("{} is not among the inputs", shown(path)),
                    "give `--input` one of them, written in the same way",
                )
            })?,
    };
    let mut records = Records::open(input, telling.supply)?;
    while let Some(record) = records.next()? {
        if record.number == number {
            return telling.tell(input, &record);
        }
    }
    records.check_unchanged()?;
    Err(Failure::request(
        format!(
            "there is no record {number}: {} has {}",
            shown(input.path()),
            records.walk.passed()
        ),
        "records are counted from 1, without the header and blank lines",
    ))
}

/// Explains every record with this identifier.
fn by_id(telling: &mut Telling<'_>, id: &[u8]) -> Result<(), Failure> {
    let (program, supply) = (telling.program, telling.supply);
    let name = &program.rules().policy.columns.id.value;
    let names = supply.header().names();
    let column = names
        .iter()
        .position(|column| column == name.as_bytes())
        .expect("the identifier's column is in the header: checked when the rules were compiled");
    let mut malformed = 0_u64;
    for input in supply.inputs() {
        let mut records = Records::open(input, supply)?;
        while let Some(record) = records.next()? {
            let found = if is_malformed(&record, program) {
                malformed += 1;
                malformed_value(&record, column, supply).is_some_and(|value| value == id)
            } else {
                fields(&record).value(column, &mut Vec::new()) == id
            };
            if found {
                telling.tell(input, &record)?;
            }
        }
        records.check_unchanged()?;
    }
    if telling.told > 0 {
        return Ok(());
    }
    let help = match malformed {
        0 => "identifiers are compared byte for byte; check the inputs too".to_owned(),
        count => format!(
            "identifiers are compared byte for byte; {count} records are malformed, and theirs may not be where it should be: explain those with `--record`"
        ),
    };
    Err(Failure::request(
        format!("no record has this identifier in the column `{name}`"),
        &help,
    ))
}

/// An input's records, one after the other.
struct Records<'s> {
    input: &'s Input,
    walk: Walk<Box<dyn Read + Send>>,
    file: Option<Arc<std::fs::File>>,
    record_bytes_max: usize,
}

impl<'s> Records<'s> {
    fn open(input: &'s Input, supply: &Supply) -> Result<Self, Failure> {
        let (mut reader, file): (Box<dyn Read + Send>, _) = match input.reopen()? {
            OpenInput::Plain { file, .. } => {
                let reader = file
                    .try_clone()
                    .map_err(|error| input.unreadable(0, error))?;
                (Box::new(reader), Some(file))
            }
            OpenInput::Stored { raw, file } => {
                let reader = input
                    .compression()
                    .decode(raw)
                    .map_err(|error| input.unreadable(0, error))?;
                (reader, file)
            }
        };
        let start = input.preamble().len() as u64;
        io::copy(&mut (&mut reader).take(start), &mut io::sink())
            .map_err(|error| input.unreadable(0, error))?;
        Ok(Self {
            input,
            walk: Walk::new(reader, start, supply.delimiter(), supply.record_bytes_max()),
            file,
            record_bytes_max: supply.record_bytes_max(),
        })
    }

    fn next(&mut self) -> Result<Option<WalkedRecord>, Failure> {
        self.walk.next_record().map_err(|error| match error {
            WalkError::Read { offset, error } => self.input.unreadable(offset, error).into(),
            WalkError::TooLong { number, offset } => RunError::Record {
                path: self.input.path().to_path_buf(),
                number,
                offset,
                broken: Broken::TooLong {
                    limit: self.record_bytes_max,
                },
            }
            .into(),
        })
    }

    fn check_unchanged(&self) -> Result<(), Failure> {
        match &self.file {
            Some(file) => Ok(self.input.check_unchanged(file)?),
            None => Ok(()),
        }
    }
}

fn fields(record: &WalkedRecord) -> RecordFields<'_> {
    RecordFields::new(&record.padded, 0, &record.field_ends)
}

fn is_malformed(record: &WalkedRecord, program: &Program) -> bool {
    record.quote_fault || record.field_ends.len() != program.columns()
}

/// What a malformed record has in a column, as well as that can be told.
fn malformed_value(record: &WalkedRecord, column: usize, supply: &Supply) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(supply.delimiter().byte())
        .from_reader(record.bytes());
    let mut fields = csv::ByteRecord::new();
    reader.read_byte_record(&mut fields).ok()?;
    let value = fields.get(column)?;
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte))?;
    let end = value.iter().rposition(|byte| !blank(byte))?;
    Some(value[start..=end].to_vec())
}

/// What makes a record malformed, in words.
fn faults_of(record: &WalkedRecord, program: &Program) -> String {
    let (fields, columns) = (record.field_ends.len(), program.columns());
    let mut faults = vec![if fields == columns {
        format!("there are {fields} fields")
    } else {
        format!("there are {fields} fields, not {columns}")
    }];
    faults.extend(quote_faults(record).into_iter().map(str::to_owned));
    faults.join("; ")
}

/// The fault that swallows all that follows.
const OPEN: &str = "a quote is never closed";

/// Whether the record has a quote that is never closed.
pub(super) fn is_unclosed(record: &WalkedRecord) -> bool {
    quote_faults(record).contains(&OPEN)
}

/// Each kind of quote fault that the record has.
fn quote_faults(record: &WalkedRecord) -> Vec<&'static str> {
    const BARE: &str = "a quote stands inside an unquoted field";
    const AFTER: &str = "text stands after a closing quote";
    let mut found = Vec::new();
    if !record.quote_fault {
        return found;
    }
    let mut start = 0;
    for &end in &record.field_ends {
        let field = &record.padded[start..end as usize];
        start = end as usize + 1;
        let fault = match field.strip_prefix(b"\"") {
            None => field.contains(&b'"').then_some(BARE),
            Some(quoted) => match past_closing_quote(quoted) {
                None => Some(OPEN),
                Some([]) => None,
                Some(_) => Some(AFTER),
            },
        };
        found.extend(fault.filter(|fault| !found.contains(fault)));
    }
    assert!(!found.is_empty(), "a quote fault is of one of three kinds");
    found
}

/// What stands after the quote that closes a field whose first quote was taken off; `None` if none does.
fn past_closing_quote(quoted: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', quoted.get(at..)?)? + 1;
        if quoted.get(at) != Some(&b'"') {
            return Some(&quoted[at..]);
        }
        at += 1;
    }
}

/// Where explanations go.
struct Telling<'a> {
    out: BufWriter<io::StdoutLock<'static>>,
    format: FormatArgument,
    program: &'a Program,
    supply: &'a Supply,
    told: u64,
}

#[derive(Serialize)]
struct JsonExplanation<'a> {
    agreement: JsonAgreement<'a>,
    input: String,
    record: u64,
    offset: u64,
    verdict: &'static str,
    reasons: Vec<String>,
    notice: JsonNotice<'a>,
    tests: Vec<JsonTest<'a>>,
}

#[derive(Serialize)]
struct JsonAgreement<'a> {
    id: &'a str,
    supplier: &'a str,
    recipients: Vec<JsonParty<'a>>,
    purpose: &'a str,
    channels: &'a [String],
    data: Vec<&'a str>,
    delivery: String,
}

#[derive(Serialize)]
struct JsonParty<'a> {
    name: &'a str,
    sector: &'a str,
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    notice: Option<&'a str>,
    sources: Option<&'a [String]>,
    why: &'a str,
    consulted: Vec<JsonValue>,
}

#[derive(Serialize)]
struct JsonTest<'a> {
    reason: String,
    outcome: &'static str,
    asked: &'a str,
    found: &'a str,
    consulted: Vec<JsonValue>,
}

/// A value: as text, or in hexadecimal where it is not UTF-8.
#[derive(Serialize)]
struct JsonValue {
    column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Telling<'_> {
    fn tell(&mut self, input: &Input, record: &WalkedRecord) -> Result<(), Failure> {
        let explanation = if is_malformed(record, self.program) {
            self.program
                .explain_malformed(&faults_of(record, self.program))
        } else {
            self.program.explain(&fields(record))
        };
        let text = match self.format {
            FormatArgument::Json => self.json(input, record, &explanation),
            FormatArgument::Text => self.text(input, record, &explanation),
        };
        if self.told > 0 && self.format == FormatArgument::Text {
            self.out.write_all(b"\n").map_err(cannot_print)?;
        }
        self.told += 1;
        self.out.write_all(text.as_bytes()).map_err(cannot_print)
    }

    fn json(&self, input: &Input, record: &WalkedRecord, explanation: &Explanation) -> String {
        let Rules {
            policy, agreement, ..
        } = self.program.rules();
        let NoticeFinding {
            notice,
            why,
            consulted,
        } = &explanation.notice;
        let notice = notice.map(|index| &policy.notices[index]);
        let told = JsonExplanation {
            agreement: JsonAgreement {
                id: &agreement.id,
                supplier: agreement.supplier.value.as_written(),
                recipients: parties(agreement)
                    .map(|party| JsonParty {
                        name: party.name.as_written(),
                        sector: party.sector.as_str(),
                    })
                    .collect(),
                purpose: agreement.purpose.value.as_str(),
                channels: &agreement.channels,
                data: requested_categories(policy, agreement).collect(),
                delivery: agreement.delivery.to_string(),
            },
            input: input.path().display().to_string(),
            record: record.number,
            offset: record.offset,
            verdict: verdict(explanation),
            reasons: self.reasons(explanation),
            notice: JsonNotice {
                notice: notice.map(|notice| notice.version.value.as_str()),
                sources: notice.and_then(|notice| notice.sources.as_deref()),
                why,
                consulted: self.json_values(consulted),
            },
            tests: explanation
                .tests
                .iter()
                .map(|test| JsonTest {
                    reason: self.program.code(test.reason),
                    outcome: match test.outcome {
                        TestOutcome::Holds => "holds",
                        TestOutcome::DoesNotHold => "does-not-hold",
                        TestOutcome::NotEvaluated => "not-evaluated",
                    },
                    asked: &test.asked,
                    found: &test.found,
                    consulted: self.json_values(&test.consulted),
                })
                .collect(),
        };
        let text = serde_json::to_string(&told).expect("an explanation is plain data");
        let mut harmless = String::with_capacity(text.len() + 1);
        for character in text.chars() {
            // What is harmful stands in a string, where JSON allows its number.
            if is_harmful(character) {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    harmless.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                harmless.push(character);
            }
        }
        harmless.push('\n');
        harmless
    }

    fn json_values(&self, consulted: &[Consulted]) -> Vec<JsonValue> {
        consulted
            .iter()
            .map(|Consulted { column, value }| {
                let text = String::from_utf8(value.clone()).ok();
                let hex = text.is_none().then(|| {
                    let digits = value.iter().map(|byte| format!("{byte:02x}"));
                    digits.collect()
                });
                JsonValue {
                    column: String::from_utf8_lossy(&self.supply.header().names()[*column])
                        .into_owned(),
                    value: text,
                    hex,
                }
            })
            .collect()
    }

    fn text(&self, input: &Input, record: &WalkedRecord, explanation: &Explanation) -> String {
        let Rules {
            policy, agreement, ..
        } = self.program.rules();
        let mut lines = vec![
            format!(
                "Record {} of {}, at byte {}: {}",
                record.number,
                visible(shown(input.path()).as_bytes()),
                record.offset,
                verdict(explanation)
            ),
            String::new(),
            format!("What was asked: {}", visible(agreement.id.as_bytes())),
        ];
        let mut asked = |what: &str, value: String| {
            lines.push(format!("  {what:<9}  {}", visible(value.as_bytes())));
        };
        asked("supplier", agreement.supplier.value.as_written().to_owned());
        for party in parties(agreement) {
            asked(
                "recipient",
                format!("{} ({})", party.name.as_written(), party.sector),
            );
        }
        asked("purpose", agreement.purpose.value.to_string());
        asked("channels", agreement.channels.join(", "));
        let data: Vec<&str> = requested_categories(policy, agreement).collect();
        asked("data", data.join(", "));
        asked("delivery", agreement.delivery.to_string());

        let NoticeFinding {
            notice,
            why,
            consulted,
        } = &explanation.notice;
        lines.push(String::new());
        lines.push(match notice.map(|index| &policy.notices[index]) {
            None => "What the person was told: not known".to_owned(),
            Some(notice) => {
                let version = &notice.version.value;
                let label = match &notice.sources {
                    Some(sources) => format!("{version} ({})", sources.join(", ")),
                    None => version.clone(),
                };
                format!(
                    "What the person was told: notice {}",
                    visible(label.as_bytes())
                )
            }
        });
        lines.push(format!("  {}", visible(why.as_bytes())));
        self.push_values(&mut lines, "    ", consulted);

        lines.push(String::new());
        lines.push("Tests: each reason to withhold a record, in order".to_owned());
        for test in &explanation.tests {
            self.push_test(&mut lines, test);
        }
        lines.push(String::new());
        lines.push(match self.reasons(explanation).as_slice() {
            [] => "Verdict: permitted: no reason stands against it".to_owned(),
            reasons => format!("Verdict: withheld: {}", reasons.join(" ")),
        });
        lines
            .iter()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }

    fn push_test(&self, lines: &mut Vec<String>, test: &Test) {
        let (mark, outcome) = match test.outcome {
            TestOutcome::Holds => ("x", "stands against the record"),
            TestOutcome::DoesNotHold => (" ", "does not stand"),
            TestOutcome::NotEvaluated => ("-", "not evaluated"),
        };
        lines.push(format!(
            "{mark} {}: {outcome}",
            self.program.code(test.reason)
        ));
        lines.push(format!("    asked: {}", visible(test.asked.as_bytes())));
        self.push_values(lines, "    ", &test.consulted);
        lines.push(format!("    found: {}", visible(test.found.as_bytes())));
    }

    fn push_values(&self, lines: &mut Vec<String>, indent: &str, consulted: &[Consulted]) {
        for Consulted { column, value } in consulted {
            let name = visible(&self.supply.header().names()[*column]);
            lines.push(format!("{indent}{name} = \"{}\"", quoted(value)));
        }
    }

    fn reasons(&self, explanation: &Explanation) -> Vec<String> {
        let reasons = explanation.verdict.reasons.iter();
        reasons.map(|reason| self.program.code(reason)).collect()
    }
}

fn verdict(explanation: &Explanation) -> &'static str {
    if explanation.verdict.reasons.is_empty() {
        "permitted"
    } else {
        "withheld"
    }
}

/// Bytes as a terminal may show them: what it would obey or not show is written as a number.
fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_harmful(character) || character == '\t' {
                text.extend(character.escape_unicode());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// The same for a value in quotes: what it holds itself of quotes and backslashes is escaped.
fn quoted(value: &[u8]) -> String {
    let mut escaped = Vec::with_capacity(value.len());
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    visible(&escaped)
}

fn cannot_print(error: io::Error) -> Failure {
    Failure::machine(
        format!("cannot print: {error}"),
        "check where standard output goes",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::records::Delimiter;

    proptest! {
        #[test]
        fn every_quote_fault_has_a_kind(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b','), Just(b'"'), Just(b'\r'), Just(b'\n')], 0..40)) {
            let mut walk = Walk::new(bytes.as_slice(), 0, Delimiter::COMMA, 1 << 20);
            while let Some(record) = walk.next_record().unwrap() {
                prop_assert_eq!(quote_faults(&record).is_empty(), !record.quote_fault);
            }
        }

        #[test]
        fn nothing_visible_is_harmful(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "(\\PC|[\\x00-\\x1f\\u{80}-\\u{9f}\\u{202e}\\u{200b}]){0,20}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                prop_assert!(quoted(bytes).chars().all(|character| !is_harmful(character) && character != '\t'));
            }
        }
    }
}
