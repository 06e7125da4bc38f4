//! What can be typed.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Date;

use super::init::NamedColumns;
use crate::pipeline::{BLOCK_BYTES, BLOCK_BYTES_MAX};
use crate::recall::Comparison;
use crate::records::Delimiter;
use crate::supply::RECORD_BYTES_LIMIT;

/// Splits a data supply into permitted and withheld records, by what each person was told and agreed to, for the client who will
/// really use the data.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Examples:
  withhold check -p policy.toml -a agreement.toml
  withhold split -p policy.toml -a agreement.toml -o outbox/1 supply.csv
  withhold verify outbox/1/manifest.json

Exit codes:
  0      done
  1      the machine failed (I/O, no space)
  2      the request is wrong (arguments, policy, agreement, header, lists, existing output)
  3      the input cannot be trusted (too long, corrupt, changed, malformed), or does not verify
  128+N  interrupted by signal N"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Split(SplitArguments),
    Check(CheckArguments),
    Explain(ExplainArguments),
    Verify(VerifyArguments),
    Report(ReportArguments),
    Diff(DiffArguments),
    Init(InitArguments),
    Generate(GenerateArguments),
    Keygen(KeygenArguments),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

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
pub(super) struct SplitArguments {
    #[command(flatten)]
    pub(super) rules: RulesArguments,
    #[command(flatten)]
    pub(super) reading: ReadingArguments,
    /// Directory to make; without `--force` it must not be there yet
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Replace DIR in one step, if it holds the output of an earlier run and nothing else
    #[arg(long)]
    pub(super) force: bool,
    /// Do not wait until the outputs are on disk
    #[arg(long)]
    pub(super) no_sync: bool,
    /// Whether withheld records get a column with their reasons
    #[arg(long, value_enum, default_value_t = ReasonsArgument::Column, value_name = "HOW")]
    pub(super) reasons: ReasonsArgument,
    /// Digest of inputs and outputs in the manifest
    #[arg(long, value_enum, default_value_t = DigestArgument::Blake3, value_name = "KIND")]
    pub(super) digest: DigestArgument,
    /// Compress both outputs, which are then named permitted.csv.zst or permitted.csv.gz, and so on [default: not]
    #[arg(long, value_enum, value_name = "FORM")]
    pub(super) compress: Option<CompressArgument>,
    /// Sign the manifest with this private key (Ed25519, PKCS#8 PEM), into manifest.dsse.json
    #[arg(long, value_name = "KEY")]
    pub(super) sign: Option<PathBuf>,
    /// The manifest.json of the run before, whatever its agreement: the new manifest holds its digest, so that runs form a chain
    #[arg(long, value_name = "MANIFEST")]
    pub(super) previous: Option<PathBuf>,
    #[command(flatten)]
    pub(super) telling: TellingArguments,
    /// Records to split: files (plain, .gz or .zst), or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
}

/// Check policy, agreement and lists; with inputs, count without writing
///
/// Without inputs, shows what each notice allows for the agreement.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold check --policy policy.toml --agreement agreement.toml
  withhold check --policy policy.toml --agreement agreement.toml supply.csv")]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) rules: RulesArguments,
    #[command(flatten)]
    pub(super) reading: ReadingArguments,
    #[command(flatten)]
    pub(super) telling: TellingArguments,
    /// Records to count: files (plain, .gz or .zst), or `-` for standard input
    #[arg(value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
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
pub(super) struct ExplainArguments {
    #[command(flatten)]
    pub(super) rules: RulesArguments,
    /// The record with this number, counted from 1 in its input
    #[arg(long, value_name = "N", group = "which", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) record: Option<u64>,
    /// Every record with this identifier
    #[arg(
        long,
        value_name = "VALUE",
        group = "which",
        allow_hyphen_values = true
    )]
    pub(super) id: Option<OsString>,
    /// The input that `--record` counts in, where there are several
    #[arg(long, value_name = "PATH", conflicts_with = "id")]
    pub(super) input: Option<PathBuf>,
    #[command(flatten)]
    pub(super) shape: ShapeArguments,
    /// Form of the explanation on standard output; JSON is one line a record
    #[arg(long, value_enum, default_value_t = FormatArgument::Text, value_name = "FORM")]
    pub(super) format: FormatArgument,
    /// Records to look in: files (plain, .gz or .zst), or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
}

/// Verify a manifest against its outputs, and what they were made of
///
/// Checks the manifest's digest of itself, its envelope, the chain of runs before it, the outputs beside it and their records, and
/// policy, agreement, lists and inputs where they still are; what is not there is told as not verified. Relative paths are taken from the current directory, as they were by `split`.
/// Exit code 3 says that something does not match.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold verify outbox/DSA-2017-05/manifest.json
  withhold verify outbox/DSA-2017-05/manifest.json --replay --as-of 2017-07-01
  withhold verify manifest.json --replay -p policy.toml -a agreement.toml supply.csv
  withhold verify outbox/3/manifest.json --key supplies.key.pub
  withhold verify 3.json --previous 2.json --previous 1.json")]
pub(super) struct VerifyArguments {
    /// The manifest.json of a split, its outputs beside it; or manifest.dsse.json, the envelope that holds it
    #[arg(value_name = "MANIFEST", required_unless_present = "schema")]
    pub(super) manifest: Option<PathBuf>,
    /// Make the decision again from policy, agreement and inputs, and compare outputs byte for byte, and all counts
    #[arg(long)]
    pub(super) replay: bool,
    /// With `--replay`: the policy, where it is not where the manifest says
    #[arg(short, long, value_name = "FILE", requires = "replay")]
    pub(super) policy: Option<PathBuf>,
    /// With `--replay`: the agreement, where it is not where the manifest says
    #[arg(short, long, value_name = "FILE", requires = "replay")]
    pub(super) agreement: Option<PathBuf>,
    /// Public key with which the manifest's envelope has to be signed (PEM); again for another
    #[arg(long = "key", value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
    /// The manifest of the run before; again for the one before that. Without it, manifests are looked for where they were
    #[arg(long, value_name = "FILE")]
    pub(super) previous: Vec<PathBuf>,
    /// Say whether the day by which the client must have deleted the data has passed on this day (YYYY-MM-DD)
    #[arg(long, value_name = "DAY")]
    pub(super) as_of: Option<Date>,
    /// Print the JSON Schema of manifests, and verify nothing
    #[arg(long, exclusive = true)]
    pub(super) schema: bool,
    #[command(flatten)]
    pub(super) telling: TellingArguments,
    /// With `--replay`: the inputs, in their order, where they are not where the manifest says
    #[arg(value_name = "INPUT", requires = "replay")]
    pub(super) inputs: Vec<PathBuf>,
}

/// Compare two runs: what was permitted then and is withheld or gone now
///
/// OLD and NEW are two runs for one agreement, the earlier first. With `--recall`, writes the identifiers that were permitted then and
/// are not now: what the client has to be told. An identifier is passed over only if every record that has it now is permitted, and
/// there are as many of them as then. The recall file holds personal data: it is for its owner's eyes alone (mode 0600).
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold diff outbox/DSA-2017-05 outbox/DSA-2017-05-again
  withhold diff outbox/monday outbox/tuesday --recall recall.csv
  withhold diff --old-input monday.csv.gz outbox/monday/manifest.json outbox/tuesday --recall recall.csv")]
pub(super) struct DiffArguments {
    /// The earlier run: its directory, or its manifest.json with the outputs beside it
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,
    /// The later run
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,
    /// Write the identifiers to recall, with their reasons, to this new file (CSV)
    #[arg(long, value_name = "FILE")]
    pub(super) recall: Option<PathBuf>,
    /// Overwrite FILE
    #[arg(long, requires = "recall")]
    pub(super) force: bool,
    /// Write the recall file without the records that were permitted then and have a blank identifier
    #[arg(long, requires = "recall")]
    pub(super) allow_blank: bool,
    /// An input of OLD, where it lies now; once for each, in their order. Needed where permitted.csv has no identifiers and the input
    /// is not where the manifest says
    #[arg(long = "old-input", value_name = "PATH")]
    pub(super) old_inputs: Vec<PathBuf>,
    /// The same for NEW
    #[arg(long = "new-input", value_name = "PATH")]
    pub(super) new_inputs: Vec<PathBuf>,
    /// Most memory for identifiers, in MiB; the rest goes to unnamed files in the directory for temporary files
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=(Comparison::MEMORY_BYTES_LIMIT >> 20) as i64))]
    pub(super) memory_max: u32,
    #[command(flatten)]
    pub(super) telling: TellingArguments,
}

/// Write drafts of a policy and an agreement for a supply
///
/// Looks at the header and the first records, and guesses which column plays which part. The drafts withhold every record: what people
/// were told and agreed to is for a person to say, wherever the drafts say REPLACE. They show values of the columns with consent,
/// notice, source and channels, where at most 20 different ones are there and at least 3 records share one, and none of any other.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold init supply.csv
  withhold init --id urn --captured-at joined --consent opt_in -p acorn.toml -a DSA-2025-11.toml supply.tsv.gz")]
pub(super) struct InitArguments {
    /// Where to write the policy
    #[arg(short, long, value_name = "FILE", default_value = "policy.toml")]
    pub(super) policy: PathBuf,
    /// Where to write the agreement
    #[arg(short, long, value_name = "FILE", default_value = "agreement.toml")]
    pub(super) agreement: PathBuf,
    /// Overwrite both
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) named: NamedColumns,
    #[command(flatten)]
    pub(super) shape: ShapeArguments,
    /// Records to look at: a file (plain, .gz or .zst), or `-` for standard input
    #[arg(value_name = "SUPPLY")]
    pub(super) input: PathBuf,
}

/// Write a manifest as one HTML page, to be read, printed and signed
///
/// The page is made from the manifest alone, and needs neither a network nor a script. A manifest that was changed is refused.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold report outbox/DSA-2017-05/manifest.json -o DSA-2017-05.html")]
pub(super) struct ReportArguments {
    /// The manifest.json of a split
    #[arg(value_name = "MANIFEST")]
    pub(super) manifest: PathBuf,
    /// Where to: a new file, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(super) out: PathBuf,
    /// Overwrite FILE
    #[arg(long)]
    pub(super) force: bool,
}

/// Write a synthetic supply
///
/// The same records and seed give the same bytes, on any machine and with any number of threads. The people in it do not exist.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold generate -o supply.csv
  withhold generate --records 1000 --seed 7 | head")]
pub(super) struct GenerateArguments {
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 1_065_200)]
    pub(super) records: u64,
    /// Which supply of that size
    #[arg(long, value_name = "S", default_value_t = 2017)]
    pub(super) seed: u64,
    /// Where to: a new file, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(super) out: PathBuf,
    /// Overwrite FILE
    #[arg(long)]
    pub(super) force: bool,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(super) threads: Option<NonZeroUsize>,
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
pub(super) struct KeygenArguments {
    /// Where the private key goes: a new file
    #[arg(short, long, value_name = "KEY")]
    pub(super) out: PathBuf,
    /// Overwrite KEY and KEY.pub: what was there can sign no more
    #[arg(long)]
    pub(super) force: bool,
}

/// Print a script that completes commands and options in a shell
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold completions bash > ~/.local/share/bash-completion/completions/withhold
  withhold completions zsh > ~/.zfunc/_withhold
  withhold completions fish > ~/.config/fish/completions/withhold.fish")]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: Shell,
}

/// Write the manual pages
///
/// One page for the tool and one for each command, in roff, into a directory that `man` looks in or that is to be packed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold man -o ~/.local/share/man/man1 --force
  man withhold-split")]
pub(super) struct ManArguments {
    /// Where they go: a directory
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Overwrite the pages that are there
    #[arg(long)]
    pub(super) force: bool,
}

/// The rules of a run.
#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// Policy: what people were told, and how a record says what they agreed to (TOML)
    #[arg(short, long, value_name = "FILE")]
    pub(super) policy: PathBuf,
    /// Agreement: the supply that is proposed, and for whom (TOML)
    #[arg(short, long, value_name = "FILE")]
    pub(super) agreement: PathBuf,
}

/// How records are told apart.
#[derive(Debug, Args)]
pub(super) struct ShapeArguments {
    /// Byte between fields, or `tab` [default: told by the inputs' names: a comma, for .tsv a tab, for .psv `|`]
    #[arg(long, value_name = "BYTE", value_parser = parse_delimiter, allow_hyphen_values = true)]
    pub(super) delimiter: Option<Delimiter>,
    /// Longest record, in bytes; a longer one stops the run
    #[arg(long, value_name = "N", default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1..=RECORD_BYTES_LIMIT as i64))]
    pub(super) max_record_bytes: u32,
    /// Largest input, in bytes after decompression; a larger one stops the run [default: none; for compressed inputs 1 GiB, or 1,000
    /// times what is stored]
    #[arg(long, value_name = "N")]
    pub(super) max_input_bytes: Option<u64>,
}

/// How records are read.
#[derive(Debug, Args)]
pub(super) struct ReadingArguments {
    #[command(flatten)]
    pub(super) shape: ShapeArguments,
    /// Stop at the first malformed record, rather than withhold it
    #[arg(long)]
    pub(super) strict: bool,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(super) threads: Option<NonZeroUsize>,
    /// Bytes of a block (for tests)
    #[arg(long, value_name = "N", hide = true, default_value_t = BLOCK_BYTES.get() as u32, value_parser = clap::value_parser!(u32).range(1..=BLOCK_BYTES_MAX as i64))]
    pub(super) block_bytes: u32,
}

/// How a run tells of itself.
#[derive(Debug, Args)]
pub(super) struct TellingArguments {
    /// No progress and no summary; JSON is printed all the same
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Form of the summary on standard output
    #[arg(long, value_enum, default_value_t = FormatArgument::Text, value_name = "FORM")]
    pub(super) format: FormatArgument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReasonsArgument {
    /// A column `withheld_reasons` is appended
    Column,
    /// Withheld records are written as they came
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DigestArgument {
    Blake3,
    Sha256,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CompressArgument {
    /// Zstandard
    Zst,
    /// gzip, in members that can be read in parallel (BGZF)
    Gz,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArgument {
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

fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(threads) if threads.get() <= THREADS_MAX => Ok(threads),
        _ => Err(format!("a number from 1 to {THREADS_MAX} is needed")),
    }
}
