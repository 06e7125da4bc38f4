//! The summary of a split, for a person and for a job scheduler.

use super::stage::{AGREEMENT, HEADER, Log, PERMITTED, REFUSED, Stage, many_records};

/// Filters that take out how long a run took.
pub(crate) fn without_time() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"\(\d+\.\d s\)", "([TIME])"),
        (r#""seconds":[0-9.]+"#, r#""seconds":[TIME]"#),
    ]
}

#[test]
fn a_summary_says_what_was_done() {
    let mut log = Log::default();
    let too_late = AGREEMENT.replace("2017-05-05", "2018-09-05");
    for (title, agreement, content) in [
        (
            "few records",
            AGREEMENT,
            [HEADER, "\n", PERMITTED, PERMITTED, REFUSED, "broken\n"].concat(),
        ),
        ("many records", AGREEMENT, many_records(12_345)),
        ("no record", AGREEMENT, HEADER.to_owned()),
        (
            "nearly all withheld",
            AGREEMENT,
            [HEADER, PERMITTED, &REFUSED.repeat(3_000)].concat(),
        ),
        ("none withheld", AGREEMENT, [HEADER, PERMITTED].concat()),
        (
            "all withheld, expired",
            &too_late,
            [HEADER, PERMITTED, REFUSED].concat(),
        ),
    ] {
        let stage = Stage::new();
        stage.write("agreement.toml", agreement);
        stage.write("supply.csv", content);
        for more in [&[][..], &["--format", "json"], &["--quiet"]] {
            let output = stage
                .split(&["--force", "supply.csv"])
                .args(more)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(0));
            log.add(&format!("{title} {}", more.join(" ")), &stage.told(&output));
        }
    }
    insta::with_settings!({filters => without_time()}, {
        insta::assert_snapshot!(log.text());
    });
}

#[test]
fn names_from_the_rules_cannot_move_the_cursor() {
    let stage = Stage::new();
    stage.write(
        "agreement.toml",
        AGREEMENT
            .replace("Toy Shop", "Toy\\u001b[2J Shop\\u0085\\u202e\\u2028\\u3164")
            .replace("\"T-1\"", "\"T-1\\u009b\\u202e\\u2028\\u3164\""),
    );
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    for command in ["split", "check"] {
        let out: &[&str] = if command == "split" {
            &["-o", "out"]
        } else {
            &[]
        };
        for inputs in [
            &["supply.csv", "--force"][..],
            &["supply.csv", "--force", "--format", "json"],
            &["supply.csv"],
            &["supply.csv", "--format", "json"],
            &[],
            &["--format", "json"],
        ] {
            if (command == "split") != inputs.contains(&"--force") {
                continue;
            }
            let output = stage
                .command(&[command, "-p", "policy.toml", "-a", "agreement.toml"])
                .args(out)
                .args(inputs)
                .output()
                .unwrap();
            let told = stage.told(&output);
            assert_eq!(output.status.code(), Some(0), "{told}");
            let dangerous = |c: char| {
                (c.is_control() && c != '\n') || ['\u{202e}', '\u{2028}', '\u{3164}'].contains(&c)
            };
            assert!(!told.contains(dangerous), "{}", told.escape_debug());
        }
    }
}
