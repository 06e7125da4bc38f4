//! A run's results as its manifest.

use jiff::Timestamp;

use super::manifest_of_rules::{
    agreement_entry, consulted_entry, disclosure_entries, explicit_terms, file_entry, list_entries,
};
use crate::output::{
    ByteEntry, CONSENT_GIVEN, CapturedEntry, Context, CountsEntry, InputEntry, MalformedEntry,
    Manifest, MonthEntry, NoticeEntry, OptionsEntry, OutputEntry, PREDICATE_TYPE, Predicate,
    ReasonEntry, STATEMENT_TYPE, Subject, ToolEntry, VerdictEntry, consent_status, digest_set,
    split_names,
};
use crate::pipeline::{Counts, Outcome, ReasonsColumn, RunOptions};
use crate::program::Program;
use crate::rules::REASONS_COLUMN;
use crate::supply::Supply;

const _: () = assert!(
    CountsEntry::REASONS_COLUMN_BYTES == REASONS_COLUMN.len() + 1,
    "the manifest knows how long the column's name is"
);

/// The manifest of a run whose outputs were written.
pub(super) fn manifest_of(
    program: &Program,
    supply: &Supply,
    options: &RunOptions,
    outcome: &Outcome,
    started: Timestamp,
    finished: Timestamp,
) -> Manifest {
    let rules = program.rules();
    let outputs = outcome.outputs.as_ref();
    let written = || {
        let names = split_names(options.compression);
        let results = outputs.map(|outputs| [&outputs.permitted, &outputs.withheld]);
        names.into_iter().zip(results.into_iter().flatten())
    };
    Manifest {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: written()
            .map(|(name, output)| Subject {
                name: name.to_owned(),
                digest: digest_set(output.digest.as_ref()),
            })
            .collect(),
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            context: Context,
            tool: ToolEntry {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            started: started.to_string(),
            finished: finished.to_string(),
            policy: file_entry(&rules.policy.source, options.digest),
            agreement: agreement_entry(rules, options.digest, started),
            explicit_terms: explicit_terms(&rules.policy),
            consulted: consulted_entry(&rules.policy),
            lists: list_entries(rules, options.digest),
            inputs: supply
                .inputs()
                .iter()
                .zip(&outcome.inputs)
                .map(|(input, result)| InputEntry {
                    path: input.path().display().to_string(),
                    compression: input.compression().name().to_owned(),
                    bytes: result.stored_bytes,
                    content_bytes: result.content_bytes,
                    digest: digest_set(result.digest.as_ref()),
                    lacks_end: input.lacks_end(),
                })
                .collect(),
            options: OptionsEntry {
                delimiter: char::from(supply.delimiter().byte()).to_string(),
                reasons: options.reasons == ReasonsColumn::Appended,
                strict: options.strict,
                max_record_bytes: supply.record_bytes_max() as u64,
                id_column: rules.policy.columns.id.value.clone(),
            },
            counts: counts_entry(program, &outcome.counts),
            notices: notice_entries(program, &outcome.counts),
            disclosures: disclosure_entries(rules),
            captured: captured_entry(&outcome.counts),
            malformed: malformed_entries(&outcome.counts),
            outputs: written()
                .zip([Some(CONSENT_GIVEN), None])
                .map(|((name, output), consent_status)| OutputEntry {
                    name: name.to_owned(),
                    compression: options.compression.name().to_owned(),
                    bytes: output.stored_bytes,
                    content_bytes: output.content_bytes,
                    consent_status: consent_status.map(str::to_owned),
                })
                .collect(),
            previous: None,
            own_digest: String::new(),
        },
    }
}

fn captured_entry(counts: &Counts) -> CapturedEntry {
    let months = counts.captured.months.iter();
    CapturedEntry {
        months: months
            .map(|count| MonthEntry {
                month: format!("{:04}-{:02}", count.year, count.month),
                permitted: count.records.permitted,
                withheld: count.records.withheld,
            })
            .collect(),
        unreadable: VerdictEntry {
            permitted: counts.captured.unreadable.permitted,
            withheld: counts.captured.unreadable.withheld,
        },
    }
}

fn malformed_entries(counts: &Counts) -> Vec<MalformedEntry> {
    let places = counts.malformed.iter();
    places
        .map(|place| MalformedEntry {
            input: place.input as u64,
            record: place.record,
            offset: place.offset,
            bytes: place.bytes,
        })
        .collect()
}

fn counts_entry(program: &Program, counts: &Counts) -> CountsEntry {
    CountsEntry {
        records: counts.records,
        permitted: counts.permitted,
        withheld: counts.withheld,
        blank_lines: counts.blank_lines,
        terminators_inserted: counts.terminators_inserted,
        withdrawals_before_capture: counts.withdrawals_before_capture,
        bytes: counts.bytes.read,
        bytes_of: ByteEntry {
            headers: counts.bytes.headers,
            permitted: counts.bytes.permitted,
            withheld: counts.bytes.withheld,
            blank: counts.bytes.blank,
        },
        reasons: counts
            .reasons
            .iter()
            .map(|count| {
                let reason = program.code(count.reason);
                ReasonEntry {
                    consent_status: consent_status(&reason).map(str::to_owned),
                    reason,
                    records: count.records,
                    only: count.only,
                }
            })
            .collect(),
    }
}

fn notice_entries(program: &Program, counts: &Counts) -> Vec<NoticeEntry> {
    let rows = counts.rows.range(..program.rows());
    rows.map(|(&index, row)| {
        let (notice, source) = program.row_label(index);
        NoticeEntry {
            notice: notice
                .map(|notice| program.rules().policy.notices[notice].version.value.clone()),
            source: source.unwrap_or("other").to_owned(),
            listed: source.is_some(),
            permitted: row.permitted,
            withheld: row.withheld,
        }
    })
    .collect()
}
