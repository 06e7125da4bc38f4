//! What can be typed wrong.

use super::stage::{HEADER, Log, PERMITTED, Stage};

#[test]
fn every_byte_that_may_not_delimit_is_refused() {
    let stage = Stage::new();
    let refused =
        (1_u8..0x80).filter(|byte| byte.is_ascii_alphanumeric() || b" \"\r\n-_:".contains(byte));
    let mut said = std::collections::BTreeSet::new();
    for byte in refused {
        let typed = char::from(byte).to_string();
        let output = stage
            .split(&["--delimiter", &typed, "no-such.csv"])
            .output()
            .unwrap();
        let text = stage
            .told(&output)
            .replace(&format!("'{typed}'"), "'[BYTE]'");
        said.insert(text);
    }
    for typed in ["", ",,", "£", "\\t", "TAB"] {
        let output = stage
            .split(&["--delimiter", typed, "no-such.csv"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{typed}");
    }
    assert_eq!(said.len(), 1, "one message for all of them: {said:#?}");
    insta::assert_snapshot!(said.pop_first().unwrap());
}

#[test]
fn what_is_typed_wrong_is_refused() {
    let cases: &[&[&str]] = &[
        &[],
        &["spilt"],
        &["split"],
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "out",
        ],
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "supply.csv",
        ],
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "",
            "supply.csv",
        ],
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "out",
            "",
        ],
        &["check", "-p", "policy.toml"],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--out",
            "out",
        ],
        &["check", "-p", "no-such.toml", "-a", "nor-this.toml"],
        &["check", "-p", ".", "-a", "agreement.toml"],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--policy",
            "policy.toml",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--format",
            "xml",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--threads",
            "0",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--threads",
            "1025",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--max-record-bytes",
            "0",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--max-record-bytes",
            "1073741825",
        ],
        &[
            "check",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "--block-bytes",
            "0",
        ],
        &["generate", "--records", "-1"],
        &["generate", "--threads", "0"],
    ];
    let mut log = Log::default();
    for arguments in cases {
        let stage = Stage::new();
        let output = stage.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        log.add(&arguments.join(" "), &stage.told(&output));
        assert_eq!(stage.names("."), ["agreement.toml", "policy.toml"]);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn an_input_that_is_no_file_is_refused() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    std::fs::create_dir(stage.path("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", stage.path("dangling.csv")).unwrap();
    let mut log = Log::default();
    for input in [
        "no-such.csv",
        "folder",
        "dangling.csv",
        "supply.csv/more.csv",
        "./-",
    ] {
        let output = stage.split(&["supply.csv", input]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{input}");
        log.add(input, &stage.told(&output));
        stage.assert_nothing_left(input);
    }
    insta::assert_snapshot!(log.text());
}
