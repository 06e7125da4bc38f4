//! Owns the naive oracle: a second reading of the specification, in the plainest Rust, and the generators that feed it.
//! It never uses the crate under test, so that one misreading cannot stand in both.

pub(crate) mod dates;
pub(crate) mod decide;
pub(crate) mod dice;
pub(crate) mod drawn_dates;
pub(crate) mod drawn_lists;
pub(crate) mod drawn_notices;
pub(crate) mod drawn_rules;
pub(crate) mod drawn_values;
pub(crate) mod hostile;
pub(crate) mod lists;
pub(crate) mod normalise;
pub(crate) mod policy;
pub(crate) mod reader;
pub(crate) mod scenario;
pub(crate) mod small;
pub(crate) mod split;
pub(crate) mod supply;
pub(crate) mod terms;
