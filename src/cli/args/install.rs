//! What can be typed to install the tool: `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print a script that completes commands and options in a shell
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  withhold completions bash > ~/.local/share/bash-completion/completions/withhold
  withhold completions zsh > ~/.zfunc/_withhold
  withhold completions fish > ~/.config/fish/completions/withhold.fish")]
pub(in crate::cli) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(in crate::cli) shell: Shell,
}

/// Write the manual pages
///
/// One page for the tool and one for each command, in roff, into a directory that `man` looks in or that is to be packed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  mkdir -p ~/.local/share/man/man1
  withhold man -o ~/.local/share/man/man1 --force
  man withhold-split")]
pub(in crate::cli) struct ManArguments {
    /// Where they go: a directory
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Overwrite the pages that are there
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
