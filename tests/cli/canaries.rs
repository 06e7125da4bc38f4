//! No value of a record is ever said: every cell holds a word of its own, the supply is broken in every way,
//! and nothing that any command writes but the two outputs may hold one of the words.

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
        assert_silent_everywhere(&latin([HEADER, good, record, good].concat()), what);
    }
}

fn latin(text: String) -> Vec<u8> {
    text.into_bytes()
        .into_iter()
        .map(|byte| if byte == 0xEF { 0xE9 } else { byte })
        .collect()
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
