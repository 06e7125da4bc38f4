//! A fail-closed consent filter for data supplies.

pub mod rules;
pub mod synthetic;
