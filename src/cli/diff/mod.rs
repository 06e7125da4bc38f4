//! `withhold diff`: what was permitted in one run and is withheld or gone in a later one, in numbers, and, if asked,
//! the identifiers that the client has to be told. Shows none of them.

mod checked;
mod matched;
mod reading;
mod side;
mod telling;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use super::args::DiffArguments;
use super::failure::Failure;
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, refuse_replacing, unwritable};
use super::plan::existing;
use super::progress::bar_of_bytes;
use crate::output::{AgreementEntry, CategoryEntry, Durability};
use crate::recall::{Comparison, RecallError, Totals};
use reading::Wanted;
use side::{Fate, Side};
use telling::Telling;

/// The reason of an identifier that has fewer records now.
const GONE: &str = "gone";

pub(super) fn run(arguments: &DiffArguments) -> Result<(), Failure> {
    let clock = Instant::now();
    let existing = existing(arguments.force);
    if let Some(out) = &arguments.recall {
        check_place(out, existing)?;
    }
    // From here on a signal is told as in every other run.
    let mut files = NewFiles::begin(existing, Readers::Owner)?;
    let mut old = Side::load("OLD", &arguments.old, &arguments.old_inputs)?;
    let mut new = Side::load("NEW", &arguments.new, &arguments.new_inputs)?;
    check_same(&old, &new)?;
    if let Some(out) = &arguments.recall {
        let files: Vec<_> = [&old, &new].into_iter().flat_map(Side::files).collect();
        let given = arguments.old_inputs.iter().chain(&arguments.new_inputs);
        let noted = [&old, &new].into_iter().flat_map(Side::inputs_noted);
        let read = given.chain(&files).map(AsRef::as_ref).chain(noted);
        refuse_replacing(out, read)?;
    }
    let lengths = [
        old.bytes_to_read(Wanted::Permitted),
        new.bytes_to_read(Wanted::All),
    ];
    let bytes = lengths
        .into_iter()
        .try_fold(0_u64, |sum, length| sum.checked_add(length?));
    let bar = bar_of_bytes(&arguments.telling, bytes);
    for side in [&mut old, &mut new] {
        side.bar = bar.clone();
    }
    let compared = compare(&mut old, &mut new, (arguments.memory_max as usize) << 20);
    bar.finish_and_clear();
    let comparison = compared?;
    let totals = match &arguments.recall {
        None => comparison.finish(|_| Ok(())).map_err(failing)?,
        Some(out) => {
            let file = files.add(out)?;
            let written = write_recall(comparison, &new, &file, out)
                .and_then(|totals| refuse_blank(totals, arguments.allow_blank));
            files.place(written, Durability::Flushed)?
        }
    };
    Telling {
        old: &old,
        new: &new,
        totals: &totals,
        recall: arguments.recall.as_deref(),
        elapsed: clock.elapsed(),
    }
    .print(&arguments.telling)?;
    refuse_blank(totals, arguments.allow_blank).map(drop)
}

/// The names of data categories; their columns follow from the policy, which may change.
fn categories(data: &[CategoryEntry]) -> Vec<&str> {
    data.iter().map(|entry| entry.category.as_str()).collect()
}

/// Refuses runs between which no record can be said to be permitted no longer.
fn check_same(old: &Side, new: &Side) -> Result<(), Failure> {
    let (then, now) = (
        &old.manifest.predicate.agreement,
        &new.manifest.predicate.agreement,
    );
    let AgreementEntry {
        id,
        supplier,
        recipients,
        intermediary,
        purpose,
        channels,
        data,
        // What differs between copies of one agreement from day to day: its file, its days, where its territory stands.
        path: _,
        digest: _,
        delivery: _,
        delivery_before_run: _,
        delete_by: _,
        territory: _,
        // It follows from the policy too, whose explicit terms may have grown: then every record is recalled.
        purpose_sector_conflict: _,
        // The same in other words.
        kind: _,
        controller: _,
        purpose_term: _,
    } = then;
    let differs = [
        ("id", *id != now.id),
        ("supplier", *supplier != now.supplier),
        ("recipients", *recipients != now.recipients),
        ("intermediary", *intermediary != now.intermediary),
        ("purpose", *purpose != now.purpose),
        ("channels", *channels != now.channels),
        ("data", categories(data) != categories(&now.data)),
    ];
    let differing: Vec<&str> = differs
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    if !differing.is_empty() {
        return Err(Failure::request(
            format!(
                "OLD and NEW are not runs for one agreement: they differ in {}",
                differing.join(", ")
            ),
            "compare runs for the same client, purpose, channels and data: split the supply again for the agreement of OLD",
        ));
    }
    if old.id_column() != new.id_column() {
        return Err(Failure::request(
            "the policies of OLD and NEW name different columns that identify a record".to_owned(),
            "split the supply again with one `columns.id`",
        ));
    }
    let started = |side: &Side| {
        let text = &side.manifest.predicate.started;
        text.parse::<Timestamp>().map_err(|_| {
            Failure::input(
                format!("the manifest of {} has no time of its start", side.name),
                "it was changed; get it again from who made it",
            )
        })
    };
    if started(new)? < started(old)? {
        return Err(Failure::request(
            "NEW was made before OLD".to_owned(),
            "name the earlier run first",
        ));
    }
    Ok(())
}

/// Reads both runs.
fn compare(old: &mut Side, new: &mut Side, bytes_max: usize) -> Result<Comparison, Failure> {
    let mut comparison = Comparison::new(bytes_max, new.codes.len());
    old.bar.set_message("reading OLD");
    old.read(Wanted::Permitted, &mut |id, fate| match fate {
        Fate::Permitted => comparison.permitted_then(id).map_err(failing),
        Fate::Withheld(_) => Ok(()),
    })?;
    new.bar.set_message("reading NEW");
    new.read(Wanted::All, &mut |id, fate| match fate {
        Fate::Permitted => comparison.permitted_now(id).map_err(failing),
        Fate::Withheld(reasons) => comparison.withheld_now(id, reasons).map_err(failing),
    })?;
    Ok(comparison)
}

/// Writes every identifier that is to be recalled, with its reasons.
fn write_recall(
    comparison: Comparison,
    new: &Side,
    file: &File,
    out: &Path,
) -> Result<Totals, Failure> {
    let writing = |error: csv::Error| RecallError::Write(error.into());
    let mut rows = csv::Writer::from_writer(BufWriter::new(file));
    let header = [new.id_column(), "reason"];
    let mut reasons = String::new();
    let totals = rows
        .write_record(header)
        .map_err(writing)
        .and_then(|()| {
            comparison.finish(|recalled| {
                reasons.clear();
                let codes = recalled
                    .reasons
                    .iter()
                    .map(|&index| new.codes[index].as_str());
                for code in codes.chain(recalled.gone.then_some(GONE)) {
                    if !reasons.is_empty() {
                        reasons.push(' ');
                    }
                    reasons.push_str(code);
                }
                rows.write_record([recalled.id, reasons.as_bytes()])
                    .map_err(writing)
            })
        })
        .and_then(|totals| {
            rows.into_inner()
                .map_err(|error| error.into_error())
                .and_then(|mut buffer| buffer.flush())
                .map_err(RecallError::Write)?;
            Ok(totals)
        });
    totals.map_err(|error| match error {
        RecallError::Write(error) => unwritable(out, &error),
        spill => failing(spill),
    })
}

/// A comparison that passes over people is not complete, and must not look as if it were.
fn refuse_blank(totals: Totals, allow_blank: bool) -> Result<Totals, Failure> {
    if totals.blank_then == 0 || allow_blank {
        return Ok(totals);
    }
    Err(Failure::input(
        format!(
            "{} records that were permitted in OLD have a blank identifier: they cannot be recalled by it",
            totals.blank_then
        ),
        "find them by other means; with `--allow-blank` it then ends well, and writes a recall file without them",
    ))
}

fn failing(error: RecallError) -> Failure {
    Failure::machine(
        error.to_string(),
        "check the space left where temporary files go; `TMPDIR` names another place",
    )
}
