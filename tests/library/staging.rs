//! The output directory's making, where the binary gives no hold: what takes the place meanwhile, many runs at once,
//! what is removed when.

use std::fs;
use std::io::Write;
use std::path::Path;

use withhold::output::{Durability, Existing, Staging, StagingError};

fn fill(staging: &Staging, content: &str) {
    for name in [
        "permitted.csv",
        "withheld.csv",
        "manifest.json",
        "manifest.dsse.json",
    ] {
        staging
            .create(name)
            .unwrap()
            .write_all(content.as_bytes())
            .unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_not_committed_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let staging = Staging::begin(&folder.path().join("out"), Existing::Refuse).unwrap();
    fill(&staging, "made");
    assert_eq!(names(folder.path()).len(), 1);
    drop(staging);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_name_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let staging = Staging::begin(&folder.path().join("out"), Existing::Refuse).unwrap();
    staging.create("permitted.csv").unwrap();
    assert!(matches!(
        staging.create("permitted.csv"),
        Err(StagingError::Io { .. })
    ));
}

#[test]
fn whoever_takes_the_place_meanwhile_keeps_it() {
    for existing in [Existing::Refuse, Existing::Replace] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let staging = Staging::begin(&out, existing).unwrap();
        fill(&staging, "new");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("notes.txt"), "kept").unwrap();
        let error = staging.commit(Durability::Unflushed, &[]).unwrap_err();
        assert!(error.is_request(), "{error}");
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(names(&out), ["notes.txt"]);
    }
}

#[test]
fn an_output_that_appears_meanwhile_is_exchanged_only_on_request() {
    for (existing, expected) in [(Existing::Refuse, "theirs"), (Existing::Replace, "ours")] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let ours = Staging::begin(&out, existing).unwrap();
        fill(&ours, "ours");
        let theirs = Staging::begin(&out, Existing::Refuse).unwrap();
        fill(&theirs, "theirs");
        theirs.commit(Durability::Flushed, &[]).unwrap();
        let placed = ours.commit(Durability::Flushed, &[]).is_ok();
        assert_eq!(placed, existing == Existing::Replace);
        assert_eq!(
            fs::read_to_string(out.join("manifest.json")).unwrap(),
            expected
        );
        assert_eq!(names(folder.path()), ["out"]);
    }
}

#[test]
fn an_output_that_vanishes_meanwhile_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let staging = Staging::begin(&out, Existing::Replace).unwrap();
    fill(&staging, "new");
    fs::remove_dir(&out).unwrap();
    staging.commit(Durability::Unflushed, &[]).unwrap();
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(
        names(&out),
        [
            "manifest.dsse.json",
            "manifest.json",
            "permitted.csv",
            "withheld.csv"
        ]
    );
}

#[test]
fn of_many_runs_at_once_one_takes_the_place_and_none_harms_another() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for _ in 0..20 {
        let placed: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..8)
                .map(|run| {
                    let out = &out;
                    scope.spawn(move || {
                        let staging = match Staging::begin(out, Existing::Refuse) {
                            Ok(staging) => staging,
                            Err(StagingError::Exists { .. }) => return 0,
                            Err(error) => panic!("{error}"),
                        };
                        fill(&staging, &run.to_string());
                        match staging.commit(Durability::Unflushed, &[]) {
                            Ok(()) => 1,
                            Err(StagingError::Exists { .. }) => 0,
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(placed, 1);
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(
            names(&out),
            [
                "manifest.dsse.json",
                "manifest.json",
                "permitted.csv",
                "withheld.csv"
            ]
        );
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_relative_name_is_made_beside_itself() {
    // No test of this file changes the working directory: the name is long enough to be its own.
    let name = "target-of-a-staging-test-that-is-dropped";
    let staging = Staging::begin(Path::new(name), Existing::Refuse).unwrap();
    drop(staging);
    assert!(!Path::new(name).exists());
    for bad in ["", ".", "..", "/", "no-such-folder/.."] {
        let error = Staging::begin(Path::new(bad), Existing::Replace).unwrap_err();
        assert!(error.is_request(), "{bad}: {error}");
    }
}

#[test]
fn a_place_in_no_directory_is_told_before_and_after_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "").unwrap();
    for parent in ["missing", "file", "missing/further"] {
        let error = Staging::begin(&at(parent).join("out"), Existing::Refuse).unwrap_err();
        assert!(
            matches!(error, StagingError::NoParent { .. }),
            "{parent}: {error}"
        );
    }
    // No system has names as long as this.
    let long = "n".repeat(5_000);
    for out in [at(&long), at(&long).join("out")] {
        let error = Staging::begin(&out, Existing::Refuse).unwrap_err();
        assert!(matches!(error, StagingError::NoName { .. }), "{error}");
    }
    assert_eq!(names(folder.path()), ["file"]);

    fs::create_dir(at("parent")).unwrap();
    let staging = Staging::begin(&at("parent/out"), Existing::Refuse).unwrap();
    fill(&staging, "new");
    fs::rename(at("parent"), at("moved")).unwrap();
    fs::write(at("parent"), "").unwrap();
    let error = staging.commit(Durability::Unflushed, &[]).unwrap_err();
    assert!(matches!(error, StagingError::NoParent { .. }), "{error}");
}
