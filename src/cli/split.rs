//! `withhold split`: the main job.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use jiff::Timestamp;

use super::args::SplitArguments;
use super::failure::Failure;
use super::interrupt::{Interrupt, Making, wait_for_the_end};
use super::plan::{Plan, load_rules, run_options};
use super::progress::Progress;
use super::record::manifest_of;
use super::summary::Summary;
use crate::output::{Existing, Staging, StagingError, Sync};
use crate::pipeline::{self, SplitFiles};
use crate::supply::Supply;

pub(super) fn run(arguments: &SplitArguments) -> Result<(), Failure> {
    let started = Timestamp::now();
    let clock = Instant::now();
    let rules = load_rules(&arguments.rules)?;
    let Plan { supply, program } = Plan::make(rules, &arguments.reading.shape, &arguments.inputs)?;
    let interrupt = Interrupt::watch()?;
    let existing = if arguments.force {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    // INVARIANT: no signal ends the run between the making of the directory and the note of what is to be removed.
    let mut making = interrupt.making();
    let staging = Staging::begin(&arguments.out, existing)?;
    refuse_inputs_in_output(&supply, &arguments.out)?;
    let permitted = staging.create("permitted.csv")?;
    let withheld = staging.create("withheld.csv")?;
    let written = [reopened(&permitted)?, reopened(&withheld)?];
    *making = Making::Made(staging);
    drop(making);

    let options = run_options(&arguments.reading, arguments.digest, arguments.reasons);
    let progress = Progress::start(&arguments.telling, &supply);
    let files = SplitFiles {
        permitted,
        withheld,
    };
    let outcome = pipeline::run(
        &program,
        &supply,
        Some(files),
        &options,
        &progress,
        &AtomicBool::new(false),
    );
    progress.end();

    // From here on no signal ends the run: what it made is either put in place or removed.
    let mut making = interrupt.making();
    let Some(staging) = making.take() else {
        drop(making);
        wait_for_the_end()
    };
    let outcome = outcome?;
    let manifest = manifest_of(
        &program,
        &supply,
        &options,
        &outcome,
        started,
        Timestamp::now(),
    );
    let mut manifest_file = staging.create("manifest.json")?;
    manifest_file
        .write_all(manifest.to_text().as_bytes())
        .map_err(|error| {
            Failure::machine(
                format!("cannot write manifest.json: {error}"),
                "nothing was written",
            )
        })?;
    let [permitted, withheld] = &written;
    let sync = if arguments.no_sync {
        Sync::Skip
    } else {
        Sync::Flush
    };
    let committed = staging.commit(sync, &[permitted, withheld, &manifest_file]);
    if committed.as_ref().err().is_none_or(StagingError::is_placed) {
        *making = Making::Placed;
    }
    drop(making);
    committed?;

    let mut remarks = Vec::new();
    if manifest.predicate.agreement.delivery_before_run {
        remarks.push(format!(
            "the day of delivery, {}, lies before this run",
            manifest.predicate.agreement.delivery
        ));
    }
    let summary = Summary {
        program: &program,
        counts: &outcome.counts,
        elapsed: clock.elapsed(),
        out: Some(&arguments.out),
        remarks,
    };
    summary.print(&arguments.telling)
}

fn reopened(file: &fs::File) -> Result<fs::File, Failure> {
    file.try_clone().map_err(|error| {
        Failure::machine(
            format!("cannot keep an output open: {error}"),
            "nothing was written",
        )
    })
}

/// An input in the directory that is to be replaced would be removed with it.
fn refuse_inputs_in_output(supply: &Supply, out: &Path) -> Result<(), Failure> {
    let Ok(out) = fs::canonicalize(out) else {
        return Ok(());
    };
    for input in supply
        .inputs()
        .iter()
        .filter(|input| input.identity().is_some())
    {
        if fs::canonicalize(input.path()).is_ok_and(|path| path.starts_with(&out)) {
            return Err(Failure::request(
                format!(
                    "the input {} lies in the output directory",
                    input.path().display()
                ),
                "choose another `--out`: replacing the directory would remove the input",
            ));
        }
    }
    Ok(())
}
