//! `withhold split`: the main job.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use jiff::Timestamp;

use super::args::{DigestArgument, SplitArguments};
use super::failure::Failure;
use super::interrupt::{Interrupt, Making, wait_for_the_end};
use super::key_file::load_private_key;
use super::manifest_of_run::manifest_of;
use super::places::refuse_dash;
use super::plan::{Plan, digest_kind, existing, load_rules, run_options};
use super::previous::load_previous;
use super::progress::Progress;
use super::remarks;
use super::summary::Summary;
use crate::output::{Durability, Staging, StagingError, split_names};
use crate::pipeline::{self, RunError, RunOptions, SplitFiles, WriteBack};
use crate::rules::Rules;
use crate::signing::{Envelope, PAYLOAD_TYPE};
use crate::supply::{Input, Supply};

pub(super) fn run(arguments: &SplitArguments) -> Result<(), Failure> {
    let started = Timestamp::now();
    let clock = Instant::now();
    refuse_dash(&arguments.out)?;
    if arguments.sign.is_some() && arguments.digest == DigestArgument::None {
        return Err(Failure::request(
            "a signature would stand for outputs that no digest ties to it".to_owned(),
            "leave out `--sign`, or `--digest none`",
        ));
    }
    let rules = load_rules(&arguments.rules, arguments.reading.threads)?;
    let digest = digest_kind(arguments.digest);
    let previous = arguments.previous.as_deref();
    let previous = previous
        .map(|path| load_previous(path, digest))
        .transpose()?;
    let key = arguments
        .sign
        .as_deref()
        .map(load_private_key)
        .transpose()?;
    let Plan { supply, program } = Plan::make(rules, &arguments.reading.shape, &arguments.inputs)?;
    let interrupt = Interrupt::watch()?;
    let existing = existing(arguments.force);
    // INVARIANT: no signal ends the run between the making of the directory and the note of what is to be removed.
    let mut making = interrupt.making();
    let staging = Staging::begin(&arguments.out, existing)?;
    let read = inputs(&supply)
        .chain(files_of_rules(program.rules()))
        .chain(arguments.sign.clone().map(|key| ("private key", key)));
    refuse_reading_from_output(read, &arguments.out)?;
    let durability = if arguments.no_sync {
        Durability::Unflushed
    } else {
        Durability::Flushed
    };
    let options = RunOptions {
        write_back: match durability {
            Durability::Flushed => WriteBack::Early,
            Durability::Unflushed => WriteBack::Later,
        },
        ..run_options(
            &arguments.reading,
            arguments.digest,
            arguments.reasons,
            arguments.compress,
        )
    };
    let names = split_names(options.compression);
    let permitted = staging.create(names[0])?;
    let withheld = staging.create(names[1])?;
    let written = [reopened(&permitted)?, reopened(&withheld)?];
    *making = Making::Made(staging);
    drop(making);

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
    let outcome = outcome.map_err(|error| in_directory(error, &arguments.out))?;
    let mut manifest = manifest_of(
        &program,
        &supply,
        &options,
        &outcome,
        started,
        Timestamp::now(),
    );
    manifest.predicate.previous = previous;
    let text = manifest.to_text();
    let mut files = Vec::from(written);
    files.push(write_text(&staging, "manifest.json", &text)?);
    if let Some(key) = key {
        let envelope = Envelope::sign(text.as_bytes(), PAYLOAD_TYPE, &key);
        files.push(write_text(
            &staging,
            "manifest.dsse.json",
            &envelope.to_text(),
        )?);
    }
    let made = names
        .into_iter()
        .chain(["manifest.json", "manifest.dsse.json"])
        .take(files.len());
    let made: Vec<&str> = made.collect();
    let committed = staging.commit(durability, &files);
    if committed.as_ref().err().is_none_or(StagingError::is_placed) {
        *making = Making::Placed;
    }
    drop(making);
    committed?;

    let remarks = remarks::of_run(&manifest.predicate);
    let summary = Summary {
        program: &program,
        counts: &outcome.counts,
        elapsed: clock.elapsed(),
        out: Some(&arguments.out),
        made: &made,
        remarks,
    };
    summary.print(&arguments.telling)
}

/// A run's error, which names an output by its whole path.
fn in_directory(error: RunError, out: &Path) -> Failure {
    let help = error.help();
    match error {
        RunError::Write { file, error } => Failure::machine(
            format!("cannot write {}: {error}", out.join(file).display()),
            help,
        ),
        RunError::Flush { file, error } => Failure::machine(
            format!("cannot flush {} to disk: {error}", out.join(file).display()),
            help,
        ),
        error => error.into(),
    }
}

/// Makes a file of the output with this text.
fn write_text(staging: &Staging, name: &'static str, text: &str) -> Result<fs::File, Failure> {
    let mut file = staging.create(name)?;
    file.write_all(text.as_bytes()).map_err(|error| {
        Failure::machine(
            format!("cannot write {name}: {error}"),
            "nothing was written",
        )
    })?;
    Ok(file)
}

fn reopened(file: &fs::File) -> Result<fs::File, Failure> {
    file.try_clone().map_err(|error| {
        Failure::machine(
            format!("cannot keep an output open: {error}"),
            "nothing was written",
        )
    })
}

/// Where the inputs lie that are files.
fn inputs(supply: &Supply) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let places = supply.inputs().iter().filter_map(Input::place);
    places.map(|place| ("input", place))
}

/// Policy and agreement, and the files that they name.
fn files_of_rules(rules: &Rules) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let (policy, agreement) = (&rules.policy.source, &rules.agreement.source);
    let territory = rules.agreement.territory.as_ref();
    let territory = territory.and_then(|territory| territory.include_file.as_ref());
    let lists = rules.lists.iter();
    [("policy", policy), ("agreement", agreement)]
        .into_iter()
        .chain(territory.map(|values| ("territory file", values)))
        .map(|(what, source)| (what, source.path.clone()))
        .chain(lists.map(|list| ("suppression list", list.path.clone())))
}

/// Refuses a run that reads something in the directory that is to be replaced: it would be removed with that.
fn refuse_reading_from_output(
    read: impl IntoIterator<Item = (&'static str, PathBuf)>,
    out: &Path,
) -> Result<(), Failure> {
    let looking = |path: &Path, error: io::Error| {
        Failure::machine(
            format!("cannot look at {}: {error}", path.display()),
            "nothing was written",
        )
    };
    let out = match fs::canonicalize(out) {
        Ok(out) => out,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(looking(out, error)),
    };
    for (what, path) in read {
        let lies_there = match fs::canonicalize(&path) {
            Ok(path) => path.starts_with(&out),
            // That it is gone is told when it is read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(looking(&path, error)),
        };
        if lies_there {
            return Err(Failure::request(
                format!("the {what} {} lies in the output directory", path.display()),
                &format!("choose another `--out`: replacing the directory would remove the {what}"),
            ));
        }
    }
    Ok(())
}
