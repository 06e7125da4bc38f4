//! What can be typed to prepare a run: `init`, `generate` and `keygen`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::shared::{ShapeArguments, parse_threads};

/// Write drafts of a policy and an agreement for a supply
///
/// Looks at the header and the first records, and guesses which column plays which part. The drafts withhold every record: what people
/// were told and agreed to is for a person to say, wherever the drafts say REPLACE. They show values of the columns with consent,
/// notice, source and channels, where at most 20 different ones are there and at least 3 records share one, and none of any other.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold init supply.csv
  withhold init --id urn --captured-at joined --consent opt_in -p acorn.toml supply.tsv.gz")]
pub(in crate::cli) struct InitArguments {
    /// Where to write the policy
    #[arg(short, long, value_name = "FILE", default_value = "policy.toml")]
    pub(in crate::cli) policy: PathBuf,
    /// Where to write the agreement
    #[arg(short, long, value_name = "FILE", default_value = "agreement.toml")]
    pub(in crate::cli) agreement: PathBuf,
    /// Overwrite both
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) named: NamedColumns,
    #[command(flatten)]
    pub(in crate::cli) shape: ShapeArguments,
    /// Records to look at: a file (plain, .gz or .zst), or `-` for standard input
    #[arg(value_name = "SUPPLY")]
    pub(in crate::cli) input: PathBuf,
}

/// The columns that a person named, for parts that cannot be left open.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct NamedColumns {
    /// The column that identifies a record [default: guessed by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) id: Option<String>,
    /// The column with the day of capture [default: guessed by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) captured_at: Option<String>,
    /// The column with the answer about third parties [default: guessed by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) consent: Option<String>,
}

/// Write a synthetic supply
///
/// The same records and seed give the same bytes, on any machine and with any number of threads. The people in it do not exist.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold generate -o supply.csv
  withhold generate --records 1000 --seed 7 | head")]
pub(in crate::cli) struct GenerateArguments {
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 1_065_200)]
    pub(in crate::cli) records: u64,
    /// Which supply of that size
    #[arg(long, value_name = "S", default_value_t = 2017)]
    pub(in crate::cli) seed: u64,
    /// Where to: a new file, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(in crate::cli) out: PathBuf,
    /// Overwrite FILE
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
}

/// Make a key pair with which splits are signed
///
/// Writes the private key to KEY, for its owner alone (mode 0600), and the public key to KEY.pub: Ed25519, as PEM that other tools read
/// too. Prints the keyid under which signatures name the key: SHA-256 of the public key in DER.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold keygen -o supplies.key
  withhold split -p policy.toml -a agreement.toml -o outbox/1 --sign supplies.key supply.csv
  withhold verify --key supplies.key.pub outbox/1/manifest.json")]
pub(in crate::cli) struct KeygenArguments {
    /// Where the private key goes: a new file
    #[arg(short, long, value_name = "KEY")]
    pub(in crate::cli) out: PathBuf,
    /// Overwrite KEY and KEY.pub: what was there can sign no more
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
