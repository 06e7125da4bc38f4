//! What was verified, for a person or a job.

use std::path::Path;

use serde::Serialize;

use crate::cli::args::TellingArguments;
use crate::cli::failure::Failure;
use crate::cli::harmless::visible;
use crate::cli::printing::{COLUMN_WIDTH_MAX, json_line, tell, text_of};
use crate::output::Manifest;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Right,
    Wrong,
    NotVerified,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    state: State,
    detail: String,
}

/// Every check, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Findings {
    agreement: String,
    clients: String,
    findings: Vec<Finding>,
    /// How many of what is wrong are of originals: of what the split was made of, not of what it made.
    pub(super) wrong_originals: usize,
    /// Whether these were looked at.
    pub(super) originals_checked: bool,
    /// What `--as-of` found.
    pub(super) deletion: Option<String>,
}

#[derive(Serialize)]
struct JsonFindings<'a> {
    manifest: String,
    agreement: &'a str,
    verified: bool,
    right: usize,
    wrong: usize,
    not_verified: usize,
    checks: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<&'a str>,
}

impl Findings {
    pub(super) fn new(manifest: &Manifest) -> Self {
        let agreement = &manifest.predicate.agreement;
        let clients: Vec<&str> = agreement
            .recipients
            .iter()
            .map(|party| party.name.as_str())
            .collect();
        Self {
            agreement: agreement.id.clone(),
            clients: clients.join(", "),
            findings: Vec::new(),
            wrong_originals: 0,
            originals_checked: false,
            deletion: None,
        }
    }

    /// Notes a check, with what is told if it is right and if it is wrong.
    pub(super) fn check(&mut self, what: &str, is_right: bool, right: &str, wrong: &str) {
        if is_right {
            self.push(what, State::Right, right);
        } else {
            self.push(what, State::Wrong, wrong);
        }
    }

    pub(super) fn right(&mut self, what: &str, detail: &str) {
        self.push(what, State::Right, detail);
    }

    pub(super) fn wrong_thing(&mut self, what: &str, detail: &str) {
        self.push(what, State::Wrong, detail);
    }

    pub(super) fn not_verified(&mut self, what: &str, detail: &str) {
        self.push(what, State::NotVerified, detail);
    }

    fn push(&mut self, what: &str, state: State, detail: &str) {
        self.findings.push(Finding {
            what: what.to_owned(),
            state,
            detail: detail.to_owned(),
        });
    }

    pub(super) fn wrong(&self) -> usize {
        self.of(State::Wrong)
    }

    pub(super) fn count(&self) -> usize {
        self.findings.len()
    }

    /// What is wrong, each thing once.
    pub(super) fn wrong_things(&self) -> Vec<String> {
        let wrong = self.findings.iter();
        let wrong = wrong.filter(|finding| finding.state == State::Wrong);
        let mut things: Vec<String> = Vec::new();
        for thing in wrong.map(|finding| visible(&finding.what)) {
            if !things.contains(&thing) {
                things.push(thing);
            }
        }
        things
    }

    fn of(&self, state: State) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    }

    /// Prints what was found on standard output, unless nobody wants it.
    pub(super) fn print(&self, path: &Path, telling: &TellingArguments) -> Result<(), Failure> {
        tell(
            telling,
            "what was found",
            None,
            || self.json(path),
            || self.text(),
        )
    }

    fn json(&self, path: &Path) -> String {
        json_line(&JsonFindings {
            manifest: path.display().to_string(),
            agreement: &self.agreement,
            verified: self.wrong() == 0 && self.of(State::NotVerified) == 0,
            right: self.of(State::Right),
            wrong: self.wrong(),
            not_verified: self.of(State::NotVerified),
            checks: &self.findings,
            deletion: self.deletion.as_deref(),
        })
    }

    fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "{} for {}: {}",
                visible(&self.agreement),
                visible(&self.clients),
                self.verdict()
            ),
            String::new(),
        ];
        let width = self
            .findings
            .iter()
            .map(|finding| visible(&finding.what).chars().count())
            .max()
            .unwrap_or(0)
            .min(COLUMN_WIDTH_MAX);
        for finding in &self.findings {
            let state = match finding.state {
                State::Right => "right",
                State::Wrong => "WRONG",
                State::NotVerified => "not verified",
            };
            lines.push(format!(
                "  {state:<12}  {:<width$}  {}",
                visible(&finding.what),
                visible(&finding.detail)
            ));
        }
        if let Some(deletion) = &self.deletion {
            lines.push(String::new());
            lines.push(format!("  {}", visible(deletion)));
        }
        text_of(&lines)
    }

    fn verdict(&self) -> String {
        match (self.wrong(), self.of(State::NotVerified)) {
            (0, 0) => "all verified".to_owned(),
            (0, open) => format!(
                "nothing is wrong, but {open} of {} not verified",
                self.count()
            ),
            (wrong, _) => format!("{wrong} of {} WRONG", self.count()),
        }
    }
}
