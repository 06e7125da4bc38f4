//! The summary at the end of a run: at a glance for a person, or as JSON for a job scheduler.

use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use serde::Serialize;

use super::args::TellingArguments;
use super::failure::Failure;
use super::harmless::visible;
use super::printing::{COLUMN_WIDTH_MAX, json_line, tell, text_of};
use super::share::shares;
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
        let stands = match self.out {
            Some(_) => "the outputs are in place",
            None => "every record was read",
        };
        tell(
            telling,
            "the summary",
            Some(stands),
            || self.json(),
            || self.text(),
        )
    }

    fn json(&self) -> String {
        json_line(&JsonSummary {
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
        })
    }

    fn text(&self) -> String {
        let counts = self.counts;
        let agreement = &self.program.rules().agreement;
        let clients: Vec<&str> = agreement
            .clients
            .iter()
            .map(|client| client.name.value.as_written())
            .collect();
        let records = HumanCount(counts.records).to_string();
        let width = records.len();
        let mut lines = vec![
            format!(
                "{} for {}",
                visible(&agreement.id),
                visible(&clients.join(", "))
            ),
            format!("  records    {records}"),
        ];
        let parts = [counts.permitted, counts.withheld];
        let told = parts.into_iter().zip(shares(parts, counts.records));
        for (name, (count, share)) in ["permitted", "withheld"].into_iter().zip(told) {
            lines.push(format!(
                "  {name:<9}  {:>width$}  {share}",
                HumanCount(count).to_string(),
            ));
        }
        if counts.blank_lines > 0 {
            lines.push(format!(
                "  blank lines passed over: {}",
                HumanCount(counts.blank_lines)
            ));
        }
        let reasons = self.reasons_by_weight();
        if !reasons.is_empty() {
            let longest = reasons
                .iter()
                .map(|(code, ..)| code.chars().count())
                .max()
                .unwrap_or(0)
                .min(COLUMN_WIDTH_MAX);
            let width = width.max(7);
            lines.push(String::new());
            lines.push(format!(
                "  {:<longest$}  {:>width$}  {:>width$}",
                "reason", "records", "alone",
            ));
            for (code, records, only) in reasons {
                lines.push(format!(
                    "  {code:<longest$}  {:>width$}  {:>width$}",
                    HumanCount(records).to_string(),
                    HumanCount(only).to_string(),
                ));
            }
        }
        lines.push(String::new());
        for remark in &self.remarks {
            lines.push(format!("  note: {remark}"));
        }
        let seconds = self.elapsed.as_secs_f64();
        lines.push(match self.out {
            Some(out) => format!(
                "  in {}: {} ({seconds:.1} s)",
                visible(&out.display().to_string()),
                self.made.join(", ")
            ),
            None => format!("  nothing was written ({seconds:.1} s)"),
        });
        text_of(&lines)
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
