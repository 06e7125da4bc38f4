//! Rules compiled against one header. `decide` is the only place where a verdict is made; the rest
//! prepares what it needs so that a record costs little.

mod batch;
mod cases;
mod columns;
mod compile;
mod consents;
mod consult;
mod decide;
mod explain;
mod fields;
mod found;
mod memo;
mod notices;
mod projection;
mod reasons;
mod said;
mod verdict;

pub use batch::Decision;
pub use compile::Program;
pub use decide::Decider;
pub use explain::{Consulted, Explanation, NoticeFinding, Test, TestOutcome};
pub use fields::RecordFields;
pub use notices::{
    Party, Undisclosed, against_every_record, parties, requested_categories, undisclosed,
};
pub use projection::Projection;
pub use reasons::{Reason, Reasons};
pub use verdict::Verdict;
