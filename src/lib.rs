//! A fail-closed consent filter for data supplies: reads the records that a data broker is about to
//! supply, and splits them into permitted and withheld by what each person was told and agreed to, for
//! the client who will really use the data.
//!
//! ```
//! use std::path::Path;
//! use std::sync::{Arc, atomic::AtomicBool};
//! use withhold::pipeline::{self, RunOptions};
//! use withhold::{program::Program, rules::Rules, supply::{Supply, SupplyOptions}};
//!
//! let case = Path::new("testdata/2017");
//! let inputs = [case.join("supply.csv")];
//! let rules = Rules::load(&case.join("policy.toml"), &case.join("agreement-retailer.toml"))?;
//! let supply = Supply::open(&inputs, SupplyOptions::default())?;
//! let program = Program::compile(Arc::new(rules), supply.header(), &inputs[0])?;
//!
//! // Without files to write to, a run only counts.
//! let never = AtomicBool::new(false);
//! let counts = pipeline::run(&program, &supply, None, &RunOptions::default(), &(), &never)?.counts;
//! assert!(counts.permitted > 0);
//! assert_eq!(counts.permitted + counts.withheld, counts.records);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flow from what was said ([`rules`]) and what is supplied ([`supply`], made of [`records`]) to the verdict ([`program`]), the
//! work ([`pipeline`]), what is left behind ([`output`], signed by [`signing`]), and what two runs left behind, compared
//! ([`recall`]). [`cli`] is the binary; [`synthetic`] makes supplies of people who do not exist. What several of these stand on is
//! [`compression`] within a [`content_limit`], [`digest`], and a file's [`identity`].

// Each of these imports only from those before it, which `tests/imports.rs` holds.

// What several of them stand on.
pub mod compression;
pub mod content_limit;
pub mod digest;
mod hidden;
pub mod identity;
mod paths;
mod reading;

// What is supplied, and what was said and agreed.
pub mod records;
pub mod rules;
pub mod supply;

// The verdict.
pub mod program;

// What is left behind, and the work.
pub mod output;
pub mod pipeline;
pub mod signing;

// What two runs left behind, and people who do not exist.
pub mod recall;
pub mod synthetic;

// The binary.
pub mod cli;
