//! A manifest against its outputs: length, digest, and records counted again. What stands in them is never shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::file::check_digest;
use super::recount::{ReasonsColumn, Recount, RecountError, recount};
use super::telling::Findings;
use crate::cli::failure::Failure;
use crate::cli::regular_file::{open, unreadable};
use crate::compression::Compression;
use crate::content_limit::ContentLimit;
use crate::output::{DigestSet, Manifest, OutputEntry, split_names};
use crate::records::Delimiter;
use crate::supply::RECORD_BYTES_LIMIT;

/// Both outputs: length, digest, and records counted again.
pub(super) fn check_outputs(
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
        let limit = ContentLimit {
            bytes_max: match compression {
                Compression::None => None,
                Compression::Gzip | Compression::Zstd => Some(output.content_bytes),
            },
        };
        let mut content = limit
            .decode(compression, file)
            .map_err(|error| unreadable(&path, &error))?;
        check_records(manifest, output, &mut content, findings)
            .map_err(|error| unreadable(&path, &error))?;
    }
    Ok(())
}

/// How the outputs are compressed, by their names; `None` if they have none that a split gives.
pub(super) fn compression_of(manifest: &Manifest) -> Option<Compression> {
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
        .min(RECORD_BYTES_LIMIT)
        .saturating_add(predicate.counts.reasons_bytes_max());
    let codes: Vec<String> = predicate
        .counts
        .reasons
        .iter()
        .map(|entry| entry.reason.clone())
        .collect();
    let reasons = if withheld && predicate.options.reasons {
        ReasonsColumn::Appended(&codes)
    } else {
        ReasonsColumn::None
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
    let expected = if withheld {
        predicate.counts.withheld
    } else {
        predicate.counts.permitted
    };
    let otherwise = match reasons {
        ReasonsColumn::Appended(_) => counted_otherwise(manifest, &counted),
        ReasonsColumn::None => Vec::new(),
    };
    let differs = counted.records != expected || !otherwise.is_empty();
    if withheld && (counted.unclosed && inputs > 1 || counted.merged && differs) {
        findings.not_verified(
            name,
            "its records cannot be told apart again, since one of them has a quote that is never closed: use `--replay`",
        );
        return Ok(());
    }
    findings.check(
        name,
        counted.records == expected,
        &format!("{expected} records counted again"),
        &format!("it has {} records, not {expected}", counted.records),
    );
    match reasons {
        ReasonsColumn::Appended(_) => findings.check(
            name,
            otherwise.is_empty(),
            "every reason counted again",
            &format!("reasons are counted otherwise: {}", otherwise.join(", ")),
        ),
        ReasonsColumn::None if withheld => {
            findings.not_verified(name, "reasons were not appended: use `--replay`");
        }
        ReasonsColumn::None => {}
    }
    Ok(())
}

/// Codes of the reasons that were counted otherwise than the manifest says.
fn counted_otherwise<'m>(manifest: &'m Manifest, counted: &Recount) -> Vec<&'m str> {
    let entries = manifest.predicate.counts.reasons.iter();
    entries
        .filter(|entry| {
            let found = counted.reasons.get(entry.reason.as_bytes());
            found.copied().unwrap_or_default() != (entry.records, entry.only)
        })
        .map(|entry| entry.reason.as_str())
        .collect()
}
