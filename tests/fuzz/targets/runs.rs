//! Owns a whole run in this process, and its comparison with the oracle: outputs byte for byte, and every count.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use withhold::digest::DigestKind;
use withhold::pipeline::{
    self, MonthCount, Outcome, ReasonsColumn, RowCount, RunError, RunOptions, SplitFiles,
};
use withhold::program::Program;
use withhold::records::Delimiter;
use withhold::rules::Rules;
use withhold::supply::{Severity, Supply, SupplyOptions};

use crate::oracle;

/// How a run is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) threads: usize,
    pub(crate) block_bytes: usize,
    pub(crate) delimiter: u8,
    pub(crate) with_reasons: bool,
}

impl Manner {
    /// Two threads and small blocks.
    pub(crate) const PLAIN: Self = Self {
        threads: 2,
        block_bytes: 257,
        delimiter: b',',
        with_reasons: true,
    };
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) permitted: Vec<u8>,
    pub(crate) withheld: Vec<u8>,
    program: Program,
}

/// Why there was no run: the rules do not fit the header, or an input is at fault.
#[derive(Debug)]
pub(crate) enum NoRun {
    Rules(withhold::rules::Faults),
    Run(RunError),
}

/// Writes files into a folder.
pub(crate) fn write(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("written");
    }
}

/// The rules in a folder, which must be sound.
pub(crate) fn sound_rules(folder: &Path) -> Arc<Rules> {
    let rules = Rules::load(&folder.join("policy.toml"), &folder.join("agreement.toml"));
    Arc::new(rules.unwrap_or_else(|faults| panic!("sound rules are refused: {faults}")))
}

/// Splits a supply into two files of the folder.
pub(crate) fn run(
    folder: &Path,
    rules: &Arc<Rules>,
    inputs: &[PathBuf],
    manner: Manner,
) -> Result<Ran, NoRun> {
    let delimiter = Delimiter::new(manner.delimiter).expect("a delimiter");
    let options = SupplyOptions {
        delimiter: Some(delimiter),
        ..SupplyOptions::default()
    };
    let supply = Supply::open(inputs, options).map_err(|error| NoRun::Run(error.into()))?;
    let program = Program::compile(Arc::clone(rules), supply.header(), &inputs[0]);
    let program = program.map_err(NoRun::Rules)?;
    let paths = ["permitted", "withheld"].map(|name| folder.join(name));
    let files = SplitFiles {
        permitted: File::create(&paths[0]).expect("created"),
        withheld: File::create(&paths[1]).expect("created"),
    };
    let count = |number: usize| NonZeroUsize::new(number).expect("not zero");
    let options = RunOptions {
        threads: count(manner.threads),
        block_bytes: count(manner.block_bytes),
        digest: DigestKind::Blake3,
        reasons: if manner.with_reasons {
            ReasonsColumn::Appended
        } else {
            ReasonsColumn::None
        },
        strict: false,
        ..RunOptions::default()
    };
    let interrupted = AtomicBool::new(false);
    let outcome = pipeline::run(&program, &supply, Some(files), &options, &(), &interrupted);
    let outcome = outcome.map_err(NoRun::Run)?;
    let [permitted, withheld] = paths.map(|path| fs::read(path).expect("written"));
    Ok(Ran {
        outcome,
        permitted,
        withheld,
        program,
    })
}

impl NoRun {
    /// The bytes are at fault, and neither the machine nor this program.
    pub(crate) fn assert_blames_the_bytes(&self) {
        if let Self::Run(error) = self {
            assert_ne!(error.severity(), Severity::Machine, "{error}");
        }
    }
}

impl Ran {
    /// Both outputs and all counts are those of the oracle.
    pub(crate) fn assert_like(&self, wanted: &oracle::split::Outcome) {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(
            text(&self.permitted),
            text(&wanted.permitted),
            "permitted: run, oracle"
        );
        assert_eq!(
            text(&self.withheld),
            text(&wanted.withheld),
            "withheld: run, oracle"
        );
        assert_eq!(self.counts(), wanted.counts, "counts: run, oracle");
        assert_eq!(self.ledger(), wanted.ledger, "ledger: run, oracle");
        let digests = self.outcome.outputs.as_ref().expect("outputs were written");
        for (told, output) in [
            (&digests.permitted, &self.permitted),
            (&digests.withheld, &self.withheld),
        ] {
            assert_eq!(told.stored_bytes, output.len() as u64);
            assert_eq!(told.content_bytes, output.len() as u64);
            let digest = told.digest.as_ref().expect("a digest was asked for");
            assert_eq!(digest.bytes, *blake3::hash(output).as_bytes());
        }
    }

    fn counts(&self) -> oracle::split::Counts {
        let counts = &self.outcome.counts;
        oracle::split::Counts {
            records: counts.records,
            permitted: counts.permitted,
            withheld: counts.withheld,
            blank_lines: counts.blank_lines,
            bytes: oracle::split::Bytes {
                read: counts.bytes.read,
                headers: counts.bytes.headers,
                permitted: counts.bytes.permitted,
                withheld: counts.bytes.withheld,
                blank: counts.bytes.blank,
            },
            terminators_inserted: counts.terminators_inserted,
            withdrawals_before_capture: counts.withdrawals_before_capture,
            reasons: counts
                .reasons
                .iter()
                .map(|count| {
                    let code = self.program.code(count.reason);
                    (code, (count.records, count.only))
                })
                .collect(),
        }
    }

    fn ledger(&self) -> oracle::split::Ledger {
        let counts = &self.outcome.counts;
        let both = |count: &RowCount| (count.permitted, count.withheld);
        let row = |row: usize| {
            (row < self.program.rows()).then(|| {
                let (notice, source) = self.program.row_label(row);
                let source = source.map(str::to_owned);
                oracle::decide::Row { notice, source }
            })
        };
        let month = |month: &MonthCount| (i64::from(month.year), i64::from(month.month));
        let months = counts.captured.months.iter();
        oracle::split::Ledger {
            rows: counts
                .rows
                .iter()
                .map(|(&index, count)| (row(index), both(count)))
                .collect(),
            months: months
                .map(|count| (Some(month(count)), both(&count.records)))
                .chain([(None, both(&counts.captured.unreadable))])
                .filter(|(_, count)| *count != (0, 0))
                .collect(),
            malformed: counts
                .malformed
                .iter()
                .map(|place| (place.input, place.record, place.offset))
                .collect(),
        }
    }
}
