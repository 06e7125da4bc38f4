//! Where explanations go, and in which form.

use std::io::{self, BufWriter, Write};

use super::cannot_print;
use crate::cli::args::FormatArgument;
use crate::cli::failure::Failure;
use crate::program::{Explanation, Program};
use crate::records::WalkedRecord;
use crate::supply::{Input, Supply};

/// Where explanations go.
pub(super) struct Telling<'a> {
    pub(super) out: BufWriter<io::StdoutLock<'static>>,
    pub(super) format: FormatArgument,
    pub(super) program: &'a Program,
    pub(super) supply: &'a Supply,
    pub(super) told: u64,
}

impl Telling<'_> {
    pub(super) fn tell(&mut self, input: &Input, record: &WalkedRecord) -> Result<(), Failure> {
        let explanation = self.program.explain(record);
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

    pub(super) fn reasons(&self, explanation: &Explanation) -> Vec<String> {
        let reasons = explanation.verdict.reasons.iter();
        reasons.map(|reason| self.program.code(reason)).collect()
    }
}

pub(super) fn verdict(explanation: &Explanation) -> &'static str {
    if explanation.verdict.reasons.is_empty() {
        "permitted"
    } else {
        "withheld"
    }
}
