//! What can be typed of several commands alike: rules, inputs, and how a run tells of itself.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::pipeline::BLOCK_BYTES_MAX;
use crate::records::Delimiter;
use crate::supply::RECORD_BYTES_LIMIT;

/// The rules of a run.
#[derive(Debug, Args)]
pub(in crate::cli) struct RulesArguments {
    /// Policy: what people were told, and how a record says what they agreed to (TOML)
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) policy: PathBuf,
    /// Agreement: the supply that is proposed, and for whom (TOML)
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) agreement: PathBuf,
}

/// How records are told apart.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShapeArguments {
    /// Byte between fields, or `tab` [default: told by the inputs' names: a comma, for .tsv a tab, for .psv `|`]
    #[arg(long, value_name = "BYTE", value_parser = parse_delimiter, allow_hyphen_values = true)]
    pub(in crate::cli) delimiter: Option<Delimiter>,
    /// Longest record, in bytes; a longer one stops the run
    #[arg(long, value_name = "N", default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1..=RECORD_BYTES_LIMIT as i64))]
    pub(in crate::cli) max_record_bytes: u32,
    /// Largest input, in bytes after decompression; a larger one stops the run [default: none; for compressed inputs 1 GiB, or 1,000
    /// times what is stored]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_input_bytes: Option<u64>,
}

/// How records are read.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReadingArguments {
    #[command(flatten)]
    pub(in crate::cli) shape: ShapeArguments,
    /// Stop at the first malformed record, rather than withhold it
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    /// Bytes of a block (for tests)
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u32).range(1..=BLOCK_BYTES_MAX as i64))]
    pub(in crate::cli) block_bytes: Option<u32>,
}

/// How a run tells of itself.
#[derive(Debug, Args)]
pub(in crate::cli) struct TellingArguments {
    /// No progress and no summary; JSON is printed all the same
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
    /// Form of the summary on standard output
    #[arg(long, value_enum, default_value_t = FormatArgument::Text, value_name = "FORM")]
    pub(in crate::cli) format: FormatArgument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FormatArgument {
    /// For a person
    Text,
    /// For a job scheduler
    Json,
}

/// Most worker threads.
const THREADS_MAX: usize = 1024;

fn parse_delimiter(text: &str) -> Result<Delimiter, String> {
    Delimiter::parse(text).map_err(|error| error.to_string())
}

pub(super) fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(threads) if threads.get() <= THREADS_MAX => Ok(threads),
        _ => Err(format!("a number from 1 to {THREADS_MAX} is needed")),
    }
}
