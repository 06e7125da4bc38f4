//! What people were told, what they agreed to, and what supply is proposed: the policy, the
//! agreement and the suppression lists, loaded and checked. Pure values; nothing here reads a
//! record of a supply, and nothing here decides.

mod agreement;
mod alike;
mod civil_day;
mod day;
mod fault;
mod lists;
mod load;
mod normalise;
mod parse;
mod party;
mod period;
mod policy;
mod suppression;
mod term;
mod territory;
mod text_file;
mod white_space;

pub use agreement::{Agreement, Client, Intermediary, IntermediaryRole, RequestedData, Territory};
pub(crate) use alike::folded;
pub use civil_day::{CivilDay, MonthMemo};
pub use day::{DateForm, DateFormError, DatePart};
pub use fault::{Cause, Fault, Faults, Place, Source};
pub use load::Rules;
pub use normalise::Normaliser;
pub use party::PartyName;
pub use period::{Period, PeriodError, Validity};
pub use policy::{
    AnswerColumn, ChannelConsent, Columns, DataCategory, MatchComponent, Notice, Policy,
    REASONS_COLUMN, RecipientTest, SuppressionRule, Vocabulary,
};
pub(crate) use suppression::append_component;
pub use suppression::{KeyDigest, SuppressionList};
pub use term::{ExplicitTerms, Term, TermError};
pub(crate) use white_space::{is_blank, trim_spaces_and_tabs};

/// A value with the place in its source text where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Byte range in the text of the [`Source`] that it came from.
    pub span: std::ops::Range<usize>,
}
