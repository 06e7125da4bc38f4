//! Inputs that cannot be trusted: too long, corrupt, cut short, changed while read, malformed in a strict run.
//! The exit code is 3, the record is named by number and offset, and nothing is left.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixListener;
use std::process::{Output, Stdio};

use super::stage::{HEADER, Log, PERMITTED, REFUSED, Stage, gzip, many_records, zstd};

/// How a run may be cut up; what it says must not depend on it.
const WAYS: [&[&str]; 4] = [
    &["--threads", "1"],
    &["--threads", "1", "--block-bytes", "1"],
    &["--threads", "8", "--block-bytes", "3"],
    &["--threads", "8", "--block-bytes", "64"],
];

/// Runs in every way, and on a compressed and a piped input too where there is but one; what is said, once.
fn told_in_every_way(stage: &Stage, inputs: &[&str], more: &[&str], code: i32) -> String {
    let mut said: Option<String> = None;
    let mut heard = |output: Output| {
        assert_eq!(output.status.code(), Some(code), "{}", stage.told(&output));
        let told = stage
            .told(&output)
            .replace("a.csv.gz", "a.csv")
            .replace("./-", "a.csv");
        if code != 0 {
            stage.assert_nothing_left("an input that cannot be trusted");
        }
        assert_eq!(*said.get_or_insert(told.clone()), told);
    };
    for way in WAYS {
        heard(
            stage
                .split(inputs)
                .args(way)
                .args(more)
                .args(["-q", "--force"])
                .output()
                .unwrap(),
        );
        let first = stage.read(inputs[0]);
        stage.write("a.csv.gz", gzip(&first));
        let mut compressed = inputs.to_vec();
        compressed[0] = "a.csv.gz";
        heard(
            stage
                .split(&compressed)
                .args(way)
                .args(more)
                .args(["-q", "--force"])
                .output()
                .unwrap(),
        );
    }
    said.unwrap()
}

#[test]
fn a_record_is_as_long_as_the_limit_and_no_longer() {
    let longest = "9,2016-09-05,A,Y,\"postal|email\"";
    let limit = longest.len().to_string();
    let mut log = Log::default();
    for terminator in ["\n", "\r", "\r\n", ""] {
        let stage = Stage::new();
        let mut content = [HEADER, PERMITTED, REFUSED, "\n\r\n", longest, terminator].concat();
        if !terminator.is_empty() {
            content.push_str(PERMITTED);
        }
        stage.write("a.csv", &content);
        let told = told_in_every_way(&stage, &["a.csv"], &["--max-record-bytes", &limit], 0);
        assert_eq!(told, "exit 0\n");

        let shorter = (longest.len() - 1).to_string();
        fs::remove_dir_all(stage.path("out")).unwrap();
        let told = told_in_every_way(&stage, &["a.csv"], &["--max-record-bytes", &shorter], 3);
        log.add(&format!("one byte too many, then {terminator:?}"), &told);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_long_record_deep_in_the_second_input_is_named_by_its_place_there() {
    let stage = Stage::new();
    let records = many_records(300);
    stage.write("a.csv", &records);
    let unclosed = format!(
        "{records}7,2016-09-05,A,Y,\"postal\n{}",
        &records[HEADER.len()..]
    );
    let offset = records.len();
    stage.write("b.csv", unclosed);
    let told = told_in_every_way(
        &stage,
        &["a.csv", "b.csv"],
        &["--max-record-bytes", "1000"],
        3,
    );
    assert!(
        told.contains(&format!(
            "b.csv: record 301, at byte {offset}, is longer than the 1000 bytes"
        )),
        "{told}"
    );
}

#[test]
fn of_several_broken_records_the_first_is_named() {
    let stage = Stage::new();
    let mut content = many_records(500);
    let offset = content.len();
    content.push_str("short,record\n");
    content.push_str(&format!("{}\n", "x".repeat(3000)));
    content.push_str("another,short\n");
    stage.write("a.csv", content);
    let told = told_in_every_way(
        &stage,
        &["a.csv"],
        &["--strict", "--max-record-bytes", "2000"],
        3,
    );
    assert!(
        told.contains(&format!("record 501, at byte {offset}, is malformed")),
        "{told}"
    );
    let told = told_in_every_way(&stage, &["a.csv"], &["--max-record-bytes", "2000"], 3);
    assert!(
        told.contains(&format!("record 502, at byte {}, is longer", offset + 13)),
        "{told}"
    );
}

#[test]
fn a_header_too_long_is_told_by_its_offset() {
    let mut log = Log::default();
    let header = HEADER.trim_end();
    let limit = header.len();
    for (title, content, limit, code) in [
        (
            "as long as the limit",
            format!("{header}\r\n{PERMITTED}"),
            limit,
            0,
        ),
        (
            "one byte longer",
            format!("{header}\r\n{PERMITTED}"),
            limit - 1,
            3,
        ),
        (
            "after a byte order mark and blank lines",
            format!("\u{feff}\n\r\n{header}\n"),
            limit - 1,
            3,
        ),
        ("without an end", "x".repeat(100_000), 50_000, 3),
    ] {
        let stage = Stage::new();
        stage.write("a.csv", content);
        let told = told_in_every_way(
            &stage,
            &["a.csv"],
            &["--max-record-bytes", &limit.to_string()],
            code,
        );
        log.add(title, &told);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn strict_stops_at_the_first_malformed_record() {
    let mut log = Log::default();
    for (title, record) in [
        ("too few fields", "3,2016-09-05,A,Y\n"),
        ("too many fields", "3,2016-09-05,A,Y,postal,\n"),
        (
            "a quote in an unquoted field",
            "3,2016-09-05,A,Y,pos\"tal\n",
        ),
        (
            "text after a closing quote",
            "3,2016-09-05,A,Y,\"postal\" \n",
        ),
        ("an unclosed quote", "3,2016-09-05,A,Y,\"postal\n"),
    ] {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, PERMITTED, REFUSED, "\n", record].concat());
        log.add(
            title,
            &told_in_every_way(&stage, &["a.csv"], &["--strict"], 3),
        );
        let told = told_in_every_way(&stage, &["a.csv"], &[], 0);
        assert_eq!(told, "exit 0\n");
        assert!(
            String::from_utf8(stage.read("out/withheld.csv"))
                .unwrap()
                .contains("malformed")
        );
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn corrupt_and_truncated_compression_is_never_an_end() {
    let mut log = Log::default();
    // Noise, so that the compressed bytes are many and each is needed.
    let mut content = String::from(HEADER);
    let mut state = 2017_u64;
    for _ in 0..12_000 {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        content.push_str(&format!("{:x},2016-09-05,A,Y,postal\n", state >> 8));
    }
    for (name, packed) in [
        ("a.csv.gz", gzip(content.as_bytes())),
        ("a.csv.zst", zstd(content.as_bytes())),
    ] {
        let whole = packed.len();
        let flip = |at: usize| {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x55;
            bytes
        };
        let cases = [
            ("cut in its first header", packed[..6].to_vec()),
            ("cut early", packed[..40].to_vec()),
            ("cut in the middle", packed[..whole / 2].to_vec()),
            ("cut near the end", packed[..whole - 5].to_vec()),
            ("cut one byte short", packed[..whole - 1].to_vec()),
            ("a byte changed in the middle", flip(whole / 2)),
            (
                "a second member that is cut",
                [&packed[..], &packed[..20]].concat(),
            ),
            ("junk after the end", [&packed[..], b"junk"].concat()),
            ("zeros after the end", [&packed[..], &[0; 512]].concat()),
        ];
        for (title, bytes) in cases {
            for way in [
                &["--threads", "8", "--block-bytes", "4096"][..],
                &["--threads", "1"],
            ] {
                let stage = Stage::new();
                stage.write(name, &bytes);
                let output = stage.split(&[name]).args(way).output().unwrap();
                assert_eq!(
                    output.status.code(),
                    Some(3),
                    "{name}: {title}: {}",
                    stage.told(&output)
                );
                stage.assert_nothing_left(title);
                if way[1] == "1" {
                    log.add(&format!("{name}: {title}"), &stage.told(&output));
                }
                let piped = stage
                    .split(&["-"])
                    .args(way)
                    .stdin(fs::File::open(stage.path(name)).unwrap())
                    .output();
                assert_eq!(
                    piped.unwrap().status.code(),
                    Some(3),
                    "{name} piped: {title}"
                );
            }
        }
    }
    insta::with_settings!({filters => vec![(r"past byte \d+", "past byte [N]")]}, {
        insta::assert_snapshot!(log.text());
    });
}

/// What may happen to a file between the reading of its header and that of its records, which waits for a FIFO's header.
#[test]
fn an_input_that_changes_while_it_is_read_is_not_trusted() {
    type Change = fn(&Stage);
    let changes: [(&str, Change); 9] = [
        ("grown", |stage| {
            let file = OpenOptions::new().append(true).open(stage.path("a.csv"));
            file.unwrap().write_all(PERMITTED.as_bytes()).unwrap();
        }),
        ("cut", |stage| {
            let file = OpenOptions::new()
                .write(true)
                .open(stage.path("a.csv"))
                .unwrap();
            file.set_len(HEADER.len() as u64).unwrap();
        }),
        ("emptied", |stage| stage.write("a.csv", "")),
        ("replaced by one of the same size", |stage| {
            let old = stage.read("a.csv");
            stage.write("b.csv", old);
            fs::rename(stage.path("b.csv"), stage.path("a.csv")).unwrap();
        }),
        ("overwritten in place", |stage| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            let file = OpenOptions::new()
                .write(true)
                .open(stage.path("a.csv"))
                .unwrap();
            file.write_all_at(b"7", HEADER.len() as u64).unwrap();
        }),
        ("removed", |stage| {
            fs::remove_file(stage.path("a.csv")).unwrap()
        }),
        ("replaced by a FIFO to which nobody writes", |stage| {
            fs::remove_file(stage.path("a.csv")).unwrap();
            stage.make_fifo("a.csv");
        }),
        ("replaced by a socket", |stage| {
            fs::remove_file(stage.path("a.csv")).unwrap();
            UnixListener::bind(stage.path("a.csv")).unwrap();
        }),
        ("replaced by a directory", |stage| {
            fs::remove_file(stage.path("a.csv")).unwrap();
            fs::create_dir(stage.path("a.csv")).unwrap();
        }),
    ];
    let mut log = Log::default();
    for (title, change) in changes {
        for name in ["a.csv", "z.csv"] {
            let stage = Stage::new();
            let content = [HEADER, PERMITTED, REFUSED].concat();
            stage.write(
                "a.csv",
                if name == "a.csv" {
                    content.into_bytes()
                } else {
                    gzip(content.as_bytes())
                },
            );
            stage.make_fifo("slow.csv");
            let child = stage
                .split(&["-q", "a.csv", "slow.csv"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // Opening a FIFO waits for its reader, which by then has read the first input's header.
            let mut slow = OpenOptions::new()
                .write(true)
                .open(stage.path("slow.csv"))
                .unwrap();
            change(&stage);
            slow.write_all(HEADER.as_bytes()).unwrap();
            drop(slow);
            let output = child.wait_with_output().unwrap();
            assert_eq!(
                output.status.code(),
                Some(3),
                "{title}: {}",
                stage.told(&output)
            );
            stage.assert_nothing_left(title);
            if name == "a.csv" {
                log.add(title, &stage.told(&output));
            }
        }
    }
    insta::assert_snapshot!(log.text());
}
