//! The page as a whole: its parts, which the template puts in their places. Escapes nothing: the template does that.

use askama::Template;

use super::asked::{Asked, asked, clients};
use super::capture::Capture;
use super::charts;
use super::consulted::consulted;
use super::evidence::{
    Balance, File, List, Malformed, balance, files, lists, malformed, notes, remarks,
};
use super::figures::{count, records};
use super::notices::{Notice, Row, malformed_in, matrix_told, notices, rows, without_notice};
use super::outcome::{Cure, Reason, Verdict, cures, in_vain, incurable, reasons, verdict};
use crate::cli::harmless::visible;
use crate::output::Manifest;

#[derive(Template)]
#[template(path = "report.html", config = "src/cli/report/askama.toml")]
struct Page {
    agreement: String,
    supplier: String,
    clients: String,
    through: Option<String>,
    verdict: Verdict,
    remarks: Vec<String>,
    asked: Vec<Asked>,
    consulted: Vec<Asked>,
    reasons: Vec<Reason>,
    matrix_told: String,
    notices: Vec<Notice>,
    rows: Vec<Row>,
    without_notice: Option<String>,
    captured: Option<Captured>,
    undated: Option<String>,
    cures: Vec<Cure>,
    in_vain: Vec<String>,
    incurable: Vec<String>,
    lists: Vec<List>,
    files: Vec<File>,
    malformed: Vec<Malformed>,
    balance: Balance,
    notes: Vec<String>,
    own_digest: String,
    tool: String,
    started: String,
    finished: String,
}

/// Records by time of capture.
struct Captured {
    unit: &'static str,
    /// The picture for a page, and the one for a small screen.
    wide: String,
    narrow: String,
    parts: Vec<CapturedPart>,
}

struct CapturedPart {
    name: String,
    permitted: String,
    withheld: String,
}

/// The page of a manifest whose counts add up.
pub(super) fn render(manifest: &Manifest, capture: Option<&Capture>) -> String {
    let predicate = &manifest.predicate;
    let tool = &predicate.tool;
    let page = Page {
        agreement: visible(&predicate.agreement.id),
        supplier: visible(&predicate.agreement.supplier),
        clients: clients(&predicate.agreement),
        through: predicate
            .agreement
            .intermediary
            .as_ref()
            .map(|between| visible(&between.name)),
        verdict: verdict(predicate),
        remarks: remarks(predicate),
        asked: asked(&predicate.agreement),
        consulted: consulted(&predicate.consulted),
        reasons: reasons(&predicate.counts),
        matrix_told: matrix_told(predicate),
        notices: notices(&predicate.disclosures),
        rows: rows(predicate),
        without_notice: without_notice(&predicate.counts),
        captured: capture.map(captured),
        undated: match predicate.captured.unreadable.withheld {
            0 => None,
            number => Some(match malformed_in(&predicate.counts) {
                0 => records(number),
                malformed => format!(
                    "{}, the {} malformed among them,",
                    records(number),
                    count(malformed)
                ),
            }),
        },
        cures: cures(predicate),
        in_vain: in_vain(&predicate.counts),
        incurable: incurable(&predicate.counts),
        lists: lists(predicate),
        files: files(manifest),
        malformed: malformed(&predicate.malformed),
        balance: balance(&predicate.counts),
        notes: notes(predicate),
        own_digest: visible(&predicate.own_digest),
        tool: visible(&format!("{} {}", tool.name, tool.version)),
        started: visible(&predicate.started),
        finished: visible(&predicate.finished),
    };
    page.render().expect("a page is written in memory")
}

fn captured(capture: &Capture) -> Captured {
    let parts = capture.bins.iter().enumerate();
    Captured {
        unit: capture.unit,
        wide: charts::columns(capture, (900, 300), "captured-wide"),
        narrow: charts::columns(capture, (350, 250), "captured-narrow"),
        parts: parts
            .filter(|(_, bin)| bin.permitted + bin.withheld > 0)
            .map(|(part, bin)| CapturedPart {
                name: capture.name(part),
                permitted: count(bin.permitted),
                withheld: count(bin.withheld),
            })
            .collect(),
    }
}
