//! The summary at the end of a run: at a glance for a person, or as JSON for a job scheduler.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use serde::Serialize;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::args::{FormatArgument, TellingArguments};
use super::failure::Failure;
use crate::pipeline::Counts;
use crate::program::Program;

/// What a summary tells.
pub(super) struct Summary<'a> {
    pub(super) program: &'a Program,
    pub(super) counts: &'a Counts,
    pub(super) elapsed: Duration,
    /// Where the outputs are, if any were written.
    pub(super) out: Option<&'a Path>,
    /// The names of these outputs.
    pub(super) made: &'a [&'a str],
    /// Things to know that are no failure.
    pub(super) remarks: Vec<String>,
}

#[derive(Serialize)]
struct JsonSummary<'a> {
    agreement: &'a str,
    records: u64,
    permitted: u64,
    withheld: u64,
    blank_lines: u64,
    reasons: Vec<JsonReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    seconds: f64,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct JsonReason {
    reason: String,
    records: u64,
    only: u64,
}

impl Summary<'_> {
    /// Prints the summary on standard output, unless nobody wants it.
    pub(super) fn print(&self, telling: &TellingArguments) -> Result<(), Failure> {
        let text = match telling.format {
            FormatArgument::Json => self.json(),
            FormatArgument::Text if telling.quiet => return Ok(()),
            FormatArgument::Text => self.text(),
        };
        print(&text).map_err(|error| {
            let place = if self.out.is_some() {
                "the outputs are in place; check where standard output goes"
            } else {
                "every record was read; check where standard output goes"
            };
            Failure::machine(format!("cannot print the summary: {error}"), place)
        })
    }

    fn json(&self) -> String {
        let summary = JsonSummary {
            agreement: &self.program.rules().agreement.id,
            records: self.counts.records,
            permitted: self.counts.permitted,
            withheld: self.counts.withheld,
            blank_lines: self.counts.blank_lines,
            reasons: self
                .reasons_by_weight()
                .into_iter()
                .map(|(reason, records, only)| JsonReason {
                    reason,
                    records,
                    only,
                })
                .collect(),
            out: self.out.map(|out| out.display().to_string()),
            seconds: (self.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            remarks: &self.remarks,
        };
        let mut text = serde_json::to_string(&summary).expect("a summary is plain data");
        text.push('\n');
        text
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let counts = self.counts;
        let agreement = &self.program.rules().agreement;
        let clients: Vec<&str> = agreement
            .clients
            .iter()
            .map(|client| client.name.value.as_written())
            .collect();
        let records = HumanCount(counts.records).to_string();
        let width = records.len();
        let line = |text: &mut String, line: String| {
            text.push_str(line.trim_end());
            text.push('\n');
        };
        line(
            &mut text,
            format!(
                "{} for {}",
                visible(&agreement.id),
                visible(&clients.join(", "))
            ),
        );
        line(&mut text, format!("  records    {records}"));
        for (name, count) in [
            ("permitted", counts.permitted),
            ("withheld", counts.withheld),
        ] {
            line(
                &mut text,
                format!(
                    "  {name:<9}  {:>width$}  {:>5.1} %",
                    HumanCount(count).to_string(),
                    share(count, counts.records)
                ),
            );
        }
        if counts.blank_lines > 0 {
            line(
                &mut text,
                format!(
                    "  blank lines passed over: {}",
                    HumanCount(counts.blank_lines)
                ),
            );
        }
        let reasons = self.reasons_by_weight();
        if !reasons.is_empty() {
            let longest = reasons
                .iter()
                .map(|(code, ..)| code.chars().count())
                .max()
                .unwrap_or(0);
            text.push('\n');
            line(
                &mut text,
                format!(
                    "  {:<longest$}  {:>width$}  {:>width$}",
                    "reason",
                    "records",
                    "alone",
                    width = width.max(7)
                ),
            );
            for (code, records, only) in reasons {
                line(
                    &mut text,
                    format!(
                        "  {code:<longest$}  {:>width$}  {:>width$}",
                        HumanCount(records).to_string(),
                        HumanCount(only).to_string(),
                        width = width.max(7)
                    ),
                );
            }
        }
        text.push('\n');
        for remark in &self.remarks {
            line(&mut text, format!("  note: {remark}"));
        }
        let seconds = self.elapsed.as_secs_f64();
        match self.out {
            Some(out) => line(
                &mut text,
                format!(
                    "  in {}: {} ({seconds:.1} s)",
                    visible(&out.display().to_string()),
                    self.made.join(", ")
                ),
            ),
            None => line(&mut text, format!("  nothing was written ({seconds:.1} s)")),
        }
        text
    }

    fn reasons_by_weight(&self) -> Vec<(String, u64, u64)> {
        let mut reasons: Vec<_> = self
            .counts
            .reasons
            .iter()
            .map(|count| (self.program.code(count.reason), count.records, count.only))
            .collect();
        reasons.sort_by_key(|&(_, records, _)| std::cmp::Reverse(records));
        reasons
    }
}

/// Prints on standard output, all of it or an error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Text of the rules as a terminal may show it: control characters are spelled out.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut shown, character| {
            let formats = character.general_category() == GeneralCategory::Format;
            if character.is_control() || formats {
                write!(shown, "{}", character.escape_unicode())
                    .expect("writing to a string does not fail");
            } else {
                shown.push(character);
            }
            shown
        })
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}
