//! What can be typed to decide on records: `split`, `check` and `explain`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{
    FormatArgument, ReadingArguments, RulesArguments, ShapeArguments, TellingArguments,
};

/// Split a supply into permitted and withheld records
///
/// Writes permitted.csv, withheld.csv and manifest.json (and, signed, manifest.dsse.json) into a new directory, which appears whole or not
/// at all.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold split --policy policy.toml --agreement agreement.toml --out outbox/DSA-2017-05 supply.csv
  zstdcat supply.csv.zst | withhold split -p policy.toml -a agreement.toml -o outbox/DSA-2017-05 -
  withhold split -p policy.toml -a agreement.toml -o 2 --previous 1/manifest.json supply.csv
  withhold split -p policy.toml -a agreement.toml -o outbox/1 --sign supplies.key supply.csv")]
pub(in crate::cli) struct SplitArguments {
    #[command(flatten)]
    pub(in crate::cli) rules: RulesArguments,
    #[command(flatten)]
    pub(in crate::cli) reading: ReadingArguments,
    /// Directory to make; without `--force` it must not be there yet
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Replace DIR in one step, if it holds the output of an earlier run and nothing else
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Do not wait until the outputs are on disk
    #[arg(long)]
    pub(in crate::cli) no_sync: bool,
    /// Whether withheld records get a column with their reasons
    #[arg(long, value_enum, default_value_t = ReasonsArgument::Column, value_name = "HOW")]
    pub(in crate::cli) reasons: ReasonsArgument,
    /// Digest of inputs and outputs in the manifest
    #[arg(long, value_enum, default_value_t = DigestArgument::Blake3, value_name = "KIND")]
    pub(in crate::cli) digest: DigestArgument,
    /// Compress both outputs, which are then named permitted.csv.zst or permitted.csv.gz, and so on [default: not]
    #[arg(long, value_enum, value_name = "FORM")]
    pub(in crate::cli) compress: Option<CompressArgument>,
    /// Sign the manifest with this private key (Ed25519, PKCS#8 PEM), into manifest.dsse.json
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) sign: Option<PathBuf>,
    /// The manifest.json of the run before, whatever its agreement: the new manifest holds its digest, so that runs form a chain
    #[arg(long, value_name = "MANIFEST")]
    pub(in crate::cli) previous: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) telling: TellingArguments,
    /// Records to split: files (plain, .gz or .zst), or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(in crate::cli) inputs: Vec<PathBuf>,
}

/// Check policy, agreement and lists; with inputs, count without writing
///
/// Without inputs, shows what each notice allows for the agreement.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold check --policy policy.toml --agreement agreement.toml
  withhold check --policy policy.toml --agreement agreement.toml supply.csv")]
pub(in crate::cli) struct CheckArguments {
    #[command(flatten)]
    pub(in crate::cli) rules: RulesArguments,
    #[command(flatten)]
    pub(in crate::cli) reading: ReadingArguments,
    #[command(flatten)]
    pub(in crate::cli) telling: TellingArguments,
    /// Records to count: files (plain, .gz or .zst), or `-` for standard input
    #[arg(value_name = "INPUT")]
    pub(in crate::cli) inputs: Vec<PathBuf>,
}

/// Explain the verdict on one record, test by test
///
/// Shows the notice that applied, what each test asked, the values that it consulted and what it found, in a form that can be sent to
/// the person who asks why. It is the only command that shows values of a record.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Examples:
  withhold explain --policy policy.toml --agreement agreement.toml --id LMB-00000004 supply.csv
  withhold explain -p policy.toml -a agreement.toml --record 17 --input b.csv a.csv b.csv",
    group = clap::ArgGroup::new("which").required(true)
)]
pub(in crate::cli) struct ExplainArguments {
    #[command(flatten)]
    pub(in crate::cli) rules: RulesArguments,
    /// The record with this number, counted from 1 in its input
    #[arg(long, value_name = "N", group = "which", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) record: Option<u64>,
    /// Every record with this identifier
    #[arg(
        long,
        value_name = "VALUE",
        group = "which",
        allow_hyphen_values = true
    )]
    pub(in crate::cli) id: Option<OsString>,
    /// The input that `--record` counts in, where there are several
    #[arg(long, value_name = "PATH", conflicts_with = "id")]
    pub(in crate::cli) input: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) shape: ShapeArguments,
    /// Form of the explanation on standard output; JSON is one line a record
    #[arg(long, value_enum, default_value_t = FormatArgument::Text, value_name = "FORM")]
    pub(in crate::cli) format: FormatArgument,
    /// Records to look in: files (plain, .gz or .zst), or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(in crate::cli) inputs: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReasonsArgument {
    /// A column `withheld_reasons` is appended
    Column,
    /// Withheld records are written as they came
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DigestArgument {
    Blake3,
    Sha256,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CompressArgument {
    /// Zstandard
    Zst,
    /// gzip, in members that can be read in parallel (BGZF)
    Gz,
}
