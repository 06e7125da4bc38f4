//! The columns that rules name, found in a header: each exactly once, or a fault that says where it
//! was named. Shows no name from the header: the first line of a file without one is a record.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::consents::{Answer, Channels};
use super::projection::Projection;
use crate::records::{Header, Misread};
use crate::rules::folded;
use crate::rules::{
    Agreement, AnswerColumn, Cause, ChannelConsent, Fault, Located, Place, REASONS_COLUMN,
    RequestedData, Source,
};

/// Missing columns for which a column of nearly the same name is looked for; more are not told one by one.
const NEAREST_SOUGHT_MAX: usize = 100;

/// Bytes of the missing column's name times those of all names, up to which one of them is looked for: comparing takes so many steps.
const NEAREST_STEPS_MAX: usize = 1_000_000;

/// Finds named columns in a header and collects what is wrong with it.
///
/// PERF: time is linear in the columns of the header and those that are named: policies name tens of thousands.
pub(super) struct ColumnFinder<'a> {
    header: &'a Header,
    input: &'a Path,
    places: HashMap<&'a [u8], Places>,
    /// Names of which a fault was noted.
    told: HashSet<String>,
    /// The fault was noted that this is no header of columns.
    is_misread_told: bool,
    /// The header's names without what is easily mistaken, once they are needed; `None` for what is not UTF-8.
    folded: OnceCell<Vec<Option<String>>>,
    /// Some named column was found, or one of nearly its name.
    is_header: bool,
    /// What was found wrong.
    faults: Vec<Fault>,
}

/// Where a name stands in a header.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    second: Option<usize>,
}

/// The same, for the columns that one file names.
pub(super) struct NamedIn<'f, 'a> {
    finder: &'f mut ColumnFinder<'a>,
    source: &'a Arc<Source>,
}

impl<'a> ColumnFinder<'a> {
    pub(super) fn new(header: &'a Header, input: &'a Path) -> Self {
        let mut places: HashMap<&[u8], Places> = HashMap::with_capacity(header.names().len());
        for (index, name) in header.names().iter().enumerate() {
            places
                .entry(name)
                .and_modify(|places| places.second = places.second.or(Some(index)))
                .or_insert(Places {
                    first: index,
                    second: None,
                });
        }
        Self {
            header,
            input,
            places,
            told: HashSet::new(),
            is_misread_told: false,
            folded: OnceCell::new(),
            is_header: false,
            faults: Vec::new(),
        }
    }

    /// Everything that is wrong with the header; where nothing that was named stands there, that once, for the first of it.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        let others = self.told.len().saturating_sub(1);
        if !self.is_header
            && others > 0
            && self.faults.len() == others + 1
            && let Some(first) = self.faults.first_mut()
        {
            first.message = format!("{}, nor any other that is named", first.message);
            "check that the first line is a header, and that policy and supply belong together"
                .clone_into(&mut first.help);
            self.faults.truncate(1);
        }
        self.faults
    }

    pub(super) fn in_file<'f>(&'f mut self, source: &'a Arc<Source>) -> NamedIn<'f, 'a> {
        NamedIn {
            finder: self,
            source,
        }
    }

    fn fault(&mut self, message: String, help: &str) {
        let place = Place::File {
            path: self.input.to_path_buf(),
            line: None,
            record: None,
            offset: None,
        };
        self.faults.push(Fault {
            place,
            message,
            label: None,
            help: help.to_owned(),
            cause: Cause::Request,
        });
    }

    pub(super) fn check_reasons_column(&mut self) {
        if let Some(Places { first, .. }) = self.places.get(REASONS_COLUMN.as_bytes()) {
            self.fault(
                format!("column {} of the header is named `{REASONS_COLUMN}`", first + 1),
                "this looks like the withheld part of an earlier run; supply the original, or rename the column",
            );
        }
    }

    pub(super) fn projection(
        &mut self,
        categories: &[(&str, Vec<usize>)],
        agreement: &Agreement,
    ) -> Projection {
        match &agreement.data {
            RequestedData::All => {
                let mut covered = vec![false; self.header.names().len()];
                for &column in categories.iter().flat_map(|(_, columns)| columns) {
                    if let Some(covered) = covered.get_mut(column) {
                        *covered = true;
                    }
                }
                let uncovered: Vec<String> = (1..)
                    .zip(covered)
                    .filter(|(_, covered)| !covered)
                    .map(|(number, _): (usize, bool)| number.to_string())
                    .collect();
                // By number: a line may be a header and, for want of a line end, the first record too.
                if !uncovered.is_empty() && self.faults.is_empty() {
                    self.fault(
                        format!(
                            "the agreement asks for all data, but {} {} of the header {} in no data category",
                            if uncovered.len() == 1 { "column" } else { "columns" },
                            uncovered.join(", "),
                            if uncovered.len() == 1 { "is" } else { "are" },
                        ),
                        "add it to a category under `[data]` in the policy, or list the agreed categories in the agreement's `data`",
                    );
                }
                Projection::Whole
            }
            RequestedData::Categories(names) => {
                let names: HashSet<&str> = names.iter().map(|name| name.value.as_str()).collect();
                let mut columns: Vec<usize> = categories
                    .iter()
                    .filter(|(category, _)| names.contains(category))
                    .flat_map(|(_, columns)| columns.iter().copied())
                    .collect();
                columns.sort_unstable();
                columns.dedup();
                Projection::of_columns(&columns)
            }
        }
    }
}

impl NamedIn<'_, '_> {
    /// The column's index; where it cannot be told a fault is noted and any index returned.
    pub(super) fn find(&mut self, name: &Located<String>) -> usize {
        let places = self.finder.places.get(name.value.as_bytes()).copied();
        self.finder.is_header |= places.is_some();
        if let Some(Places {
            first,
            second: None,
        }) = places
        {
            return first;
        }
        if places.is_none()
            && let Some(Misread { what, cure }) = Misread::of(self.finder.header)
        {
            // What is no header of columns at all is told once, and not for each of them.
            if !std::mem::replace(&mut self.finder.is_misread_told, true) {
                self.finder.fault(what, &cure);
            }
            return 0;
        }
        // A column that serves in several roles is told once, where it is first named.
        if self.finder.told.insert(name.value.clone()) {
            let (message, help) = self.fault_of(&name.value, places);
            self.finder.faults.push(Fault {
                place: Place::Text {
                    source: Arc::clone(self.source),
                    span: name.span.clone(),
                },
                message,
                label: None,
                help,
                cause: Cause::Request,
            });
        }
        0
    }

    /// What is wrong with a name that does not stand in the header once, and how to mend it.
    fn fault_of(&mut self, name: &str, places: Option<Places>) -> (String, String) {
        let input = self.finder.input.display();
        if let Some(Places {
            first,
            second: Some(second),
        }) = places
        {
            return (
                format!(
                    "the header of {input} has the column `{name}` twice (columns {} and {})",
                    first + 1,
                    second + 1
                ),
                "rename one of them: a rule must not depend on which of the two is read".to_owned(),
            );
        }
        let names = self.finder.header.names().iter();
        let mut names = names.map(|name| std::str::from_utf8(name));
        let help = match self.nearest(name) {
            None if !name.is_ascii() && names.any(|name| name.is_err()) => {
                "the header is not UTF-8 text: save the input as UTF-8".to_owned()
            }
            Some(column) => {
                self.finder.is_header = true;
                format!("column {column} of the header has nearly this name: names are compared byte for byte")
            }
            None => "name the column as the header does, or check that the input is the right one and has a header".to_owned(),
        };
        (
            format!("the header of {input} has no column `{name}`"),
            help,
        )
    }

    /// Number, from 1, of a column whose name differs only a little.
    fn nearest(&self, name: &str) -> Option<usize> {
        if self.finder.told.len() > NEAREST_SOUGHT_MAX {
            return None;
        }
        let wanted = folded(name);
        let differing_max = wanted.len() / 8;
        let columns = self.finder.folded.get_or_init(|| {
            let names = self.finder.header.names().iter();
            names
                .map(|name| std::str::from_utf8(name).ok().map(folded))
                .collect()
        });
        let bytes: usize = columns.iter().flatten().map(String::len).sum();
        if differing_max > 0 && bytes.saturating_mul(wanted.len()) > NEAREST_STEPS_MAX {
            return None;
        }
        columns
            .iter()
            .position(|column| {
                column.as_ref().is_some_and(|column| match differing_max {
                    0 => *column == wanted,
                    _ => strsim::damerau_levenshtein(column, &wanted) <= differing_max,
                })
            })
            .map(|index| index + 1)
    }

    pub(super) fn answer(&mut self, answer: &AnswerColumn) -> Answer {
        let bytes = |values: &[String]| {
            values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect()
        };
        Answer {
            column: self.find(&answer.column),
            given: bytes(&answer.given),
            refused: bytes(&answer.refused),
        }
    }

    pub(super) fn channels(
        &mut self,
        channels: &ChannelConsent,
        agreement: &Agreement,
    ) -> Channels {
        match channels {
            ChannelConsent::List { column, separator } => Channels::List {
                column: self.find(column),
                separator: separator.clone().into_bytes(),
                wanted: agreement
                    .channels
                    .iter()
                    .map(|channel| channel.clone().into_bytes())
                    .collect(),
            },
            ChannelConsent::Flags(flags) => {
                let answers: HashMap<&String, Answer> = flags
                    .iter()
                    .map(|(channel, answer)| (channel, self.answer(answer)))
                    .collect();
                let flag_of = |wanted: &String| answers.get(wanted).cloned();
                Channels::Flags(agreement.channels.iter().map(flag_of).collect())
            }
        }
    }
}
