//! Compressed inputs of several parts, and damaged ones: what stands first in the input is told, the same in every run.

use super::stage::{HEADER, PERMITTED, Stage, gzip, many_records, zstd};

/// Whoever decompresses is far ahead of those who decide; yet of two faults the one that stands first in the input is told.
#[test]
fn a_broken_record_is_told_before_a_corrupt_end() {
    let stage = Stage::new();
    let start = many_records(3_000);
    let expected = format!("record 3001, at byte {}, is malformed", start.len());
    // From far before the end up to the very record in front of it.
    for records_after in [2_000, 160, 20, 1, 0] {
        let rest = &many_records(records_after)[HEADER.len()..];
        let content = [&start, "short,record\n", rest].concat();
        for (name, mut packed) in [
            ("a.csv.gz", gzip(content.as_bytes())),
            ("a.csv.zst", zstd(content.as_bytes())),
        ] {
            packed.truncate(packed.len() - 3);
            stage.write(name, packed);
        }
        for input in ["a.csv.gz", "a.csv.zst", "- <a.csv.gz"] {
            for (threads, blocks) in [
                (1, "--block-bytes 512"),
                (2, "--block-bytes 512"),
                (8, "--block-bytes 512"),
                (8, "--block-bytes 777"),
                (1, ""),
                (8, ""),
            ] {
                let script = format!("$SPLIT -q --strict --threads {threads} {blocks} {input}");
                let output = stage.shell(&script).output().unwrap();
                let told = stage.told(&output);
                assert_eq!(output.status.code(), Some(3), "{script}: {told}");
                assert!(
                    told.contains(&expected),
                    "{records_after}, {script}: {told}"
                );
                stage.assert_nothing_left(&script);
            }
        }
    }
}

/// Where a decoder finds damage, it keeps what it has made of it: how much that is depends on the input alone.
#[test]
fn damage_is_told_at_the_same_byte_in_every_run() {
    let stage = Stage::new();
    let start = many_records(12_000);
    let rest = &start[HEADER.len()..];
    let content = [&start, "short,record\n", rest].concat();
    let mut told = std::collections::BTreeSet::new();
    for (name, packed) in [
        ("a.csv.gz", gzip(content.as_bytes())),
        ("a.csv.zst", zstd(content.as_bytes())),
    ] {
        for tenth in [3, 5, 7, 9] {
            let mut damaged = packed.clone();
            let at = damaged.len() * tenth / 10;
            damaged[at..at + 8].fill(0xFF);
            stage.write(name, damaged);
            let runs = ["--threads 1", "--threads 8", "--threads 33"].map(|options| {
                let script = format!("$SPLIT -q --strict {options} {name}");
                let output = stage.shell(&script).output().unwrap();
                assert_eq!(output.status.code(), Some(3), "{script}");
                stage.assert_nothing_left(&script);
                stage.told(&output)
            });
            assert_eq!(runs[0], runs[1], "{name}, {tenth}");
            assert_eq!(runs[0], runs[2], "{name}, {tenth}");
            told.extend(runs);
        }
    }
    let [damaged, broken] = ["cannot be decompressed past byte", "is malformed"];
    for expected in [damaged, broken] {
        assert!(told.iter().any(|told| told.contains(expected)), "{told:?}");
    }
}

#[test]
fn several_members_and_frames_are_one_content() {
    let stage = Stage::new();
    let records = many_records(900);
    let (head, tail) = records.as_bytes().split_at(7_001);
    stage.write("a.csv.gz", [gzip(head), gzip(b""), gzip(tail)].concat());
    let skipped = b"\x52\x2A\x4D\x18\x03\0\0\0abc".to_vec();
    stage.write("a.csv.zst", [zstd(head), skipped, zstd(tail)].concat());
    stage.write("a.csv", &records);
    let permitted: String = records
        .split_inclusive('\n')
        .filter(|line| *line == HEADER || line.contains(",Y,"))
        .collect();
    for name in ["a.csv", "a.csv.gz", "a.csv.zst"] {
        let output = stage.split(&["-q", "--force", name]).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "{name}");
        assert!(
            stage.read("out/permitted.csv") == permitted.as_bytes(),
            "{name}"
        );
    }
}

/// A frame that decoders pass over, with so many bytes.
fn skippable(bytes: u32) -> Vec<u8> {
    let mut frame = [0x184D_2A50_u32, bytes].map(u32::to_le_bytes).concat();
    frame.resize(frame.len() + bytes as usize, 0);
    frame
}

#[test]
fn a_header_is_not_looked_for_without_end() {
    let stage = Stage::new();
    let records = zstd([HEADER, PERMITTED].concat().as_bytes());
    stage.write(
        "late.csv.zst",
        [skippable(33 << 20), records.clone()].concat(),
    );
    stage.write("early.csv.zst", [records, skippable(33 << 20)].concat());
    for (input, code) in [
        ("late.csv.zst", 3),
        ("- <late.csv.zst", 3),
        ("early.csv.zst", 0),
        ("- <early.csv.zst", 0),
    ] {
        let output = stage.shell(&format!("$SPLIT -q {input}")).output().unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(code), "{input}: {told}");
        assert_eq!(told.contains("hold no header"), code == 3, "{told}");
        if code == 0 {
            std::fs::remove_dir_all(stage.path("out")).unwrap();
        }
        stage.assert_nothing_left(input);
    }
}
