//! What can be typed: the commands, each in its group.

mod decide;
mod install;
mod prepare;
mod prove;
mod shared;

use clap::{Parser, Subcommand};

pub(super) use decide::{
    CheckArguments, CompressArgument, DigestArgument, ExplainArguments, ReasonsArgument,
    SplitArguments,
};
pub(super) use install::{CompletionsArguments, ManArguments};
pub(super) use prepare::{GenerateArguments, InitArguments, KeygenArguments, NamedColumns};
pub(super) use prove::{DiffArguments, ReportArguments, VerifyArguments};
pub(super) use shared::{
    FormatArgument, ReadingArguments, RulesArguments, ShapeArguments, TellingArguments,
};

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
  2      the request is wrong (arguments, rules, header, lists, missing input, existing output)
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
