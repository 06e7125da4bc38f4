//! What two runs differ in, for a person or a job: numbers, and no identifier.

use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use serde::Serialize;

use super::GONE;
use super::side::Side;
use crate::cli::args::TellingArguments;
use crate::cli::failure::Failure;
use crate::cli::harmless::visible;
use crate::cli::printing::{COLUMN_WIDTH_MAX, json_line, tell, text_of};
use crate::cli::share::shares;
use crate::recall::Totals;

/// What is told.
pub(super) struct Telling<'a> {
    pub(super) old: &'a Side,
    pub(super) new: &'a Side,
    pub(super) totals: &'a Totals,
    /// Where the identifiers were written, if they were.
    pub(super) recall: Option<&'a Path>,
    pub(super) elapsed: Duration,
}

#[derive(Serialize)]
struct JsonDifference<'a> {
    agreement: &'a str,
    old: JsonSide<'a>,
    new: JsonSide<'a>,
    identifiers: u64,
    still_permitted: u64,
    recalled: u64,
    permitted_only_now: u64,
    blank: u64,
    reasons: Vec<JsonReason<'a>>,
    recall: Option<String>,
    seconds: f64,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct JsonSide<'a> {
    started: &'a str,
    delivery: &'a str,
    permitted: u64,
    withheld: u64,
}

#[derive(Serialize)]
struct JsonReason<'a> {
    reason: &'a str,
    identifiers: u64,
    only: u64,
}

impl<'a> JsonSide<'a> {
    fn of(side: &'a Side) -> Self {
        let predicate = &side.manifest.predicate;
        Self {
            started: &predicate.started,
            delivery: &predicate.agreement.delivery,
            permitted: predicate.counts.permitted,
            withheld: predicate.counts.withheld,
        }
    }
}

impl Telling<'_> {
    /// Prints what was found on standard output, unless nobody wants it.
    pub(super) fn print(&self, telling: &TellingArguments) -> Result<(), Failure> {
        let stands = match self.recall {
            Some(_) => "the recall file is in place",
            None => "nothing was written",
        };
        tell(
            telling,
            "what was found",
            Some(stands),
            || self.json(),
            || self.text(),
        )
    }

    fn json(&self) -> String {
        let totals = self.totals;
        json_line(&JsonDifference {
            agreement: &self.new.manifest.predicate.agreement.id,
            old: JsonSide::of(self.old),
            new: JsonSide::of(self.new),
            identifiers: totals.then,
            still_permitted: totals.then - totals.recalled,
            recalled: totals.recalled,
            permitted_only_now: totals.only_now,
            blank: totals.blank_then,
            reasons: self
                .reasons()
                .into_iter()
                .map(|(reason, identifiers, only)| JsonReason {
                    reason,
                    identifiers,
                    only,
                })
                .collect(),
            recall: self.recall.map(|path| path.display().to_string()),
            seconds: (self.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            remarks: self.remarks(),
        })
    }

    fn text(&self) -> String {
        let totals = self.totals;
        let agreement = &self.new.manifest.predicate.agreement;
        let clients: Vec<&str> = agreement
            .recipients
            .iter()
            .map(|party| party.name.as_str())
            .collect();
        let mut lines = vec![
            format!(
                "{} for {}: what was permitted, and what of it still is",
                visible(&agreement.id),
                visible(&clients.join(", "))
            ),
            format!(
                "  permitted then      {} identifiers",
                HumanCount(totals.then)
            ),
        ];
        let width = HumanCount(totals.then).to_string().len();
        let parts = [totals.then - totals.recalled, totals.recalled];
        let told = parts.into_iter().zip(shares(parts, totals.then));
        for (what, (count, share)) in ["still permitted", "to be recalled"].into_iter().zip(told) {
            lines.push(format!(
                "  {what:<18}  {:>width$}  {share}",
                HumanCount(count).to_string(),
            ));
        }
        if totals.only_now > 0 {
            lines.push(format!(
                "  permitted only now  {:>width$}",
                HumanCount(totals.only_now).to_string()
            ));
        }
        let reasons = self.reasons();
        if !reasons.is_empty() {
            let longest = reasons
                .iter()
                .map(|(code, ..)| visible(code).chars().count())
                .max()
                .unwrap_or(0)
                .min(COLUMN_WIDTH_MAX);
            lines.push(String::new());
            lines.push(format!(
                "  {:<longest$}  identifiers  {:>width$}",
                "reason",
                "alone",
                width = width.max(7)
            ));
            for (code, identifiers, only) in reasons {
                lines.push(format!(
                    "  {:<longest$}  {:>11}  {:>width$}",
                    visible(code),
                    HumanCount(identifiers).to_string(),
                    HumanCount(only).to_string(),
                    width = width.max(7)
                ));
            }
        }
        lines.push(String::new());
        for remark in self.remarks() {
            lines.push(format!("  note: {}", visible(&remark)));
        }
        let seconds = self.elapsed.as_secs_f64();
        lines.push(match self.recall {
            Some(path) => format!(
                "  in {}: what the client has to be told ({seconds:.1} s)",
                visible(&path.display().to_string())
            ),
            None => format!(
                "  nothing was written: `--recall FILE` writes the identifiers ({seconds:.1} s)"
            ),
        });
        text_of(&lines)
    }

    /// Reasons with the recalled identifiers that they stand against, most of them first.
    fn reasons(&self) -> Vec<(&str, u64, u64)> {
        let totals = self.totals;
        let codes = self.new.codes.iter().map(String::as_str);
        let mut reasons: Vec<(&str, u64, u64)> = codes
            .zip(&totals.by_reason)
            .map(|(code, &(identifiers, only))| (code, identifiers, only))
            .chain([(GONE, totals.gone.0, totals.gone.1)])
            .filter(|&(_, identifiers, _)| identifiers > 0)
            .collect();
        reasons.sort_by_key(|&(_, identifiers, _)| std::cmp::Reverse(identifiers));
        reasons
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = [self.old, self.new]
            .iter()
            .flat_map(|side| side.remarks.clone())
            .collect();
        let [then, now] = [self.old, self.new].map(|side| &side.manifest.predicate.agreement);
        if then.delivery != now.delivery {
            remarks.push(format!(
                "the day of delivery was {}, and is {}",
                then.delivery, now.delivery
            ));
        } else if then.digest.keys().eq(now.digest.keys()) && then.digest != now.digest {
            remarks.push(
                "the agreement was changed, though not in recipients, purpose, channels, data or day of delivery"
                    .to_owned(),
            );
        }
        let blank = self.totals.blank_then;
        if blank > 0 {
            remarks.push(format!(
                "{} records that were permitted then have a blank identifier: what became of them is not known, and they cannot be recalled by it",
                HumanCount(blank)
            ));
        }
        remarks
    }
}
