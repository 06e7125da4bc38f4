//! What stands in the place at the very moment of the rename, after it was looked at.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn begin(folder: &Path, existing: Existing) -> (Staging, PathBuf) {
    let out = folder.join("out");
    let staging = Staging::begin(&out, existing).expect("nothing is there");
    staging.create("manifest.json").expect("it can be made");
    (staging, out)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name());
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).expect("it can be read"))
        .map(|name| name.into_string().expect("its name is text"))
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_no_output_gets_its_place_back() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut staging, out) = begin(folder.path(), Existing::Replace);
    fs::create_dir(&out).expect("the place is free");
    fs::write(out.join("notes.txt"), "kept").expect("there is room");
    let error = staging.take_place().expect_err("it is somebody else's");
    assert!(matches!(error, StagingError::NotOurs { .. }), "{error}");
    assert_eq!(names(&out), ["notes.txt"]);
    drop(staging);
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(names(&out), ["notes.txt"]);
}

#[test]
fn what_is_no_directory_stays() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut staging, out) = begin(folder.path(), Existing::Replace);
    fs::write(&out, "kept").expect("there is room");
    let error = staging.take_place().expect_err("it is a file");
    assert!(!error.is_placed(), "{error}");
    drop(staging);
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(fs::read(&out).expect("it is a file"), b"kept");
}

#[test]
fn what_nobody_asked_to_replace_stays() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut staging, out) = begin(folder.path(), Existing::Refuse);
    fs::create_dir(&out).expect("the place is free");
    let error = staging.take_place().expect_err("it exists");
    assert!(matches!(error, StagingError::Exists { .. }), "{error}");
    drop(staging);
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(names(&out), [""; 0]);
}

#[test]
fn an_output_is_exchanged_and_given_back_to_be_removed() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut staging, out) = begin(folder.path(), Existing::Replace);
    fs::create_dir(&out).expect("the place is free");
    fs::write(out.join("withheld.csv"), "old").expect("there is room");
    let earlier = staging.take_place().expect("it is an output");
    assert_eq!(names(&out), ["manifest.json"]);
    let earlier = earlier.expect("it was exchanged");
    staging.directory.placed();
    let removed = staging.directory.remove_earlier(&earlier);
    removed.expect("it can be removed");
    assert_eq!(names(folder.path()), ["out"]);
}
