//! `withhold check`: every check of a run, and its counts, without a byte written.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use jiff::Timestamp;

use super::args::{CheckArguments, DigestArgument, ReasonsArgument};
use super::failure::Failure;
use super::manifest_of_run::manifest_of;
use super::matrix;
use super::plan::{Plan, load_rules, run_options};
use super::progress::Progress;
use super::remarks;
use super::summary::Summary;
use crate::pipeline;

pub(super) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let started = Timestamp::now();
    let clock = Instant::now();
    let rules = load_rules(&arguments.rules, arguments.reading.threads)?;
    if arguments.inputs.is_empty() {
        return matrix::print(&rules, started, &arguments.telling);
    }
    let Plan { supply, program } = Plan::make(rules, &arguments.reading.shape, &arguments.inputs)?;
    let options = run_options(
        &arguments.reading,
        DigestArgument::None,
        ReasonsArgument::None,
        None,
    );
    let progress = Progress::start(&arguments.telling, &supply);
    let outcome = pipeline::run(
        &program,
        &supply,
        None,
        &options,
        &progress,
        &AtomicBool::new(false),
    );
    progress.end();
    let outcome = outcome?;
    let manifest = manifest_of(
        &program,
        &supply,
        &options,
        &outcome,
        started,
        Timestamp::now(),
    );
    let remarks = remarks::of_run(&manifest.predicate);
    let summary = Summary {
        program: &program,
        counts: &outcome.counts,
        elapsed: clock.elapsed(),
        out: None,
        made: &[],
        remarks,
    };
    summary.print(&arguments.telling)
}
