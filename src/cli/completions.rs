//! `withhold completions`: the script with which a shell completes what is typed, from the definitions that read it.

use clap::CommandFactory;

use super::args::{Arguments, CompletionsArguments};
use super::failure::Failure;
use super::printing::print;

pub(super) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    let script = String::from_utf8(script).expect("a script is made of text");
    print(&script, "the script", None)
}
