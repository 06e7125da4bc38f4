//! `generate` through the binary: the same bytes whatever the threads, and never over a file that is there.

use super::stage::{Log, Stage};
use withhold::synthetic::Synthetic;

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let stage = Stage::new();
    let mut expected = Vec::new();
    Synthetic {
        records: 5_000,
        seed: 7,
    }
    .write_to(&mut expected, 1)
    .unwrap();
    for threads in ["1", "2", "7"] {
        let arguments = [
            "generate",
            "--records",
            "5000",
            "--seed",
            "7",
            "--threads",
            threads,
        ];
        let piped = stage.command(&arguments).output().unwrap();
        assert!(piped.status.success());
        assert!(piped.stdout == expected, "{threads} threads, piped");
        let written = stage
            .command(&arguments)
            .args(["--force", "-o", "new.csv"])
            .output()
            .unwrap();
        assert_eq!(stage.told(&written), "exit 0\n");
        assert!(
            stage.read("new.csv") == expected,
            "{threads} threads, to a file"
        );
    }
    assert_eq!(
        stage.names("."),
        ["agreement.toml", "new.csv", "policy.toml"]
    );
}

#[test]
fn a_file_that_is_there_is_kept() {
    let stage = Stage::new();
    stage.write("kept.csv", "kept");
    std::fs::create_dir(stage.path("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", stage.path("dangling.csv")).unwrap();
    let before = stage.names(".");
    let mut log = Log::default();
    for (out, force, code) in [
        ("kept.csv", false, 2),
        ("folder", false, 2),
        ("dangling.csv", false, 2),
        ("missing/new.csv", false, 2),
        ("folder", true, 2),
        ("kept.csv/new.csv", true, 2),
    ] {
        let mut command = stage.command(&["generate", "--records", "1", "-o", out]);
        if force {
            command.arg("--force");
        }
        let output = command.output().unwrap();
        log.add(&format!("{out}, force {force}"), &stage.told(&output));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{out}: {}",
            stage.told(&output)
        );
        assert_eq!(stage.names("."), before);
    }
    assert_eq!(stage.read("kept.csv"), b"kept");
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let stage = Stage::new();
    let output = stage
        .shell("{ $W generate --records 1000000; echo $? >code; } | head -n 2")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty(), "{}", stage.told(&output));
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        2
    );
    assert_eq!(stage.read("code"), b"141\n", "as SIGPIPE would end it");
}
