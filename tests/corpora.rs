//! Runs every input of the fuzz targets' corpora, as they were minimised from long runs, through what the targets do.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
mod oracle;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Runs a target over its corpus, which holds at least so many inputs.
fn run_corpus(name: &str, inputs_min: usize, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder.join(name))
        .expect("the corpus")
        .map(|entry| entry.expect("an input").path())
        .collect();
    inputs.sort();
    assert!(
        inputs.len() >= inputs_min,
        "the corpus of {name} holds only {} inputs",
        inputs.len()
    );
    let failed: Vec<String> = inputs
        .iter()
        .filter(|path| {
            let bytes = fs::read(path).expect("an input");
            catch_unwind(AssertUnwindSafe(|| check(&bytes))).is_err()
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(failed.is_empty(), "these fail:\n{}", failed.join("\n"));
}

#[test]
fn records_lie_where_every_reader_finds_them() {
    run_corpus("boundaries", 250, targets::boundaries::check);
}

#[test]
fn splits_are_those_of_the_oracle() {
    run_corpus("split", 60, targets::split::check);
}

#[test]
fn rules_load_or_say_why_not() {
    run_corpus("rules", 250, targets::rules::check);
}

#[test]
fn lists_are_accepted_if_and_only_if_every_row_can_match() {
    run_corpus("lists", 30, targets::lists::check);
}

#[test]
fn packed_supplies_are_read_as_plain_ones() {
    run_corpus("decompress", 30, targets::decompress::check);
}
