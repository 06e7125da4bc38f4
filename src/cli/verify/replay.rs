//! The decision made again from the originals, into files without a name, and compared with what was made then.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde_json::Value;

use super::originals::{Places, check_sources};
use super::outputs::compression_of;
use super::telling::Findings;
use crate::cli::args::{RulesArguments, ShapeArguments, VerifyArguments};
use crate::cli::failure::Failure;
use crate::cli::manifest_of_run::manifest_of;
use crate::cli::plan::{Plan, load_rules};
use crate::cli::progress::Progress;
use crate::cli::regular_file::{open, unreadable};
use crate::compression::Compression;
use crate::content_limit::UNSTATED_BYTES;
use crate::digest::DigestKind;
use crate::output::{Manifest, split_names};
use crate::pipeline::{self, ReasonsColumn, RunError, RunOptions, SplitFiles};
use crate::reading::fill;
use crate::records::Delimiter;
use crate::supply::shown;

/// What a replay may tell otherwise: who made it, when, and where the originals lay.
const FREE: [&str; 4] = ["tool", "finished", "self", "path"];

/// Makes the decision again and notes whether outputs and manifest are the same.
pub(super) fn check(
    manifest: &Manifest,
    folder: &Path,
    arguments: &VerifyArguments,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let predicate = &manifest.predicate;
    let path_of =
        |given: &Option<PathBuf>, path: &str| given.clone().unwrap_or_else(|| PathBuf::from(path));
    let rules = load_rules(
        &RulesArguments {
            policy: path_of(&arguments.policy, &predicate.policy.path),
            agreement: path_of(&arguments.agreement, &predicate.agreement.path),
        },
        None,
    )?;
    let inputs: Vec<PathBuf> = if arguments.inputs.is_empty() {
        let paths = predicate.inputs.iter().map(|input| &input.path);
        if paths.clone().any(|path| path == "-") {
            return Err(Failure::request(
                "the records were read from standard input".to_owned(),
                "give the inputs anew, after the manifest",
            ));
        }
        let paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
        // Nobody writes to what was a FIFO then.
        let is_stream = |path: &&PathBuf| fs::metadata(path).is_ok_and(|there| !there.is_file());
        if let Some(stream) = paths.iter().find(is_stream) {
            return Err(Failure::request(
                format!("{} is no regular file", shown(stream)),
                "give the inputs anew, after the manifest",
            ));
        }
        paths
    } else {
        arguments.inputs.clone()
    };
    let wrong_option = |what: &str| {
        Failure::input(
            format!("the manifest's {what} is none"),
            "it was changed; get it again from who made it",
        )
    };
    let shape = ShapeArguments {
        delimiter: Some(
            Delimiter::parse(&predicate.options.delimiter)
                .map_err(|_| wrong_option("delimiter"))?,
        ),
        max_record_bytes: u32::try_from(predicate.options.max_record_bytes)
            .ok()
            .filter(|&bytes| bytes as usize <= crate::supply::RECORD_BYTES_LIMIT)
            .ok_or_else(|| wrong_option("limit on a record's bytes"))?,
        // A supply that was split may be replayed, however large it was.
        max_input_bytes: Some(predicate.counts.bytes.max(UNSTATED_BYTES)),
    };
    let started: Timestamp = predicate
        .started
        .parse()
        .map_err(|_| wrong_option("time of its start"))?;
    let Plan { supply, program } = Plan::make(rules, &shape, &inputs)?;
    let rules = program.rules();
    let territory = rules.agreement.territory.as_ref();
    let places = Places {
        policy: rules.policy.source.path.clone(),
        agreement: rules.agreement.source.path.clone(),
        territory: territory
            .and_then(|territory| territory.include_file.as_ref())
            .map(|file| file.path.clone()),
        lists: rules.lists.iter().map(|list| list.path.clone()).collect(),
        inputs,
    };
    check_sources(manifest, &places, findings)?;
    let mut digests = manifest.subject.iter().map(|subject| &subject.digest);
    let kind = match digests.next().and_then(|digest| digest.keys().next()) {
        None => DigestKind::None,
        Some(algorithm) => {
            DigestKind::of_algorithm(algorithm).ok_or_else(|| wrong_option("kind of digest"))?
        }
    };
    let options = RunOptions {
        digest: kind,
        reasons: if predicate.options.reasons {
            ReasonsColumn::Appended
        } else {
            ReasonsColumn::None
        },
        strict: predicate.options.strict,
        ..RunOptions::default()
    };
    // Files without a name: whatever happens, nothing of them stays, and nobody else can open them.
    let mut again = [unnamed()?, unnamed()?];
    let files = SplitFiles {
        permitted: again[0].try_clone().map_err(no_room)?,
        withheld: again[1].try_clone().map_err(no_room)?,
    };
    let progress = Progress::start(&arguments.telling, &supply);
    let outcome = pipeline::run(
        &program,
        &supply,
        Some(files),
        &options,
        &progress,
        &AtomicBool::new(false),
    );
    progress.end();
    let outcome = outcome.map_err(|error| match error {
        RunError::Write { error, .. } => no_room(error),
        other => other.into(),
    })?;
    let compression = compression_of(manifest).unwrap_or_default();
    for (again, name) in again.iter_mut().zip(split_names(compression)) {
        let path = folder.join(name);
        again.rewind().map_err(no_room)?;
        let Some(then) = open(&path)? else {
            findings.wrong_thing("replay", &format!("there is no {name} to compare with"));
            continue;
        };
        let what = match compression {
            Compression::None => name.to_owned(),
            Compression::Gzip | Compression::Zstd => format!("the content of {name}"),
        };
        let difference = compression
            .decode(then)
            .and_then(|then| first_difference(then, again));
        let difference = match difference {
            Err(error) if error.raw_os_error().is_none() => {
                findings.wrong_thing("replay", &format!("{name} cannot be decompressed: {error}"));
                continue;
            }
            other => other.map_err(|error| unreadable(&path, &error))?,
        };
        findings.check(
            "replay",
            difference.is_none(),
            &format!("{what}, byte for byte"),
            &format!(
                "{what} differs from byte {} on",
                difference.unwrap_or_default()
            ),
        );
    }
    let mut made = manifest_of(&program, &supply, &options, &outcome, started, started);
    if compression != Compression::None {
        // What is made again is not compressed: another version may compress otherwise. What the manifest says of the files as
        // they are stored was held against them already.
        made.subject.clone_from(&manifest.subject);
        for (made, then) in made.predicate.outputs.iter_mut().zip(&predicate.outputs) {
            made.name.clone_from(&then.name);
            made.compression.clone_from(&then.compression);
            made.bytes = then.bytes;
        }
    }
    // The run before is no part of the decision; its link is checked with the chain.
    made.predicate.previous = predicate.previous.clone();
    let mut differences = Vec::new();
    compare(&json_of(manifest), &json_of(&made), "", &mut differences);
    findings.check(
        "replay",
        differences.is_empty(),
        "counts, digests and everything else that the manifest says",
        &format!("the manifest says otherwise: {}", differences.join(", ")),
    );
    if predicate.tool != made.predicate.tool {
        findings.not_verified(
            "replay",
            &format!(
                "the manifest was made by {} {}, this is {} {}",
                predicate.tool.name,
                predicate.tool.version,
                made.predicate.tool.name,
                made.predicate.tool.version
            ),
        );
    }
    Ok(())
}

fn json_of(manifest: &Manifest) -> Value {
    serde_json::to_value(manifest).expect("a manifest is plain data")
}

/// Notes where two manifests differ.
fn compare(then: &Value, again: &Value, place: &str, differences: &mut Vec<String>) {
    let below = |key: &str| match place {
        "" => key.to_owned(),
        place => format!("{place}.{key}"),
    };
    match (then, again) {
        (Value::Object(then), Value::Object(again)) => {
            let added = again.keys().filter(|key| !then.contains_key(*key));
            for key in then
                .keys()
                .chain(added)
                .filter(|key| !FREE.contains(&key.as_str()))
            {
                let null = Value::Null;
                compare(
                    then.get(key).unwrap_or(&null),
                    again.get(key).unwrap_or(&null),
                    &below(key),
                    differences,
                );
            }
        }
        (Value::Array(then), Value::Array(again)) if then.len() == again.len() => {
            for (index, (then, again)) in then.iter().zip(again).enumerate() {
                compare(then, again, &below(&(index + 1).to_string()), differences);
            }
        }
        (then, again) if then == again => {}
        _ => differences.push(place.to_owned()),
    }
}

/// Offset of the first byte that a content and a file do not share.
fn first_difference(then: impl Read, again: &mut File) -> io::Result<Option<u64>> {
    let mut then = BufReader::with_capacity(1 << 20, then);
    let mut again = BufReader::with_capacity(1 << 20, again);
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut offset = 0;
    loop {
        let (mut count, mut other_count) = (0, 0);
        fill(&mut then, &mut one, &mut count)?;
        fill(&mut again, &mut other, &mut other_count)?;
        let shared = count.min(other_count);
        let differs = one[..shared]
            .iter()
            .zip(&other[..shared])
            .position(|(one, other)| one != other);
        match differs {
            Some(at) => return Ok(Some(offset + at as u64)),
            None if count != other_count => return Ok(Some(offset + shared as u64)),
            None if count == 0 => return Ok(None),
            None => offset += shared as u64,
        }
    }
}

fn unnamed() -> Result<File, Failure> {
    tempfile::tempfile().map_err(no_room)
}

fn no_room(error: io::Error) -> Failure {
    Failure::machine(
        format!("cannot keep what is made again for the time of the comparison: {error}"),
        "check the space left where temporary files go; `TMPDIR` names another place",
    )
}
