//! What `--help` says of each command.

use super::stage::{Log, Stage};

#[test]
fn help_is_complete() {
    let stage = Stage::new();
    let mut log = Log::default();
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["split", "--help"],
        &["split", "-h"],
        &["check", "--help"],
        &["explain", "--help"],
        &["verify", "--help"],
        &["report", "--help"],
        &["diff", "--help"],
        &["init", "--help"],
        &["generate", "--help"],
        &["keygen", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
    ] {
        let output = stage
            .command(arguments)
            .env("COLUMNS", "100")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(
            !output.stdout.contains(&0x1B),
            "no colour where no terminal is"
        );
        log.add(&arguments.join(" "), &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn the_version_is_the_crates() {
    let stage = Stage::new();
    let output = stage.command(&["--version"]).output().unwrap();
    let version = concat!("withhold ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(output.stdout, version.as_bytes());
}
