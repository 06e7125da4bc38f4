//! `withhold verify`: a manifest against itself, its envelope, the runs before it, its outputs, what it was made of, and, if
//! asked, the decision made again. What is not there is told as not verified, never as right; nothing of a record is shown.

mod chain;
mod envelope;
mod file;
mod itself;
mod originals;
mod outputs;
mod recount;
mod replay;
mod telling;

use std::path::PathBuf;

use jiff::civil::Date;

use super::args::VerifyArguments;
use super::failure::Failure;
use super::key_file::load_public_key;
use super::manifest_file::{ManifestText, load, meant, parse};
use super::printing::print;
use crate::output::Manifest;
use crate::paths::parent_of;
use chain::check_chain;
use envelope::{GivenKey, check_envelope};
use itself::check_itself;
use originals::{Places, check_sources};
use outputs::check_outputs;
use telling::Findings;

/// The JSON Schema of a manifest.
const SCHEMA: &str = include_str!("../../output/manifest.schema.json");

pub(super) fn run(arguments: &VerifyArguments) -> Result<(), Failure> {
    let Some(path) = &arguments.manifest else {
        return print(SCHEMA, "the schema", None);
    };
    let path = &meant(path)?;
    let keys = given_keys(&arguments.keys)?;
    let ManifestText { text, envelope } = load(path)?;
    let manifest = parse(path, &text)?;
    let mut findings = Findings::new(&manifest);
    check_itself(&manifest, &text, &mut findings);
    check_envelope(path, &text, envelope.as_ref(), &keys, &mut findings)?;
    check_chain(&manifest, &text, &arguments.previous, &mut findings)?;
    let folder = parent_of(path);
    check_outputs(&manifest, folder, &mut findings)?;
    let mut compared = Ok(());
    if arguments.replay {
        compared = replay::check(&manifest, folder, arguments, &mut findings);
    }
    if !findings.originals_checked {
        // Whatever keeps the decision from being made again, what is there of the originals is looked at.
        let places = Places::given_or_noted(arguments, &manifest);
        compared = compared.and(check_sources(&manifest, &places, &mut findings));
    }
    // What was found stands, whatever keeps the rest from being looked at.
    if let Err(failure) = &compared {
        let what = if arguments.replay {
            "the decision made again"
        } else {
            "the originals"
        };
        findings.not_verified(what, &failure.summary());
    }
    if let Some(day) = arguments.as_of {
        findings.deletion = Some(deletion(&manifest, day));
    }
    findings.print(path, &arguments.telling)?;
    match findings.wrong() {
        0 => compared,
        wrong => Err(Failure::input(
            format!(
                "{}: {wrong} of {} checks do not match: {}",
                path.display(),
                findings.count(),
                findings.wrong_things().join(", ")
            ),
            // Of outputs without a digest it is not known. A replay makes something else of other originals.
            if wrong == findings.wrong_originals
                && manifest
                    .subject
                    .iter()
                    .all(|output| !output.digest.is_empty())
            {
                "manifest and outputs match each other; what is named was changed since: get it as it was"
            } else {
                "the output must not be used as evidence, nor supplied; run `split` again from the originals"
            },
        )),
    }
}

/// The keys with which the envelope has to be signed.
fn given_keys(paths: &[PathBuf]) -> Result<Vec<GivenKey>, Failure> {
    let load = |path: &PathBuf| {
        Ok(GivenKey {
            path: path.clone(),
            key: load_public_key(path)?,
        })
    };
    paths.iter().map(load).collect()
}

/// Whether the day has passed by which the client must have deleted the data.
fn deletion(manifest: &Manifest, day: Date) -> String {
    match &manifest.predicate.agreement.delete_by {
        None => "the agreement names no day by which the data must be deleted".to_owned(),
        Some(text) => match text.parse::<Date>() {
            Ok(last) if day > last => {
                format!(
                    "on {day}, the day by which the client must have deleted the data has passed: {last}"
                )
            }
            Ok(last) => {
                format!(
                    "on {day}, the day by which the client must have deleted the data has not passed: {last}"
                )
            }
            Err(_) => "the manifest's day of deletion is none".to_owned(),
        },
    }
}
