//! No value of a record is ever said: every cell holds a word of its own, supply and outputs are broken in every way, and nothing
//! that a command says or writes beside the two outputs may hold one of the words.

use super::stage::{HEADER, POLICY, Stage, gzip, zstd};

/// Part of every value.
const CANARY: &str = "canary";

/// Whatever is said or kept beside the two outputs.
fn assert_silent(stage: &Stage, command: &mut std::process::Command, what: &str) {
    let output = command.output().unwrap();
    let mut heard = stage.told(&output).to_lowercase();
    if stage.path("out").exists() {
        heard.push_str(
            &String::from_utf8(stage.read("out/manifest.json"))
                .unwrap()
                .to_lowercase(),
        );
        std::fs::remove_dir_all(stage.path("out")).unwrap();
    }
    assert!(!heard.contains(CANARY), "{what}:\n{heard}");
    assert!(
        output.status.code().is_some_and(|code| code <= 3),
        "{what}: {}",
        output.status
    );
    stage.assert_nothing_left(what);
}

fn assert_silent_everywhere(content: &[u8], what: &str) {
    let stage = Stage::new();
    stage.write("a.csv", content);
    stage.write("a.csv.gz", gzip(content));
    let packed = zstd(content);
    stage.write("cut.csv.zst", &packed[..packed.len() - 3]);
    stage.write("good.csv", HEADER);
    for input in ["a.csv", "a.csv.gz", "cut.csv.zst"] {
        for more in [
            &[][..],
            &["--strict"],
            &["--max-record-bytes", "40"],
            &["--delimiter", ";"],
            &["--format", "json"],
        ] {
            let what = format!("{what}, {input} {}", more.join(" "));
            assert_silent(&stage, stage.split(&[input]).args(more), &what);
            assert_silent(&stage, stage.split(&["good.csv", input]).args(more), &what);
            let mut check =
                stage.command(&["check", "-p", "policy.toml", "-a", "agreement.toml", input]);
            assert_silent(&stage, check.args(more), &what);
        }
        // Its drafts may show what many records share in some columns, and here none do.
        let mut init = stage.command(&["init", "--force", "-p", "p.toml", "-a", "a.toml", input]);
        if content.starts_with(HEADER.as_bytes()) {
            init.args(["--consent", "ok"]);
        }
        assert_silent(&stage, &mut init, what);
        for draft in ["p.toml", "a.toml"] {
            let text = std::fs::read_to_string(stage.path(draft)).unwrap_or_default();
            assert!(!text.contains(CANARY), "{what}, {draft}:\n{text}");
        }
    }
}

#[test]
fn broken_records_are_never_said() {
    let good = "canary1,2016-09-05,A,Y,postal\n";
    for (what, record) in [
        (
            "values that no rule knows",
            "canary1,canary2,canary3,canary4,canary5\n",
        ),
        ("too few fields", "canary1,canary2\n"),
        (
            "too many fields",
            "canary1,canary2,canary3,canary4,canary5,canary6\n",
        ),
        (
            "a quote in a field",
            "canary1,can\"ary2,canary3,canary4,canary5\n",
        ),
        (
            "text after a quote",
            "\"canary1\"canary,canary2,canary3,canary4,canary5\n",
        ),
        (
            "an unclosed quote",
            "canary1,canary2,canary3,canary4,\"canary5\n",
        ),
        (
            "no UTF-8",
            "canary1,canary2,canary3,canary4,canary\u{fffd}\u{1b}[2Jcanary\n",
        ),
        (
            "a long one",
            "canary1,canary2,canary3,canary4,canarycanarycanarycanarycanarycanary\n",
        ),
    ] {
        assert_silent_everywhere([HEADER, good, record, good].concat().as_bytes(), what);
        let latin = [HEADER.as_bytes(), &latin([good, record, good].concat())].concat();
        assert_silent_everywhere(&latin, &format!("{what}, no UTF-8"));
    }
}

/// The same with a byte at the end of each line that no UTF-8 has there.
fn latin(text: String) -> Vec<u8> {
    text.replace('\n', "\u{1}\n")
        .into_bytes()
        .into_iter()
        .map(|byte| if byte == 1 { 0xE9 } else { byte })
        .collect()
}

#[test]
fn outputs_that_were_tampered_with_are_never_said() {
    let records = "canary1,2016-09-05,A,Y,postal\ncanary2,2016-09-05,A,N,canary\n";
    let tampers: [(&str, &[u8]); 6] = [
        ("permitted.csv", b"canary,canary\n"),
        (
            "permitted.csv",
            b"id,captured,notice,ok,channels\ncanary,\"canary\"x,\xE9canary,\"\n",
        ),
        (
            "withheld.csv",
            b"canary2,2016-09-05,A,N,canary,canary canary\n",
        ),
        (
            "withheld.csv",
            b"id,captured,notice,ok,channels,withheld_reasons\ncanary2,2016-09-05,A,N,canary,canary canary\n",
        ),
        ("withheld.csv", b"canary"),
        ("permitted.csv", b""),
    ];
    for (number, (name, content)) in tampers.into_iter().enumerate() {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, records].concat());
        for out in ["old", "out"] {
            let mut split = stage.command(&["split", "-p", "policy.toml", "-a", "agreement.toml"]);
            let split = split.args(["-q", "--no-sync", "-o", out, "a.csv"]).status();
            assert!(split.unwrap().success());
        }
        stage.write(&format!("out/{name}"), content);
        let commands: [&[&str]; 8] = [
            &["verify", "out/manifest.json"],
            &["verify", "--replay", "out/manifest.json"],
            &[
                "verify",
                "--replay",
                "old/manifest.json",
                "out/permitted.csv",
            ],
            &["report", "out/manifest.json", "-o", "report.html"],
            &["diff", "old", "out"],
            &["diff", "out", "old"],
            &["diff", "old", "out", "--recall", "recall.csv"],
            &[
                "check",
                "-p",
                "policy.toml",
                "-a",
                "agreement.toml",
                "out/withheld.csv",
            ],
        ];
        for command in commands {
            let output = stage.command(command).output().unwrap();
            let told = stage.told(&output).to_lowercase();
            let what = format!("{number}, {}", command.join(" "));
            assert!(!told.contains(CANARY), "{what}:\n{told}");
            assert!(output.status.code().is_some_and(|code| code <= 3), "{what}");
        }
        if stage.path("report.html").exists() {
            let report = String::from_utf8(stage.read("report.html")).unwrap();
            assert!(!report.to_lowercase().contains(CANARY), "{number}");
        }
        let mut explain = stage.command(&["explain", "-p", "policy.toml", "-a", "agreement.toml"]);
        let explain = explain.args(["--record", "9", "a.csv"]).output().unwrap();
        assert_eq!(explain.status.code(), Some(2));
        assert!(!stage.told(&explain).contains(CANARY));
    }
}

#[test]
fn the_first_line_of_a_file_without_a_header_is_never_said() {
    for (what, first) in [
        ("no header", "canary1,canary2,canary3,canary4,canary5\n"),
        (
            "one column of a header",
            "id,canary2,canary3,canary4,canary5\n",
        ),
        (
            "names that are nearly right",
            "id,captured-canary,notice,ok,channels\n",
        ),
        ("a column more", "id,captured,notice,ok,channels,canary\n"),
        ("columns twice", "id,id,canary,canary,canary\n"),
        ("reasons", "canary,withheld_reasons\n"),
        ("a broken first line", "canary1,\"canary2\"x,canary3\n"),
        ("another delimiter", "canary1;canary2;canary3\n"),
        ("no line end", "canary canary canary"),
    ] {
        assert_silent_everywhere(
            format!("{first}canary6,canary7,canary8,canary9,canary0\n").as_bytes(),
            what,
        );
    }
}

#[test]
fn a_header_of_canaries_that_the_rules_name_is_said_by_the_rules_alone() {
    let stage = Stage::new();
    // Rows of a suppression list are records of people too.
    let list = "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv\"\nmatch = [\"id:digits\"]\nlist = [\"number\"]\n\
                as_of = 2017-04-20\nmax_age = \"28 days\"\n";
    stage.write("policy.toml", [POLICY, list].concat());
    stage.write("a.csv", [HEADER, "1,2016-09-05,A,Y,postal\n"].concat());
    for rows in [
        "number\ncanary\n",
        "number\n1,canary\n",
        "number\n\"canary\n",
        "canary\n1\n",
        "number,number\ncanary,1\n",
        "number\n1\"canary\n",
        "",
    ] {
        stage.write("house.csv", rows);
        assert_silent(&stage, &mut stage.split(&["a.csv"]), rows);
        let mut check = stage.command(&["check", "-p", "policy.toml", "-a", "agreement.toml"]);
        assert_silent(&stage, &mut check, rows);
    }
}
