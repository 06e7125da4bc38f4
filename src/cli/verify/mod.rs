//! `withhold verify`: a manifest against itself, its outputs, what it was made of, and, if asked, the decision made
//! again. What is not there is told as not verified, never as right; nothing of a record is shown.

mod recount;
mod replay;
mod telling;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::args::VerifyArguments;
use super::failure::Failure;
use super::summary::print;
use crate::compression::Compression;
use crate::digest::{DigestKind, OrderedDigest};
use crate::output::{DigestSet, Manifest, OutputEntry, own_digest_of, split_names};
use crate::records::Delimiter;
use crate::supply::{RECORD_BYTES_LIMIT, shown};
use recount::{Reasons, Recount, RecountError, recount};
use telling::Findings;

/// The JSON Schema of a manifest.
const SCHEMA: &str = include_str!("../../output/manifest.schema.json");

/// Most bytes of a manifest.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// What reasons may add to a record.
const REASONS_BYTES_MAX: usize = 1 << 20;

pub(super) fn run(arguments: &VerifyArguments) -> Result<(), Failure> {
    let Some(path) = &arguments.manifest else {
        return print(SCHEMA).map_err(|error| {
            Failure::machine(
                format!("cannot print: {error}"),
                "check where standard output goes",
            )
        });
    };
    let text = load(path)?;
    let manifest = Manifest::from_text(&text).map_err(|error| {
        Failure::input(
            format!("{}: {error}", path.display()),
            "it was changed, it is of another version, or it is another file; get it again from who made it",
        )
    })?;
    let mut findings = Findings::new(&manifest);
    check_itself(&manifest, &text, &mut findings);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    check_outputs(&manifest, folder, &mut findings)?;
    if arguments.replay {
        replay::check(&manifest, folder, arguments, &mut findings)?;
    } else {
        check_sources(&manifest, &Places::of_manifest(&manifest), &mut findings)?;
    }
    if let Some(day) = arguments.as_of {
        findings.deletion = Some(deletion(&manifest, day));
    }
    findings.print(path, &arguments.telling)?;
    match findings.wrong() {
        0 => Ok(()),
        wrong => Err(Failure::input(
            format!(
                "{}: {wrong} of {} checks do not match",
                path.display(),
                findings.count()
            ),
            "the output must not be used as evidence, nor supplied; run `split` again from the originals",
        )),
    }
}

/// The manifest's text.
fn load(path: &Path) -> Result<String, Failure> {
    let failing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => Failure::request(
            format!("cannot open {}: {error}", path.display()),
            "name the manifest.json of a split",
        ),
        _ => Failure::machine(
            format!("cannot read {}: {error}", path.display()),
            "check the device that it is read from",
        ),
    };
    let metadata = fs::metadata(path).map_err(failing)?;
    if !metadata.is_file() || metadata.len() > MANIFEST_BYTES_MAX {
        return Err(Failure::request(
            format!("{} is no manifest", path.display()),
            "name the manifest.json of a split",
        ));
    }
    let bytes = fs::read(path).map_err(failing)?;
    String::from_utf8(bytes).map_err(|error| {
        Failure::input(
            format!(
                "{}: it is not UTF-8 text from byte {} on",
                path.display(),
                error.utf8_error().valid_up_to()
            ),
            "it was changed, or it is another file; get it again from who made it",
        )
    })
}

/// The manifest's digest of itself, and whether its counts add up.
fn check_itself(manifest: &Manifest, text: &str, findings: &mut Findings) {
    let own = own_digest_of(text);
    findings.check(
        "manifest.json",
        own.as_ref() == Some(&manifest.predicate.own_digest),
        "its digest of itself",
        "its digest of itself is another: some byte of it was changed",
    );
    let predicate = &manifest.predicate;
    let counts = &predicate.counts;
    let bytes = &counts.bytes_of;
    let sum = |numbers: &[u64]| {
        numbers
            .iter()
            .try_fold(0_u64, |sum, &number| sum.checked_add(number))
    };
    let malformed = counts
        .reasons
        .iter()
        .find(|entry| entry.reason == "malformed")
        .map_or(0, |entry| entry.records);
    let mut by_notice = vec![malformed];
    by_notice.extend(
        predicate
            .notices
            .iter()
            .flat_map(|row| [row.permitted, row.withheld]),
    );
    let read: Vec<u64> = predicate
        .inputs
        .iter()
        .map(|input| input.content_bytes)
        .collect();
    let adds_up = sum(&[counts.permitted, counts.withheld]) == Some(counts.records)
        && sum(&[bytes.headers, bytes.permitted, bytes.withheld, bytes.blank])
            == Some(counts.bytes)
        && sum(&read) == Some(counts.bytes)
        && sum(&by_notice) == Some(counts.records)
        && counts
            .reasons
            .iter()
            .all(|entry| entry.only <= entry.records && entry.records <= counts.withheld);
    findings.check(
        "manifest.json",
        adds_up,
        "its counts add up",
        "its counts do not add up",
    );
}

/// Both outputs: length, digest, and records counted again.
fn check_outputs(
    manifest: &Manifest,
    folder: &Path,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let Some(compression) = compression_of(manifest) else {
        findings.wrong_thing(
            "manifest.json",
            "it is not about permitted.csv and withheld.csv",
        );
        return Ok(());
    };
    let names = split_names(compression);
    let subjects = manifest.subject.iter().map(|subject| subject.name.as_str());
    let outputs = manifest
        .predicate
        .outputs
        .iter()
        .map(|output| output.name.as_str());
    let mut entries = manifest.predicate.outputs.iter();
    let is_said = entries.all(|output| output.compression == compression.name());
    if !subjects.eq(names) || !outputs.eq(names) || !is_said {
        findings.wrong_thing(
            "manifest.json",
            "it is not about permitted.csv and withheld.csv",
        );
        return Ok(());
    }
    for (subject, output) in manifest.subject.iter().zip(&manifest.predicate.outputs) {
        let path = folder.join(&output.name);
        let Some(mut file) = open(&path)? else {
            findings.wrong_thing(&output.name, "it is not there, or is no file");
            continue;
        };
        check_output(output, &subject.digest, &file, findings)?;
        io::Seek::rewind(&mut file).map_err(|error| unreadable(&path, &error))?;
        let mut content = compression
            .decode(file)
            .map_err(|error| unreadable(&path, &error))?;
        check_records(manifest, output, &mut content, findings)
            .map_err(|error| unreadable(&path, &error))?;
    }
    Ok(())
}

/// How the outputs are compressed, by their names; `None` if they have none that a split gives.
fn compression_of(manifest: &Manifest) -> Option<Compression> {
    let first = manifest.predicate.outputs.first()?;
    [Compression::None, Compression::Gzip, Compression::Zstd]
        .into_iter()
        .find(|&compression| split_names(compression)[0] == first.name)
}

fn check_output(
    output: &OutputEntry,
    digest: &DigestSet,
    file: &File,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let name = &output.name;
    let bytes = file
        .metadata()
        .map_err(|error| unreadable(Path::new(name), &error))?
        .len();
    findings.check(
        name,
        bytes == output.bytes,
        &format!("{bytes} bytes"),
        &format!("it has {bytes} bytes, not {}", output.bytes),
    );
    check_digest(name, digest, file, findings).map_err(|error| unreadable(Path::new(name), &error))
}

/// A file's digest against the manifest's.
fn check_digest(
    what: &str,
    expected: &DigestSet,
    mut file: &File,
    findings: &mut Findings,
) -> io::Result<()> {
    if expected.is_empty() {
        findings.not_verified(what, "no digest of it was taken");
        return Ok(());
    }
    for (algorithm, expected) in expected {
        let kind = match algorithm.as_str() {
            "blake3" => DigestKind::Blake3,
            "sha256" => DigestKind::Sha256,
            _ => {
                findings.wrong_thing(what, "its digest is of a kind that is never taken");
                continue;
            }
        };
        let mut digest = OrderedDigest::new(kind);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => digest.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let found = digest.finish().map(|digest| digest.hex());
        findings.check(
            what,
            found.as_ref() == Some(expected),
            &format!("its {algorithm} digest"),
            &format!("its {algorithm} digest is another: it was changed"),
        );
    }
    Ok(())
}

/// An output's records against the counts.
fn check_records(
    manifest: &Manifest,
    output: &OutputEntry,
    content: &mut dyn Read,
    findings: &mut Findings,
) -> io::Result<()> {
    let predicate = &manifest.predicate;
    let name = &output.name;
    let withheld = name.starts_with("withheld.");
    let Ok(delimiter) = Delimiter::parse(&predicate.options.delimiter) else {
        findings.wrong_thing("manifest.json", "its delimiter is none");
        return Ok(());
    };
    let limit = usize::try_from(predicate.options.max_record_bytes)
        .unwrap_or(RECORD_BYTES_LIMIT)
        .saturating_add(REASONS_BYTES_MAX)
        .min(RECORD_BYTES_LIMIT);
    let codes: Vec<String> = predicate
        .counts
        .reasons
        .iter()
        .map(|entry| entry.reason.clone())
        .collect();
    let reasons = if withheld && predicate.options.reasons {
        Reasons::Given(&codes)
    } else {
        Reasons::None
    };
    let inputs = predicate.inputs.len();
    let counted = match recount(content, delimiter, limit, reasons, inputs) {
        Ok(counted) => counted,
        Err(RecountError::Read(error)) if error.raw_os_error().is_some() => return Err(error),
        Err(error) => {
            findings.wrong_thing(
                name,
                &format!("its records cannot be counted again: {error}"),
            );
            return Ok(());
        }
    };
    let is_right = counted.content_bytes == output.content_bytes;
    // Of an output that is not compressed, its length says the same.
    if output.compression != Compression::None.name() || !is_right {
        findings.check(
            name,
            is_right,
            &format!("{} bytes of content", counted.content_bytes),
            &format!(
                "it has {} bytes of content, not {}",
                counted.content_bytes, output.content_bytes
            ),
        );
    }
    if counted.unclosed && withheld && inputs > 1 {
        findings.not_verified(
            name,
            "its records cannot be told apart again, since one of them has a quote that is never closed: use `--replay`",
        );
        return Ok(());
    }
    let expected = if withheld {
        predicate.counts.withheld
    } else {
        predicate.counts.permitted
    };
    findings.check(
        name,
        counted.records == expected,
        &format!("{expected} records counted again"),
        &format!("it has {} records, not {expected}", counted.records),
    );
    match reasons {
        Reasons::Given(_) => check_reasons(manifest, name, &counted, findings),
        Reasons::None if withheld => {
            findings.not_verified(name, "reasons were not appended: use `--replay`");
        }
        Reasons::None => {}
    }
    Ok(())
}

fn check_reasons(manifest: &Manifest, name: &str, counted: &Recount, findings: &mut Findings) {
    let entries = &manifest.predicate.counts.reasons;
    let wrong: Vec<&str> = entries
        .iter()
        .filter(|entry| {
            let found = counted.reasons.get(entry.reason.as_bytes());
            found.copied().unwrap_or_default() != (entry.records, entry.only)
        })
        .map(|entry| entry.reason.as_str())
        .collect();
    findings.check(
        name,
        wrong.is_empty(),
        "every reason counted again",
        &format!("reasons are counted otherwise: {}", wrong.join(", ")),
    );
}

/// Where the originals are looked for.
struct Places {
    policy: PathBuf,
    agreement: PathBuf,
    territory: Option<PathBuf>,
    lists: Vec<PathBuf>,
    inputs: Vec<PathBuf>,
}

impl Places {
    /// Where they were when the manifest was made.
    fn of_manifest(manifest: &Manifest) -> Self {
        let predicate = &manifest.predicate;
        let territory = predicate.agreement.territory.as_ref();
        Self {
            policy: PathBuf::from(&predicate.policy.path),
            agreement: PathBuf::from(&predicate.agreement.path),
            territory: territory.map(|file| PathBuf::from(&file.path)),
            lists: predicate
                .lists
                .iter()
                .map(|list| PathBuf::from(&list.path))
                .collect(),
            inputs: predicate
                .inputs
                .iter()
                .map(|input| PathBuf::from(&input.path))
                .collect(),
        }
    }
}

/// Policy, agreement, territory, lists and inputs, where they are.
fn check_sources(
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
    if let Some(territory) = &agreement.territory {
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

/// Opens a regular file; `None` if there is none, or not for this reader.
fn open(path: &Path) -> Result<Option<File>, Failure> {
    // A FIFO would block when it is opened, so what it is comes first.
    let opened = fs::metadata(path).and_then(|metadata| {
        if metadata.is_file() {
            File::open(path).map(Some)
        } else {
            Ok(None)
        }
    });
    opened.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => Ok(None),
        _ => Err(unreadable(path, &error)),
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(
        format!("cannot read {}: {error}", shown(path)),
        "check the device that it is read from",
    )
}
