//! The columns that rules name, found in a header: each exactly once, or a fault that says where it
//! was named. Shows no name from the header: the first line of a file without one is a record.

use std::path::Path;
use std::sync::Arc;

use super::compile::{Answer, Channels};
use super::projection::Projection;
use crate::records::Header;
use crate::rules::{
    Agreement, AnswerColumn, Cause, ChannelConsent, Fault, Located, Place, RequestedData, Source,
};

/// The column that a withheld record gets.
pub const REASONS_COLUMN: &str = "withheld_reasons";

/// Finds named columns in a header and collects what is wrong with it.
pub(super) struct ColumnFinder<'a> {
    header: &'a Header,
    input: &'a Path,
    /// What was found wrong.
    pub(super) faults: Vec<Fault>,
}

/// The same, for the columns that one file names.
pub(super) struct NamedIn<'f, 'a> {
    finder: &'f mut ColumnFinder<'a>,
    source: &'a Arc<Source>,
}

impl<'a> ColumnFinder<'a> {
    pub(super) fn new(header: &'a Header, input: &'a Path) -> Self {
        Self {
            header,
            input,
            faults: Vec::new(),
        }
    }

    pub(super) fn in_file<'f>(&'f mut self, source: &'a Arc<Source>) -> NamedIn<'f, 'a> {
        NamedIn {
            finder: self,
            source,
        }
    }

    fn positions(&self, name: &str) -> impl Iterator<Item = usize> {
        self.header
            .names()
            .iter()
            .enumerate()
            .filter(move |(_, column)| *column == name.as_bytes())
            .map(|(index, _)| index)
    }

    fn fault(&mut self, message: String, help: &str) {
        let place = Place::File {
            path: self.input.to_path_buf(),
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
        let position = self.positions(REASONS_COLUMN).next();
        if let Some(index) = position {
            self.fault(
                format!("column {} of the header is named `{REASONS_COLUMN}`", index + 1),
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
                let uncovered: Vec<String> = (0..self.header.names().len())
                    .filter(|column| {
                        !categories
                            .iter()
                            .any(|(_, columns)| columns.contains(column))
                    })
                    .map(|column| (column + 1).to_string())
                    .collect();
                if !uncovered.is_empty() && self.faults.is_empty() {
                    // By number: the first line of a file without a header is a record, and its values are not to be shown.
                    self.fault(
                        format!("the agreement asks for all data, but column {} of the header is in no data category", uncovered.join(", ")),
                        "add it to a category under `[data]` in the policy, or list the agreed categories in the agreement's `data`",
                    );
                }
                Projection::Whole
            }
            RequestedData::Categories(names) => {
                let mut columns: Vec<usize> = categories
                    .iter()
                    .filter(|(category, _)| names.iter().any(|name| name.value == *category))
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
        let positions: Vec<usize> = self.finder.positions(&name.value).collect();
        match positions.as_slice() {
            [index] => *index,
            [] => {
                let help = match self.nearest(&name.value) {
                    Some(column) => format!("column {column} of the header has nearly this name: names are compared byte for byte"),
                    None => "name the column as the header does, or check that the input is the right one and has a header".to_owned(),
                };
                self.fault(
                    name,
                    format!(
                        "the header of {} has no column `{}`",
                        self.finder.input.display(),
                        name.value
                    ),
                    help,
                );
                0
            }
            [first, second, ..] => {
                let message = format!(
                    "the header of {} has the column `{}` twice (columns {} and {})",
                    self.finder.input.display(),
                    name.value,
                    first + 1,
                    second + 1
                );
                self.fault(
                    name,
                    message,
                    "rename one of them: a rule must not depend on which of the two is read"
                        .to_owned(),
                );
                0
            }
        }
    }

    fn fault(&mut self, name: &Located<String>, message: String, help: String) {
        let place = Place::Text {
            source: Arc::clone(self.source),
            span: name.span.clone(),
        };
        let fault = Fault {
            place,
            message,
            label: None,
            help,
            cause: Cause::Request,
        };
        // A column that serves in several roles is told once, where it is first named.
        if !self
            .finder
            .faults
            .iter()
            .any(|known| known.message == fault.message)
        {
            self.finder.faults.push(fault);
        }
    }

    /// Number, from 1, of a column whose name differs only a little.
    fn nearest(&self, name: &str) -> Option<usize> {
        let folded = |text: &str| text.trim().to_lowercase().replace(['-', '_', ' '], "");
        let wanted = folded(name);
        self.finder
            .header
            .names()
            .iter()
            .position(|column| {
                std::str::from_utf8(column).is_ok_and(|column| {
                    strsim::damerau_levenshtein(&folded(column), &wanted) <= wanted.len() / 8
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
                let answers: Vec<(&String, Answer)> = flags
                    .iter()
                    .map(|(channel, answer)| (channel, self.answer(answer)))
                    .collect();
                let flag_of = |wanted: &String| {
                    answers
                        .iter()
                        .find(|(channel, _)| *channel == wanted)
                        .map(|(_, answer)| answer.clone())
                };
                Channels::Flags(agreement.channels.iter().map(flag_of).collect())
            }
        }
    }
}
