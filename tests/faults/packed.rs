//! Compressed inputs that are cut, changed or made to expand without end: a clear error or the right answer, and no more
//! memory or disk than was allowed.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use withhold::compression::Compression;
use withhold::content_limit::{ContentLimit, TooLarge, UNSTATED_BYTES};
use withhold::pipeline::{self, Counts, RunError, RunOptions};
use withhold::program::Program;
use withhold::rules::Rules;
use withhold::supply::{InputError, Severity, Supply, SupplyOptions};

use crate::inject::all;
use crate::stage::{HEADER, PERMITTED, Stage, gzip, many_records, zstd};

/// What comes of an input: its counts, or whose fault it is that there are none.
fn counts_of(stage: &Stage, rules: &Arc<Rules>, bytes: &[u8]) -> Result<Counts, Severity> {
    stage.write("packed", bytes);
    let path = stage.path("packed");
    let refused = |error: InputError| error.severity();
    let supply =
        Supply::open(std::slice::from_ref(&path), SupplyOptions::default()).map_err(refused)?;
    let program = Program::compile(Arc::clone(rules), supply.header(), &path)
        .map_err(|_| Severity::Request)?;
    let options = RunOptions {
        threads: std::num::NonZeroUsize::MIN,
        ..RunOptions::default()
    };
    let interrupted = AtomicBool::new(false);
    pipeline::run(&program, &supply, None, &options, &(), &interrupted)
        .map(|outcome| outcome.counts)
        .map_err(|error: RunError| error.severity())
}

#[test]
fn cut_or_changed_anywhere_it_is_an_error_or_the_same_records() {
    let stage = Stage::new();
    let rules = Rules::load(&stage.path("policy.toml"), &stage.path("agreement.toml"));
    let rules = Arc::new(rules.unwrap());
    let content = many_records(30);
    let right = counts_of(&stage, &rules, content.as_bytes()).unwrap();
    assert_eq!(right.records, 30);
    let (head, tail) = content.as_bytes().split_at(400);
    for (name, packed) in [
        ("gzip", gzip(content.as_bytes())),
        ("zstd", zstd(content.as_bytes())),
        ("gzip members", [gzip(head), gzip(tail)].concat()),
        ("zstd frames", [zstd(head), zstd(tail)].concat()),
    ] {
        assert_eq!(
            counts_of(&stage, &rules, &packed),
            Ok(right.clone()),
            "{name}"
        );
        let first_part = if name.ends_with('s') {
            let first = if name.starts_with("gzip") {
                gzip(head)
            } else {
                zstd(head)
            };
            Some(first.len())
        } else {
            None
        };
        for cut in 0..packed.len() {
            let found = counts_of(&stage, &rules, &packed[..cut]);
            if Some(cut) == first_part {
                // Cut between two members it cannot be told from a whole file.
                assert!(
                    found.is_ok_and(|counts| counts.records < 30),
                    "{name} cut at {cut}"
                );
                continue;
            }
            // With less than what tells a compression, it is text without the columns.
            let expected = if cut < 4 {
                Severity::Request
            } else {
                Severity::Input
            };
            let severity = found.expect_err("cut");
            assert!(
                severity == expected || cut < 4,
                "{name} cut at {cut}: {severity:?}"
            );
        }
        for at in 0..packed.len() {
            // Every bit, or one of each byte.
            let bits = if all() { 0..8 } else { at % 8..at % 8 + 1 };
            for bit in bits {
                let mut changed = packed.clone();
                changed[at] ^= 1 << bit;
                match counts_of(&stage, &rules, &changed) {
                    Ok(counts) => assert_eq!(counts, right, "{name}: bit {bit} of byte {at}"),
                    Err(severity) => assert!(
                        severity == Severity::Input || (at < 4 && severity == Severity::Request),
                        "{name}: bit {bit} of byte {at}: {severity:?}"
                    ),
                }
            }
        }
        for junk in [
            &b"\0"[..],
            b"junk",
            &[0; 700],
            b"\x1f",
            b"\x1f\x8b",
            b"\x28\xb5\x2f\xfd",
        ] {
            let found = counts_of(&stage, &rules, &[&packed, junk].concat());
            assert_eq!(
                found,
                Err(Severity::Input),
                "{name} with {junk:?} after its end"
            );
        }
    }
}

/// Frames that expand to so many bytes in all, a line again and again: some thousand times their size.
fn bomb(line: &str, bytes: usize) -> Vec<u8> {
    const FRAME_BYTES: usize = 16 << 20;
    let lines = FRAME_BYTES / line.len();
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    for _ in 0..lines {
        encoder.write_all(line.as_bytes()).unwrap();
    }
    let frame = encoder.finish().unwrap();
    let frames = bytes / (lines * line.len());
    [zstd(HEADER.as_bytes()), frame.repeat(frames)].concat()
}

/// Neither grows with what a bomb expands to: memory, which the limit of the shell bounds, nor what lies on disk.
#[test]
fn a_bomb_is_stopped_by_the_limit_on_an_inputs_bytes() {
    let stage = Stage::new();
    for (name, line) in [("blank lines", "\n"), ("records", PERMITTED)] {
        let bomb = bomb(line, 4 << 30);
        assert!(bomb.len() < 1 << 20, "{name}: {} bytes", bomb.len());
        stage.write("bomb.csv.zst", &bomb);
        let script = "ulimit -v 500000 && ulimit -f 20000 && $SPLIT --threads 2 --max-input-bytes 8000000 bomb.csv.zst";
        let output = stage.shell(script).output().unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(3), "{name}: {told}");
        assert!(
            told.contains("bomb.csv.zst is larger than the 8000000 bytes that an input may have"),
            "{name}: {told}"
        );
        stage.assert_nothing_left(name);
    }
    // A record without end is stopped by the limit on a record.
    stage.write("bomb.csv.zst", bomb("\0", 1 << 30));
    let output = stage
        .shell("ulimit -v 500000 && $SPLIT --threads 2 bomb.csv.zst")
        .output()
        .unwrap();
    let told = stage.told(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("record 1, at byte 31, is longer than the 1048576 bytes"),
        "{told}"
    );
    stage.assert_nothing_left("a record without end");
}

#[test]
fn a_bomb_is_stopped_where_no_limit_is_stated() {
    let bomb = bomb("\n", 3 << 30);
    let limit = ContentLimit::default();
    let mut reader = limit.decode(Compression::Zstd, bomb.as_slice()).unwrap();
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    let error = loop {
        match reader.read(&mut buffer) {
            Ok(0) => panic!("a bomb was read to its end"),
            Ok(count) => read += count as u64,
            Err(error) => break error,
        }
    };
    assert!(read <= UNSTATED_BYTES, "{read} bytes were given");
    let bytes_max = UNSTATED_BYTES;
    assert_eq!(TooLarge::of(&error), Some(TooLarge::Unstated { bytes_max }));
}

#[test]
fn the_limit_on_an_inputs_bytes_is_exact_for_every_kind_of_input_and_command() {
    let stage = Stage::new();
    let content = many_records(2_000);
    stage.write("a.csv", &content);
    stage.write("a.csv.gz", gzip(content.as_bytes()));
    stage.write("a.csv.zst", zstd(content.as_bytes()));
    let rules = "-p policy.toml -a agreement.toml";
    for input in [
        "a.csv",
        "a.csv.gz",
        "a.csv.zst",
        "- <a.csv",
        "- <a.csv.gz",
        "- <a.csv.zst",
    ] {
        for command in [
            format!("split {rules} -o out --no-sync"),
            format!("check {rules}"),
            format!("explain {rules} --record 2000"),
        ] {
            for (bytes, code) in [(content.len(), 0), (content.len() - 1, 3)] {
                let script = format!("$W {command} --max-input-bytes {bytes} {input}");
                let output = stage.shell(&script).output().unwrap();
                let told = stage.told(&output);
                // What is asked for may be found before the limit is reached.
                assert_eq!(output.status.code(), Some(code), "{script}: {told}");
                if code == 3 {
                    let limit = format!("is larger than the {bytes} bytes that an input may have");
                    assert!(told.contains(&limit), "{script}: {told}");
                    stage.assert_nothing_left(&script);
                }
                let _ = std::fs::remove_dir_all(stage.path("out"));
            }
        }
    }
}
