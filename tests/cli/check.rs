//! `check`: says what a run would come to, and writes nothing.

use super::stage::{AGREEMENT, HEADER, Log, PERMITTED, POLICY, REFUSED, Stage};

/// A policy with two notices more, one of which lists sources.
fn three_notices(stage: &Stage) {
    let notice = |version: &str, more: &str| {
        format!(
            "\n[[notice]]\nversion = \"{version}\"\nfrom = 2016-01-01\nrecipients = [\"political\"]\n{more}\
             purposes = [\"marketing\"]\nchannels = [\"email\"]\ndata = [\"record\"]\nvalid_for = \"unlimited\"\n"
        )
    };
    let policy = POLICY.replace(
        "notice = \"notice\"\n",
        "notice = \"notice\"\nsource = \"source\"\n",
    );
    let policy = policy.replace("record = [", "record = [\"source\", ");
    let listed = notice("B", "sources = [\"online\", \"event\"]\n");
    stage.write(
        "policy.toml",
        [
            policy,
            listed,
            notice("C", "named_recipients = [\"TOY  shop\"]\n"),
        ]
        .concat(),
    );
}

#[test]
fn without_inputs_each_notice_is_set_against_the_agreement() {
    let stage = Stage::new();
    three_notices(&stage);
    let mut log = Log::default();
    for agreement in [
        AGREEMENT.to_owned(),
        AGREEMENT.replace("retail/toys", "political/party"),
    ] {
        stage.write("agreement.toml", agreement);
        let before = stage.names(".");
        for more in [
            &[][..],
            &["--format", "json"],
            &["--quiet"],
            &["--quiet", "--format", "json"],
        ] {
            let output = stage
                .command(&["check", "-p", "policy.toml", "-a", "agreement.toml"])
                .args(more)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(0));
            log.add(&format!("check {}", more.join(" ")), &stage.told(&output));
        }
        assert_eq!(stage.names("."), before);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn with_inputs_the_counts_are_those_of_a_run() {
    let stage = Stage::new();
    stage.write(
        "supply.csv",
        [HEADER, "\n", PERMITTED, REFUSED, "3,,A,,\n", "broken\n"].concat(),
    );
    let before = stage.names(".");
    let mut log = Log::default();
    let mut counts = Vec::new();
    for more in [&[][..], &["--format", "json"], &["--quiet"]] {
        let output = stage
            .command(&[
                "check",
                "-p",
                "policy.toml",
                "-a",
                "agreement.toml",
                "supply.csv",
            ])
            .args(more)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        log.add(
            &format!("check supply.csv {}", more.join(" ")),
            &stage.told(&output),
        );
        counts.push(output.stdout);
    }
    assert_eq!(stage.names("."), before);
    insta::with_settings!({filters => super::summary::without_time()}, {
        insta::assert_snapshot!(log.text());
    });

    let split = stage
        .split(&["--format", "json", "supply.csv"])
        .output()
        .unwrap();
    let whole = |bytes: &[u8]| -> serde_json::Map<String, serde_json::Value> {
        let mut value: serde_json::Map<_, _> = serde_json::from_slice(bytes).unwrap();
        value.remove("seconds");
        value.remove("out");
        value
    };
    assert_eq!(whole(&counts[1]), whole(&split.stdout));
}

#[test]
fn what_stops_a_run_stops_a_check() {
    let stage = Stage::new();
    stage.write("long.csv", format!("{HEADER}{}\n", "x".repeat(99)));
    stage.write("strict.csv", [HEADER, PERMITTED, "broken\n"].concat());
    stage.write("empty.csv", "");
    stage.write(
        "bad.toml",
        POLICY.replace("schema = 1", "schema = 1\nextra = 1"),
    );
    let before = stage.names(".");
    for (arguments, code) in [
        (
            &[
                "-p",
                "policy.toml",
                "-a",
                "agreement.toml",
                "--max-record-bytes",
                "50",
                "long.csv",
            ][..],
            3,
        ),
        (
            &[
                "-p",
                "policy.toml",
                "-a",
                "agreement.toml",
                "--strict",
                "strict.csv",
            ],
            3,
        ),
        (
            &["-p", "policy.toml", "-a", "agreement.toml", "strict.csv"],
            0,
        ),
        (
            &["-p", "policy.toml", "-a", "agreement.toml", "empty.csv"],
            2,
        ),
        (&["-p", "bad.toml", "-a", "agreement.toml"], 2),
        (&["-p", "policy.toml", "-a", "policy.toml"], 2),
    ] {
        let output = stage
            .command(&["check", "-q"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stage.told(&output)
        );
        assert_eq!(output.stdout, b"");
        assert_eq!(stage.names("."), before);
    }
}
