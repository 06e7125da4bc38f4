//! Where new files are not made, `--force` or not: in the place of what the command reads, or of a part of a run's output.

use std::fs;

use super::stage::{HEADER, Log, PERMITTED, REFUSED, Stage};

fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED, REFUSED].concat());
    for out in ["old", "new"] {
        let mut split = stage.command(&["split", "-p", "policy.toml", "-a", "agreement.toml"]);
        let split = split.args(["-q", "--no-sync", "-o", out, "supply.csv"]);
        assert!(split.status().unwrap().success());
    }
    std::os::unix::fs::symlink("supply.csv", stage.path("link.csv")).unwrap();
    stage
}

#[test]
fn nothing_that_is_read_and_no_output_is_replaced() {
    let stage = stage();
    // A run that has other names now, and no manifest that would be looked for.
    fs::create_dir(stage.path("moved")).unwrap();
    for (from, to) in [
        ("manifest.json", "monday.json"),
        ("permitted.csv", "permitted.csv"),
        ("withheld.csv", "withheld.csv"),
    ] {
        let moved = stage.path("moved").join(to);
        fs::copy(stage.path("old").join(from), moved).unwrap();
    }
    let files = [
        "moved/monday.json",
        "moved/permitted.csv",
        "moved/withheld.csv",
        "supply.csv",
        "policy.toml",
        "agreement.toml",
        "old/permitted.csv",
        "new/permitted.csv",
        "new/withheld.csv",
        "new/manifest.json",
    ];
    let before = files.map(|file| stage.read(file));
    let mut log = Log::default();
    for arguments in [
        &["init", "-p", "supply.csv", "-a", "a.toml", "supply.csv"][..],
        &["init", "-p", "p.toml", "-a", "./supply.csv", "link.csv"],
        &["init", "-p", "link.csv", "-a", "a.toml", "supply.csv"],
        &["init", "-p", "both.toml", "-a", "./both.toml", "supply.csv"],
        &["report", "new/manifest.json", "-o", "new/permitted.csv"],
        &["report", "new/manifest.json", "-o", "new/permitted.csv.gz"],
        &["report", "new/manifest.json", "-o", "old/manifest.json"],
        &["diff", "old", "new", "--recall", "new/permitted.csv"],
        &["diff", "old", "new", "--recall", "new/../supply.csv"],
        &[
            "diff",
            "moved/monday.json",
            "new",
            "--recall",
            "moved/monday.json",
        ],
        &[
            "diff",
            "moved/monday.json",
            "new",
            "--recall",
            "moved/permitted.csv",
        ],
        &[
            "diff",
            "moved/monday.json",
            "new",
            "--recall",
            "moved/withheld.csv",
        ],
        &["generate", "--records", "1", "-o", "old/withheld.csv"],
        // No standard stream is meant where there can be none.
        &["diff", "old", "new", "--recall", "-"],
        &["init", "-p", "-", "-a", "a.toml", "supply.csv"],
        &["keygen", "-o", "-"],
        &["man", "-o", "-"],
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "-",
            "supply.csv",
        ],
    ] {
        let output = stage.command(arguments).arg("--force").output().unwrap();
        log.add(&arguments.join(" "), &stage.told(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(files.map(|file| stage.read(file)), before, "{arguments:?}");
    }
    assert!(!stage.path("both.toml").exists() && !stage.path("-").exists());
    insta::assert_snapshot!(log.text());
}

#[test]
fn other_files_beside_an_output_are_made() {
    let stage = stage();
    for arguments in [
        &["report", "new/manifest.json", "-o", "new/report.html"][..],
        &["diff", "old", "new", "--recall", "new/recall.csv"],
        &["generate", "--records", "1", "-o", "withheld.csv"],
    ] {
        let output = stage.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}
