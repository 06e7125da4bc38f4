//! A fail-closed consent filter for data supplies.

pub mod cli;
pub mod rules;
