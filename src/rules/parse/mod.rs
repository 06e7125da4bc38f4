//! Policy and agreement from their TOML text to checked values. Every fault of a file is told,
//! and the checks between the two files are made as the agreement is read.

mod agreement;
mod consent;
mod document;
mod keys;
mod log;
mod notice;
mod policy;
mod suppression;
mod table;
mod values;

pub(super) use agreement::parse_agreement;
pub(super) use log::FaultLog;
pub(super) use policy::parse_policy;
