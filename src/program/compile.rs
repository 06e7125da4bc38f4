//! Rules met with a header: every column that they name found in it, exactly once, and everything that
//! does not depend on a record worked out beforehand.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::columns::ColumnFinder;
use super::consents::{Answer, Channels};
use super::notices::{CompiledNotice, against_every_record};
use super::projection::Projection;
use super::reasons::{Reason, Reasons};
use crate::records::Header;
use crate::rules::{CivilDay, DateForm, Faults, Normaliser, Policy, Rules};

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
pub(super) struct SourceRow(usize);

#[derive(Debug)]
pub(super) struct CompiledTerritory {
    pub(super) column: usize,
    /// Keyed anew in each run, so that no values can be made to collide.
    pub(super) values: HashSet<Vec<u8>, ahash::RandomState>,
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
        let mut columns = ColumnFinder::new(header, input);
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
        let faults = columns.into_faults();
        if !faults.is_empty() {
            return Err(Faults(faults));
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

    /// The columns that a decision consults.
    pub(super) fn consulted_columns(&self) -> Vec<usize> {
        let mut columns = self.word_columns();
        columns.push(self.captured_at);
        columns.extend(self.withdrawn_at);
        columns.extend(self.territory.as_ref().map(|territory| territory.column));
        columns.extend(self.suppressions.iter().flatten().map(|part| part.column));
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
