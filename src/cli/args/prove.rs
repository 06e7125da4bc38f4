//! What can be typed of runs that were made: `verify`, `report` and `diff`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::shared::TellingArguments;
use crate::recall::Comparison;

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
pub(in crate::cli) struct VerifyArguments {
    /// A split's directory, or its manifest.json with the outputs beside it; or manifest.dsse.json, the envelope that holds it
    #[arg(value_name = "MANIFEST", required_unless_present = "schema")]
    pub(in crate::cli) manifest: Option<PathBuf>,
    /// Make the decision again from policy, agreement and inputs, and compare outputs byte for byte, and all counts
    #[arg(long)]
    pub(in crate::cli) replay: bool,
    /// With `--replay`: the policy, where it is not where the manifest says
    #[arg(short, long, value_name = "FILE", requires = "replay")]
    pub(in crate::cli) policy: Option<PathBuf>,
    /// With `--replay`: the agreement, where it is not where the manifest says
    #[arg(short, long, value_name = "FILE", requires = "replay")]
    pub(in crate::cli) agreement: Option<PathBuf>,
    /// Public key with which the manifest's envelope has to be signed (PEM); again for another
    #[arg(long = "key", value_name = "FILE")]
    pub(in crate::cli) keys: Vec<PathBuf>,
    /// The manifest of the run before, or its directory; again for the one before that. Without it, manifests are looked for where
    /// they were
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) previous: Vec<PathBuf>,
    /// Say whether the day by which the client must have deleted the data has passed on this day (YYYY-MM-DD)
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(in crate::cli) as_of: Option<Date>,
    /// Print the JSON Schema of manifests, and verify nothing
    #[arg(long, exclusive = true)]
    pub(in crate::cli) schema: bool,
    #[command(flatten)]
    pub(in crate::cli) telling: TellingArguments,
    /// With `--replay`: the inputs, in their order, where they are not where the manifest says
    #[arg(value_name = "INPUT", requires = "replay")]
    pub(in crate::cli) inputs: Vec<PathBuf>,
}

fn parse_day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "a day is needed, as 2017-06-01")
}

/// Write a manifest as one HTML page, to be read, printed and signed
///
/// The page is made from the manifest alone, and needs neither a network nor a script. A manifest that was changed is refused; whose
/// signature its envelope has is for `verify` to say.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold report outbox/DSA-2017-05/manifest.json -o DSA-2017-05.html")]
pub(in crate::cli) struct ReportArguments {
    /// A split's directory, or its manifest.json; or manifest.dsse.json, the envelope that holds it
    #[arg(value_name = "MANIFEST")]
    pub(in crate::cli) manifest: PathBuf,
    /// Where to: a new file, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(in crate::cli) out: PathBuf,
    /// Overwrite FILE
    #[arg(long)]
    pub(in crate::cli) force: bool,
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
  withhold diff --old-input monday.csv.gz outbox/monday outbox/tuesday --recall recall.csv")]
pub(in crate::cli) struct DiffArguments {
    /// The earlier run: its directory, or its manifest.json (or manifest.dsse.json) with the outputs beside it
    #[arg(value_name = "OLD")]
    pub(in crate::cli) old: PathBuf,
    /// The later run
    #[arg(value_name = "NEW")]
    pub(in crate::cli) new: PathBuf,
    /// Write the identifiers to recall, with their reasons, to this new file (CSV)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) recall: Option<PathBuf>,
    /// Overwrite FILE
    #[arg(long, requires = "recall")]
    pub(in crate::cli) force: bool,
    /// End well though records that were permitted then have a blank identifier; a recall file is written without them
    #[arg(long)]
    pub(in crate::cli) allow_blank: bool,
    /// An input of OLD, where it lies now; once for each, in their order. Needed where permitted.csv has no identifiers and the input
    /// is not where the manifest says
    #[arg(long = "old-input", value_name = "PATH")]
    pub(in crate::cli) old_inputs: Vec<PathBuf>,
    /// The same for NEW
    #[arg(long = "new-input", value_name = "PATH")]
    pub(in crate::cli) new_inputs: Vec<PathBuf>,
    /// Most memory for identifiers, in MiB; the rest goes to unnamed files in the directory for temporary files
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=(Comparison::MEMORY_BYTES_LIMIT >> 20) as i64))]
    pub(in crate::cli) memory_max: u32,
    #[command(flatten)]
    pub(in crate::cli) telling: TellingArguments,
}
