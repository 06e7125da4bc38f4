//! `withhold man`: the manual pages, from the definitions that read what is typed.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::args::{Arguments, ManArguments};
use super::failure::Failure;
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, refuse_dash, unwritable};
use super::plan::existing;
use crate::output::Durability;

pub(super) fn run(arguments: &ManArguments) -> Result<(), Failure> {
    let existing = existing(arguments.force);
    let folder = &arguments.out;
    refuse_dash(folder)?;
    let pages = pages().map_err(|error| unwritable(folder, &error))?;
    for (name, _) in &pages {
        check_place(&folder.join(name), existing)?;
    }
    let mut files = NewFiles::begin(existing, Readers::Any)?;
    let written = pages.iter().try_for_each(|(name, page)| {
        let out = folder.join(name);
        let mut file = files.add(&out)?;
        file.write_all(page)
            .map_err(|error| unwritable(&out, &error))
    });
    files.place(written, Durability::Unflushed)
}

/// The page of the tool and one for each command, by file name.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut tool = Arguments::command().disable_help_subcommand(true);
    tool.build();
    let see_also: Vec<String> = tool
        .get_subcommands()
        .map(|command| format!("withhold-{}(1)", command.get_name()))
        .collect();
    let mut pages = vec![page(&tool, &see_also)?];
    for command in tool.get_subcommands() {
        pages.push(page(command, &["withhold(1)".to_owned()])?);
    }
    Ok(pages)
}

fn page(command: &Command, see_also: &[String]) -> io::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone())
        // A blank, since an argument of nothing is none: the page of a version has no day.
        .date(" ")
        .source(concat!("withhold ", env!("CARGO_PKG_VERSION")))
        .manual("withhold");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    for section in last_sections(command) {
        let (title, text) = section.split_once(":\n").unwrap_or(("NOTES", &section));
        roff.control("SH", [title.to_uppercase().as_str()]);
        // As it is typed: lines are not joined.
        roff.control("nf", []);
        for line in text.lines() {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []);
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(see_also.join(", "))]);
    roff.to_writer(&mut page)?;
    Ok((man.get_filename(), page))
}

/// What stands at the end of a command's help: examples, and of the tool the exit codes.
fn last_sections(command: &Command) -> Vec<String> {
    let text = command
        .get_after_long_help()
        .or_else(|| command.get_after_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    text.split("\n\n").map(str::to_owned).collect()
}
