//! A fail-closed consent filter for data supplies: reads the records that a data broker is about to
//! supply, and splits them into permitted and withheld by what each person was told and agreed to, for
//! the client who will really use the data.
//!
//! ```no_run
//! use std::path::{Path, PathBuf};
//! use std::sync::Arc;
//! use withhold::{program::Program, rules::Rules, supply::{Supply, SupplyOptions}};
//!
//! let rules = Arc::new(Rules::load(Path::new("policy.toml"), Path::new("agreement.toml"))?);
//! let input = PathBuf::from("supply.csv");
//! let supply = Supply::open(std::slice::from_ref(&input), SupplyOptions::default())?;
//! let program = Program::compile(rules, supply.header(), &input)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flow from what was said ([`rules`]) and what is supplied ([`supply`], made of [`records`]) to the verdict ([`program`]), the
//! work ([`pipeline`]), what is left behind ([`output`], signed by [`signing`]), and what two runs left behind, compared
//! ([`recall`]). [`cli`] is the binary; [`synthetic`] makes supplies of people who do not exist. What several of these stand on is
//! [`compression`] within a [`content_limit`], [`digest`], and a file's [`identity`].

pub mod cli;
pub mod compression;
pub mod content_limit;
pub mod digest;
pub mod identity;
pub mod output;
mod path_fault;
pub mod pipeline;
pub mod program;
pub mod recall;
pub mod records;
pub mod rules;
pub mod signing;
pub mod supply;
pub mod synthetic;
