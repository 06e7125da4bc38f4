//! `withhold init`: drafts of a policy and an agreement from a supply's header and first records. Columns are guessed;
//! what people were told and agreed to never is.

mod dates;
mod draft;
mod roles;
mod sample;

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::PathBuf;

use super::args::{InitArguments, NamedColumns};
use super::failure::Failure;
use super::harmless::visible;
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, is_one_place, refuse_replacing, unwritable};
use super::plan::{existing, supply_options};
use super::printing::{print, text_of};
use crate::output::Durability;
use crate::records::Misread;
use crate::rules::REASONS_COLUMN;
use crate::supply::{Supply, shown};
use dates::Dates;
use draft::Knowledge;
pub(super) use draft::OPEN;
use roles::{Channels, Column, Role, columns, guess, guess_channels};
use sample::{Sample, Tally};

/// Characters that may stand between the parts of a list, the likeliest first.
const SEPARATORS: [char; 4] = ['|', ';', ',', '/'];

pub(super) fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let existing = existing(arguments.force);
    let places = [&arguments.policy, &arguments.agreement];
    if is_one_place(places[0], places[1]) {
        return Err(Failure::request(
            "policy and agreement cannot be one file".to_owned(),
            "name two files",
        ));
    }
    for place in places {
        check_place(place, existing)?;
        refuse_replacing(place, [arguments.input.as_path()])?;
    }
    let options = supply_options(&arguments.shape);
    let inputs: &[PathBuf] = std::slice::from_ref(&arguments.input);
    let supply = Supply::open(inputs, options)?;
    // Standard input may be one of the two.
    for place in places {
        let read = supply.inputs()[0].place();
        refuse_replacing(place, read.iter().map(PathBuf::as_path))?;
    }
    let drafts = Drafts::of(&supply, &arguments.named)?;

    let mut files = NewFiles::begin(existing, Readers::Owner)?;
    let mut policy = files.add(places[0])?;
    let mut agreement = files.add(places[1])?;
    let written = policy
        .write_all(drafts.policy.as_bytes())
        .map_err(|error| unwritable(places[0], &error))
        .and_then(|()| {
            agreement
                .write_all(drafts.agreement.as_bytes())
                .map_err(|error| unwritable(places[1], &error))
        });
    files.place(written, Durability::Flushed)?;

    let [policy, agreement] = places.map(|place| visible(&place.display().to_string()));
    let mut lines = vec![format!(
        "Drafts that withhold every record: {policy} and {agreement}"
    )];
    for (part, name) in &drafts.parts {
        let name = name.as_deref().map_or_else(|| "-".to_owned(), visible);
        lines.push(format!("  {part:<12}  {name}"));
    }
    lines.push(String::new());
    lines.push("  Replace what says REPLACE, and compare every guess; then:".to_owned());
    lines.push(format!(
        "  withhold check --policy {policy} --agreement {agreement}"
    ));
    print(
        &text_of(&lines),
        "what was guessed",
        Some("the drafts are in place"),
    )
}

/// Both drafts, and what was guessed.
struct Drafts {
    policy: String,
    agreement: String,
    /// Parts, with the names of their columns.
    parts: Vec<(&'static str, Option<String>)>,
}

/// The columns that play a part, but for those of the channels.
struct Parts<'c> {
    id: &'c Column,
    captured_at: &'c Column,
    consent: &'c Column,
    notice: Option<&'c Column>,
    withdrawn_at: Option<&'c Column>,
    source: Option<&'c Column>,
}

impl Drafts {
    fn of(supply: &Supply, named: &NamedColumns) -> Result<Self, Failure> {
        let names = supply.header().names();
        if names.iter().any(|name| name == REASONS_COLUMN.as_bytes()) {
            return Err(Failure::request(
                format!("a column of the header is named `{REASONS_COLUMN}`"),
                "this looks like the withheld part of an earlier run; name the original",
            ));
        }
        let columns = columns(supply.header());
        let typed = [&named.id, &named.captured_at, &named.consent];
        let is_typed =
            |column: &&Column| typed.iter().any(|name| name.as_ref() == Some(&column.name));
        let mut open: Vec<&Column> = columns.iter().filter(|column| !is_typed(column)).collect();
        let mut needed = Vec::new();
        for (role, typed, option, what) in [
            (Role::Id, &named.id, "--id", "identifies a record"),
            (
                Role::CapturedAt,
                &named.captured_at,
                "--captured-at",
                "has the day of capture",
            ),
            (
                Role::Consent,
                &named.consent,
                "--consent",
                "has the answer about third parties",
            ),
        ] {
            let found = find(&columns, &open, role, typed.as_deref());
            open.retain(|other| found.is_none_or(|column| column.index != other.index));
            needed.push((role, found, option, what));
        }
        let missing: Vec<&(Role, Option<&Column>, &str, &str)> = needed
            .iter()
            .filter(|(_, found, ..)| found.is_none())
            .collect();
        if !missing.is_empty() {
            return Err(not_found(supply, &missing, named));
        }
        let [id, captured_at, consent] = [0, 1, 2].map(|index| {
            // INVARIANT: what was not found was refused.
            needed[index]
                .1
                .expect("every part that is needed has a column")
        });
        let mut optional = |role| {
            let found = guess(role, &open)?;
            open.retain(|other| other.index != found.index);
            Some(found)
        };
        let parts = Parts {
            id,
            captured_at,
            consent,
            notice: optional(Role::Notice),
            withdrawn_at: optional(Role::WithdrawnAt),
            source: optional(Role::Source),
        };
        let channels = guess_channels(&open);
        Self::write(supply, &columns, parts, &channels)
    }

    fn write(
        supply: &Supply,
        columns: &[Column],
        parts: Parts<'_>,
        channels: &Channels,
    ) -> Result<Self, Failure> {
        let Parts {
            id,
            captured_at,
            consent,
            notice,
            withdrawn_at,
            source,
        } = parts;
        let channel_columns: Vec<&Column> = match channels {
            Channels::List(column) => vec![column],
            Channels::Flags(flags) => flags.iter().map(|(_, column)| column).collect(),
        };
        let mut tallies: HashMap<usize, Tally> = [Some(consent), notice, source]
            .into_iter()
            .flatten()
            .chain(channel_columns.iter().copied())
            .map(|column| (column.index, Tally::default()))
            .collect();
        let mut wanted: Vec<usize> = tallies.keys().copied().collect();
        wanted.extend([id.index, captured_at.index]);
        let (mut dates, mut ids, mut id_repeats) = (Dates::new(), HashSet::new(), false);
        let mut separators = [0_u64; SEPARATORS.len()];
        let list = match channels {
            Channels::List(column) => Some(column.index),
            Channels::Flags(_) => None,
        };
        let hasher = ahash::RandomState::new();
        let sample = Sample::read(supply, &wanted, |column, value| {
            if column == id.index {
                // A draft's remark may rest on a hash: it decides nothing.
                id_repeats |= !ids.insert(hasher.hash_one(value));
            } else if column == captured_at.index {
                dates.add(value);
            } else if let Some(tally) = tallies.get_mut(&column) {
                tally.add(value);
            }
            if list == Some(column) {
                for (count, separator) in separators.iter_mut().zip(SEPARATORS) {
                    *count += u64::from(value.contains(&(separator as u8)));
                }
            }
        })?;
        let found = |column: &Column| tallies[&column.index].found();
        let most = separators.iter().max().copied().unwrap_or(0);
        let likeliest = separators.iter().position(|count| *count == most);
        let separator = SEPARATORS[likeliest.unwrap_or(0)];
        let channels_found = channel_columns
            .iter()
            .map(|column| match list {
                Some(index) => tallies[&index].parts(separator).found(),
                None => found(column),
            })
            .collect();
        let named: HashSet<usize> = columns.iter().map(|column| column.index).collect();
        let unnamed = (0..supply.header().names().len())
            .filter(|index| !named.contains(index))
            .map(|index| index + 1)
            .collect();
        let knowledge = Knowledge {
            input: shown(supply.inputs()[0].path()).into_owned(),
            sample: &sample,
            columns,
            unnamed,
            id,
            id_repeats,
            captured_at,
            dates: dates.found(),
            consent: (consent, found(consent)),
            notice: notice.map(|column| (column, found(column))),
            source: source.map(|column| (column, found(column))),
            withdrawn_at,
            channels,
            channels_found,
            separator,
        };
        let name = |column: Option<&Column>| column.map(|column| column.name.clone());
        let channel_names: Vec<String> = channel_columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let parts = vec![
            ("id", name(Some(id))),
            ("captured_at", name(Some(captured_at))),
            ("consent", name(Some(consent))),
            (
                "channels",
                (!channel_names.is_empty()).then(|| channel_names.join(", ")),
            ),
            ("notice", name(notice)),
            ("source", name(source)),
            ("withdrawn_at", name(withdrawn_at)),
        ];
        Ok(Self {
            policy: knowledge.policy(),
            agreement: knowledge.agreement(),
            parts,
        })
    }
}

/// The column that was typed, or else the one whose name is known.
fn find<'c>(
    columns: &'c [Column],
    open: &[&'c Column],
    role: Role,
    typed: Option<&str>,
) -> Option<&'c Column> {
    match typed {
        Some(typed) => columns.iter().find(|column| column.name == typed),
        None => guess(role, open),
    }
}

/// The failure that a part cannot be left open. Shows no name of the header: the first line of a file without one is a record.
fn not_found(
    supply: &Supply,
    missing: &[&(Role, Option<&Column>, &str, &str)],
    named: &NamedColumns,
) -> Failure {
    if let Some(Misread { what, cure }) = Misread::of(supply.header()) {
        return Failure::request(what, &cure);
    }
    let whats: Vec<&str> = missing.iter().map(|(.., what)| *what).collect();
    let options: Vec<String> = missing
        .iter()
        .map(|(.., option, _)| format!("`{option} COLUMN`"))
        .collect();
    let typed = [&named.id, &named.captured_at, &named.consent];
    let mistyped: Vec<String> = missing
        .iter()
        .filter_map(|(role, ..)| {
            let index = match role {
                Role::Id => 0,
                Role::CapturedAt => 1,
                _ => 2,
            };
            typed[index].as_ref().map(|name| format!("`{name}`"))
        })
        .collect();
    if !mistyped.is_empty() {
        return Failure::request(
            format!(
                "none of the {} columns of {} is named {}",
                supply.header().names().len(),
                shown(supply.inputs()[0].path()),
                mistyped.join(", none is named ")
            ),
            "name columns as the header does, case and all; each must stand there once",
        );
    }
    let help = format!(
        "say so with {}; if the first line is no header, or fields are not told apart, mend that first (`--delimiter`)",
        options.join(", ")
    );
    Failure::request(
        format!(
            "of the {} columns of {}, no name tells which one {}",
            supply.header().names().len(),
            shown(supply.inputs()[0].path()),
            whats.join(", which one ")
        ),
        &help,
    )
}

#[cfg(test)]
mod tests;
