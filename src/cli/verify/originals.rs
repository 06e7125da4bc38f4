//! A manifest against what its split was made of: policy, agreement, territory, lists and inputs, where they are.

use std::path::PathBuf;

use super::file::check_digest;
use super::telling::Findings;
use crate::cli::args::VerifyArguments;
use crate::cli::failure::Failure;
use crate::cli::regular_file::{open, unreadable};
use crate::output::Manifest;

/// Where the originals are looked for.
pub(super) struct Places {
    pub(super) policy: PathBuf,
    pub(super) agreement: PathBuf,
    pub(super) territory: Option<PathBuf>,
    pub(super) lists: Vec<PathBuf>,
    pub(super) inputs: Vec<PathBuf>,
}

impl Places {
    /// Where they are said to be now, or were when the manifest was made.
    pub(super) fn given_or_noted(arguments: &VerifyArguments, manifest: &Manifest) -> Self {
        let predicate = &manifest.predicate;
        let territory = predicate.agreement.territory.as_ref();
        let territory = territory.and_then(|territory| territory.file.as_ref());
        let given = |given: &Option<PathBuf>, noted: &String| {
            given.clone().unwrap_or_else(|| PathBuf::from(noted))
        };
        Self {
            policy: given(&arguments.policy, &predicate.policy.path),
            agreement: given(&arguments.agreement, &predicate.agreement.path),
            territory: territory.map(|file| PathBuf::from(&file.path)),
            lists: predicate
                .lists
                .iter()
                .map(|list| PathBuf::from(&list.path))
                .collect(),
            inputs: if arguments.inputs.is_empty() {
                let paths = predicate.inputs.iter();
                paths.map(|input| PathBuf::from(&input.path)).collect()
            } else {
                arguments.inputs.clone()
            },
        }
    }
}

/// Policy, agreement, territory, lists and inputs, where they are.
pub(super) fn check_sources(
    manifest: &Manifest,
    places: &Places,
    findings: &mut Findings,
) -> Result<(), Failure> {
    findings.originals_checked = true;
    let wrong_before = findings.wrong();
    let checked = check_each(manifest, places, findings);
    findings.wrong_originals = findings.wrong() - wrong_before;
    checked
}

fn check_each(
    manifest: &Manifest,
    places: &Places,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let predicate = &manifest.predicate;
    let agreement = &predicate.agreement;
    let mut sources = vec![
        (
            "policy".to_owned(),
            Some(&places.policy),
            &predicate.policy.digest,
            None,
        ),
        (
            "agreement".to_owned(),
            Some(&places.agreement),
            &agreement.digest,
            None,
        ),
    ];
    let territory = agreement.territory.as_ref();
    if let Some(territory) = territory.and_then(|territory| territory.file.as_ref()) {
        let place = places.territory.as_ref();
        sources.push(("territory".to_owned(), place, &territory.digest, None));
    }
    for (index, list) in predicate.lists.iter().enumerate() {
        let what = format!("list {}", list.name);
        sources.push((what, places.lists.get(index), &list.digest, None));
    }
    for (index, input) in predicate.inputs.iter().enumerate() {
        let what = format!("input {}", index + 1);
        let place = places.inputs.get(index);
        sources.push((what, place, &input.digest, Some(input.bytes)));
    }
    for (what, path, digest, bytes) in sources {
        let Some(path) = path else {
            findings.wrong_thing(&what, "nothing that was named is it");
            continue;
        };
        if path.as_os_str() == "-" {
            findings.not_verified(&what, "it was read from standard input");
            continue;
        }
        let Some(file) = open(path)? else {
            findings.not_verified(&what, &format!("there is no file {}", path.display()));
            continue;
        };
        if let Some(bytes) = bytes {
            let found = file
                .metadata()
                .map_err(|error| unreadable(path, &error))?
                .len();
            findings.check(
                &what,
                found == bytes,
                &format!("{found} bytes"),
                &format!("{} has {found} bytes, not {bytes}", path.display()),
            );
        }
        check_digest(&what, digest, &file, findings).map_err(|error| unreadable(path, &error))?;
    }
    Ok(())
}
