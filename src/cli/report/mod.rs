//! `withhold report`: a manifest as one HTML page that a person can read, print and sign. The page says nothing that does not
//! follow from the manifest, and needs nothing but itself: no script, no network.

mod asked;
mod capture;
mod charts;
mod consulted;
mod evidence;
mod figures;
mod notices;
mod outcome;
mod page;
mod words;

use std::io::Write;
use std::path::Path;

use super::args::ReportArguments;
use super::failure::Failure;
use super::manifest_file::{load_whole, meant, refused};
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, refuse_replacing, unwritable};
use super::plan::existing;
use super::printing::print;
use super::sums::adds_up;
use crate::output::{Durability, Existing, Manifest};
use capture::Capture;

pub(super) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let path = &meant(&arguments.manifest)?;
    let (manifest, capture) = read(path)?;
    let page = page::render(&manifest, capture.as_ref());
    if arguments.out.as_os_str() == "-" {
        return print(&page, "the report", None);
    }
    let existing = existing(arguments.force);
    check_place(&arguments.out, existing)?;
    refuse_replacing(&arguments.out, [path.as_path()])?;
    write(&page, &arguments.out, existing)
}

fn write(page: &str, out: &Path, existing: Existing) -> Result<(), Failure> {
    let mut files = NewFiles::begin(existing, Readers::Owner)?;
    let mut file = files.add(out)?;
    let written = file
        .write_all(page.as_bytes())
        .map_err(|error| unwritable(out, &error));
    files.place(written, Durability::Flushed)
}

/// The manifest, if it is one that can be believed: whole, and its counts agree.
fn read(path: &Path) -> Result<(Manifest, Option<Capture>), Failure> {
    let manifest = load_whole(path)?;
    if !adds_up(&manifest) {
        return Err(refused(path, "its counts do not add up"));
    }
    let capture = Capture::of(&manifest.predicate.captured)
        .map_err(|_| refused(path, "its months of capture are none"))?;
    Ok((manifest, capture))
}
