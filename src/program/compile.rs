//! Rules met with a header: every column that they name found in it, exactly once, and everything that
//! does not depend on a record worked out beforehand.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::notices::{CompiledNotice, against_every_record};
use super::projection::Projection;
use super::reasons::{Reason, Reasons};
use crate::records::Header;
use crate::rules::{
    Agreement, AnswerColumn, ChannelConsent, CivilDay, DateForm, Fault, Faults, Located,
    Normaliser, Place, Policy, RequestedData, Rules, Source,
};

/// The column that a withheld record gets.
pub const REASONS_COLUMN: &str = "withheld_reasons";

/// Rules compiled against one header; shared by all threads.
#[derive(Debug)]
pub struct Program {
    pub(super) rules: Arc<Rules>,
    columns: usize,
    pub(super) for_every_record: Reasons,
    pub(super) notices: Vec<CompiledNotice>,
    pub(super) captured_at: usize,
    pub(super) notice: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) withdrawn_at: Option<usize>,
    pub(super) date_form: DateForm,
    pub(super) timezone: TimeZone,
    pub(super) third_parties: Answer,
    pub(super) channels: Channels,
    pub(super) territory: Option<CompiledTerritory>,
    pub(super) delivery: CivilDay,
    pub(super) suppressions: Vec<Vec<Component>>,
    sources: Vec<Vec<u8>>,
    projection: Projection,
}

/// Row of a record's source in the counts: the policy's distinct sources in order, then one for all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRow(usize);

#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) column: usize,
    pub(super) given: Vec<Vec<u8>>,
    pub(super) refused: Vec<Vec<u8>>,
}

/// How a record carries the agreement's channels.
#[derive(Debug)]
pub(super) enum Channels {
    List {
        column: usize,
        separator: Vec<u8>,
        wanted: Vec<Vec<u8>>,
    },
    /// One for each channel of the agreement; `None` where no column says it, so that it is never carried.
    Flags(Vec<Option<Answer>>),
}

#[derive(Debug)]
pub(super) struct CompiledTerritory {
    pub(super) column: usize,
    pub(super) values: HashSet<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Component {
    pub(super) column: usize,
    pub(super) normaliser: Normaliser,
}

impl Program {
    /// Compiles rules against the header of the supply `input` (named in faults only).
    ///
    /// # Errors
    /// Every column that policy or agreement names and the header lacks or has twice; with all data asked for, every column in no
    /// category; a column named `withheld_reasons`.
    pub fn compile(rules: Arc<Rules>, header: &Header, input: &Path) -> Result<Self, Faults> {
        let mut columns = ColumnFinder {
            header,
            input,
            faults: Vec::new(),
        };
        let Rules {
            policy, agreement, ..
        } = &*rules;
        columns.check_reasons_column();
        let mut of_policy = columns.in_file(&policy.source);
        of_policy.find(&policy.columns.id);
        let captured_at = of_policy.find(&policy.columns.captured_at);
        let notice = policy
            .columns
            .notice
            .as_ref()
            .map(|column| of_policy.find(column));
        let source = policy
            .columns
            .source
            .as_ref()
            .map(|column| of_policy.find(column));
        let withdrawn_at = policy
            .columns
            .withdrawn_at
            .as_ref()
            .map(|column| of_policy.find(column));
        let third_parties = of_policy.answer(&policy.third_parties);
        let channels = of_policy.channels(&policy.channels, agreement);
        let categories: Vec<(&str, Vec<usize>)> = policy
            .data
            .iter()
            .map(|category| {
                (
                    category.name.value.as_str(),
                    category
                        .columns
                        .iter()
                        .map(|column| of_policy.find(column))
                        .collect(),
                )
            })
            .collect();
        let suppressions = policy
            .suppressions
            .iter()
            .map(|rule| {
                let component = |part: &crate::rules::MatchComponent| Component {
                    column: of_policy.find(&part.column),
                    normaliser: part.normaliser,
                };
                rule.components.iter().map(component).collect()
            })
            .collect();
        let mut of_agreement = columns.in_file(&agreement.source);
        let territory = agreement
            .territory
            .as_ref()
            .map(|territory| CompiledTerritory {
                column: of_agreement.find(&territory.column),
                values: territory
                    .values
                    .iter()
                    .map(|value| value.clone().into_bytes())
                    .collect(),
            });
        let projection = columns.projection(&categories, agreement);
        if !columns.faults.is_empty() {
            return Err(Faults(columns.faults));
        }
        let notices = policy
            .notices
            .iter()
            .map(|notice| CompiledNotice::compile(notice, policy, agreement))
            .collect();
        Ok(Self {
            columns: header.names().len(),
            for_every_record: against_every_record(&rules),
            notices,
            captured_at,
            notice,
            source,
            withdrawn_at,
            date_form: policy.columns.date_form.clone(),
            timezone: policy.timezone.clone(),
            third_parties,
            channels,
            territory,
            delivery: agreement.delivery.into(),
            suppressions,
            sources: distinct_sources(policy),
            projection,
            rules,
        })
    }

    /// The rules that it was compiled from.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A reason's code, a list's name with it.
    pub fn code(&self, reason: Reason) -> String {
        match reason {
            Reason::Suppressed(list) => format!("{}{}", reason.code(), self.rules.lists[list].name),
            fixed => fixed.code().to_owned(),
        }
    }

    /// Number of fields that a record must have.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// What of a permitted record is supplied.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Number of rows in the counts by notice and source: see [`Self::row_label`].
    pub fn rows(&self) -> usize {
        (self.notices.len() + 1) * (self.sources.len() + 1)
    }

    /// The notice (its index in the policy, or none) and the source (as the policy lists it, or another) of a row in the counts.
    pub fn row_label(&self, row: usize) -> (Option<usize>, Option<&str>) {
        let (notice, source) = (
            row / (self.sources.len() + 1),
            row % (self.sources.len() + 1),
        );
        let source = self
            .sources
            .get(source)
            .map(|name| std::str::from_utf8(name).expect("the policy is UTF-8"));
        ((notice < self.notices.len()).then_some(notice), source)
    }

    pub(super) fn row(&self, notice: Option<usize>, source: SourceRow) -> usize {
        notice.unwrap_or(self.notices.len()) * (self.sources.len() + 1) + source.0
    }

    pub(super) fn source_row(&self, source: Option<&[u8]>) -> SourceRow {
        let known =
            source.and_then(|source| self.sources.iter().position(|listed| listed == source));
        SourceRow(known.unwrap_or(self.sources.len()))
    }

    /// The columns that [`Self::hear`] consults.
    pub(super) fn word_columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = [self.notice, self.source, Some(self.third_parties.column)]
            .into_iter()
            .flatten()
            .collect();
        match &self.channels {
            Channels::List { column, .. } => columns.push(*column),
            Channels::Flags(flags) => {
                columns.extend(flags.iter().flatten().map(|answer| answer.column))
            }
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

fn distinct_sources(policy: &Policy) -> Vec<Vec<u8>> {
    let mut sources: Vec<Vec<u8>> = Vec::new();
    for source in policy
        .notices
        .iter()
        .filter_map(|notice| notice.sources.as_ref())
        .flatten()
    {
        if !sources.iter().any(|known| known == source.as_bytes()) {
            sources.push(source.clone().into_bytes());
        }
    }
    sources
}

/// Finds named columns in a header and collects what is wrong with it.
struct ColumnFinder<'a> {
    header: &'a Header,
    input: &'a Path,
    faults: Vec<Fault>,
}

/// The same, for the columns that one file names.
struct NamedIn<'f, 'a> {
    finder: &'f mut ColumnFinder<'a>,
    source: &'a Arc<Source>,
}

impl<'a> ColumnFinder<'a> {
    fn in_file<'f>(&'f mut self, source: &'a Arc<Source>) -> NamedIn<'f, 'a> {
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
        });
    }

    fn check_reasons_column(&mut self) {
        let position = self.positions(REASONS_COLUMN).next();
        if let Some(index) = position {
            self.fault(
                format!("column {} of the header is named `{REASONS_COLUMN}`", index + 1),
                "this looks like the withheld part of an earlier run; supply the original, or rename the column",
            );
        }
    }

    fn projection(
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
    fn find(&mut self, name: &Located<String>) -> usize {
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

    fn answer(&mut self, answer: &AnswerColumn) -> Answer {
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

    fn channels(&mut self, channels: &ChannelConsent, agreement: &Agreement) -> Channels {
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
