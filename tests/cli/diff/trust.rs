//! Whatever the records and the files: nobody is passed over, both ways of reading tell the same, and what was changed is not used.

use std::fs;

use super::{diff, recalled, split, two_days};
use crate::stage::{HEADER, Stage, gzip};

#[test]
fn in_doubt_an_identifier_is_recalled() {
    let stage = Stage::new();
    let old = [
        HEADER,
        // One of two is withheld now; one of two is gone; the other one of two is permitted now.
        "a,2016-09-05,A,Y,postal\na,2016-09-05,A,Y,postal\nb,2016-09-05,A,Y,postal\nb,2016-09-05,A,Y,postal\n",
        "c,2016-09-05,A,Y,postal\nc,2016-09-05,A,N,postal\n",
        // As many as then, and more: nothing is lost.
        "d,2016-09-05,A,Y,postal\nd,2016-09-05,A,Y,postal\ne,2016-09-05,A,Y,postal\n",
        // The same value, and never the same one.
        " f\t,2016-09-05,A,Y,postal\n\"g,\"\"1\"\"\",2016-09-05,A,Y,postal\nH,2016-09-05,A,Y,postal\n",
        "=1+1,2016-09-05,A,Y,postal\n",
    ]
    .concat();
    stage.write("old.csv", &old);
    let mut latin = [
        HEADER,
        "a,2016-09-05,A,Y,postal\na,2016-09-05,A,N,postal\nb,2016-09-05,A,Y,postal\n",
        "c,2016-09-05,A,N,postal\nc,2016-09-05,A,Y,postal\n",
        "d,2016-09-05,A,Y,postal\nd,2016-09-05,A,Y,postal\ne,2016-09-05,A,Y,postal\ne,2016-09-05,A,Y,postal\n",
        "\"f\",2016-09-05,A,Y,postal\n\" g,\"\"1\"\"\",2016-09-05,A,N,email\nh,2016-09-05,A,Y,postal\n",
    ]
    .concat()
    .into_bytes();
    latin.extend_from_slice(b"\xE9,2016-09-05,A,Y,postal\n");
    stage.write("new.csv", latin);
    split(&stage, "old", &["old.csv"]);
    split(&stage, "new", &["new.csv"]);
    let expected = "id,reason\n=1+1,gone\nH,gone\na,consent-refused\nb,gone\nc,consent-refused\n\
        \"g,\"\"1\"\"\",consent-refused channel-not-consented\n";
    assert_eq!(recalled(&stage, &[]), expected);
    assert_eq!(
        recalled(
            &stage,
            &["--old-input", "old.csv", "--new-input", "new.csv"]
        ),
        expected
    );
    assert_eq!(recalled(&stage, &["--memory-max", "1"]), expected);
}

#[test]
fn one_wrong_byte_is_not_trusted() {
    let stage = Stage::new();
    for digest in ["blake3", "sha256"] {
        for inputs in [
            &[][..],
            &["--old-input", "monday.csv", "--new-input", "tuesday.csv"],
        ] {
            let _ = fs::remove_dir_all(stage.path("old"));
            let _ = fs::remove_dir_all(stage.path("new"));
            two_days(&stage);
            for out in ["old", "new"] {
                let input = if out == "old" {
                    "monday.csv"
                } else {
                    "tuesday.csv"
                };
                split(&stage, out, &["--force", "--digest", digest, input]);
            }
            let mut files = vec!["new/withheld.csv", "old/manifest.json", "new/manifest.json"];
            if inputs.is_empty() {
                files.extend(["old/permitted.csv", "new/permitted.csv"]);
            } else {
                files.extend(["old/withheld.csv", "monday.csv", "tuesday.csv"]);
            }
            for file in files {
                let whole = stage.read(file);
                for (what, changed) in [
                    ("a byte", {
                        let mut changed = whole.clone();
                        let last = changed.len() - 3;
                        changed[last] ^= 1;
                        changed
                    }),
                    ("its end", whole[..whole.len() - 1].to_vec()),
                    (
                        "a line more",
                        [&whole[..], b"9,2016-09-05,A,Y,postal\n"].concat(),
                    ),
                ] {
                    stage.write(file, changed);
                    let arguments = [&["old", "new", "--recall", "recall.csv"], inputs].concat();
                    let output = diff(&stage, &arguments);
                    let told = stage.told(&output);
                    assert_eq!(
                        output.status.code(),
                        Some(3),
                        "{digest} {file} {what}: {told}"
                    );
                    assert!(!told.contains("2016-09-05"), "{told}");
                    assert!(!stage.path("recall.csv").exists());
                }
                stage.write(file, whole);
            }
        }
    }
}

/// Supplies of two inputs, drawn from records of which some break every rule of quoting.
fn drawn(seed: &mut u64) -> [String; 2] {
    let mut draw = |below: u64| {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    };
    let mut text = || {
        let mut text = HEADER.to_owned();
        for _ in 0..draw(8) {
            let id = draw(6);
            let line = match draw(12) {
                0 => format!("{id},2016-09-05,A,N,postal"),
                1 => format!("{id},2016-09-05,A,Y,email"),
                2 => format!("{id},2016-09-05,A,Y,postal,malformed"),
                3 => format!("{id},2016-09-05,A,Y"),
                4 => format!("\"{id}\"x,2016-09-05,A,Y,postal"),
                5 => format!("{id},2016-09-05,A,Y,\"postal|email\""),
                6 => format!("{id},2016-09-05,A,\"Y\n\",postal"),
                7 => format!("{id},2016-09-05,A,N,\"postal"),
                _ => format!("{id},2016-09-05,A,Y,postal"),
            };
            text.push_str(&line);
            text.push_str(["\n", "\r\n", "\r", "\n\n"][draw(4) as usize]);
        }
        if draw(3) == 0 {
            text.truncate(text.trim_end().len());
        }
        text
    };
    [text(), text()]
}

#[test]
fn outputs_and_inputs_tell_the_same() {
    let stage = Stage::new();
    let (mut seed, mut refused) = (2017, 0);
    for round in 0..60 {
        for (out, inputs) in [
            ("old", ["o1.csv", "o2.csv.gz"]),
            ("new", ["n1.csv", "n2.csv.gz"]),
        ] {
            let [one, other] = drawn(&mut seed);
            stage.write(inputs[0], one);
            stage.write(inputs[1], gzip(other.as_bytes()));
            split(&stage, out, &["--force", inputs[0], inputs[1]]);
        }
        let by_inputs = recalled(
            &stage,
            &[
                "--old-input",
                "o1.csv",
                "--old-input",
                "o2.csv.gz",
                "--new-input",
                "n1.csv",
                "--new-input",
                "n2.csv.gz",
            ],
        );
        // What the outputs say, read by another reader.
        let permitted = |out: &str| {
            let mut reader = csv::Reader::from_reader(
                fs::File::open(stage.path(&format!("{out}/permitted.csv"))).unwrap(),
            );
            let rows: Vec<String> = reader
                .records()
                .map(|row| row.unwrap()[0].to_owned())
                .collect();
            rows
        };
        let (then, now) = (permitted("old"), permitted("new"));
        let recall: Vec<&str> = by_inputs
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap())
            .collect();
        for id in &then {
            let count = |ids: &[String]| ids.iter().filter(|other| *other == id).count();
            let fewer = count(&now) < count(&then);
            assert!(
                !fewer || recall.contains(&id.as_str()),
                "round {round}: {id} is passed over"
            );
        }
        assert!(
            recall.iter().all(|id| then.iter().any(|then| then == id)),
            "round {round}"
        );
        let output = diff(
            &stage,
            &["old", "new", "-q", "--recall", "recall.csv", "--force"],
        );
        if output.status.code() == Some(2) {
            let told = stage.told(&output);
            assert!(
                told.contains("a quote that is never closed"),
                "round {round}: {told}"
            );
            refused += 1;
            continue;
        }
        assert_eq!(stage.told(&output), "exit 0\n");
        let by_outputs = String::from_utf8(stage.read("recall.csv")).unwrap();
        let ids = |text: &str| -> Vec<String> {
            text.lines()
                .map(|line| line.split(',').next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(ids(&by_outputs), ids(&by_inputs), "round {round}");
    }
    assert!((1..40).contains(&refused), "{refused} rounds refused");
}

#[test]
fn records_that_may_have_been_merged_are_not_counted_on() {
    let stage = Stage::new();
    stage.write("o.csv", [HEADER, "5,2016-09-05,A,Y,postal\n"].concat());
    split(&stage, "old", &["o.csv"]);
    // An open quote makes one record of two, and a quoted line end two of one: the count is right again.
    stage.write(
        "n1.csv",
        [HEADER, "9,2016-09-05,A,Y,postal,\"open"].concat(),
    );
    stage.write(
        "n2.csv",
        [
            HEADER,
            "5,2016-09-05,A,Y,postal\n5,2016-09-05,A,N,postal,\"Flat 1\nRoad\"\n",
        ]
        .concat(),
    );
    split(&stage, "new", &["n1.csv", "n2.csv"]);
    let output = diff(&stage, &["old", "new", "--recall", "recall.csv"]);
    assert_eq!(output.status.code(), Some(2), "{}", stage.told(&output));
    assert!(!stage.path("recall.csv").exists());
    let inputs = ["--new-input", "n1.csv", "--new-input", "n2.csv"];
    assert_eq!(recalled(&stage, &inputs), "id,reason\n5,malformed\n");

    // However many they are.
    let many = "5,2016-09-05,A,N,postal\n".repeat(60_000);
    stage.write("n2.csv", [HEADER, &many].concat());
    split(&stage, "new", &["--force", "n1.csv", "n2.csv"]);
    let output = diff(&stage, &["old", "new"]);
    let told = stage.told(&output);
    assert!(
        told.contains("cannot be told apart") && output.status.code() == Some(2),
        "{told}"
    );
    assert_eq!(recalled(&stage, &inputs), "id,reason\n5,consent-refused\n");
}

#[test]
fn reasons_that_end_with_what_was_read_are_read_on() {
    // Whole reads of the withheld records end right behind a record's reasons, at this length, without its terminator.
    for (length, terminator) in [(48, "\n"), (48, "\r\n")] {
        let stage = Stage::new();
        let mut supply = HEADER.trim_end().to_owned() + terminator;
        for number in 0..70_000 {
            let record = format!("{number:05},2016-09-05,A,N,postal");
            let more = length - terminator.len() - record.len() - 1;
            supply.push_str(&format!("{record}|{}{terminator}", "x".repeat(more)));
        }
        stage.write("s.csv", supply);
        split(&stage, "old", &["s.csv"]);
        split(&stage, "new", &["s.csv"]);
        let inputs = ["--old-input", "s.csv", "--new-input", "s.csv"];
        assert_eq!(recalled(&stage, &inputs), "id,reason\n", "{length}");
    }
}
