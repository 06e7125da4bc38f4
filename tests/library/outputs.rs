//! Outputs as a run is given them: where one cannot be written or cut to its length, and what parts records without a terminator.

use std::fs::{self, File};
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use withhold::compression::Compression;
use withhold::digest::{Digest, DigestKind, OrderedDigest};
use withhold::pipeline::{self, Observer, RunError, RunOptions, Seen, SplitFiles};
use withhold::rules::Rules;
use withhold::supply::Severity;

use super::small::{self, HEADER, PERMITTED};

fn unpacked(compression: Compression, stored: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = compression.decode(stored).unwrap();
    decoder.read_to_end(&mut content).unwrap();
    content
}

#[test]
fn compressed_outputs_part_records_of_inputs_without_a_last_terminator() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let refused: &[u8] = b"2016-09-05,N";
    let inputs = [
        [HEADER, b"\r\n", PERMITTED].concat(),
        [HEADER, b"\r\n", refused].concat(),
        [HEADER, b"\r\n", refused, b"\r\n", PERMITTED].concat(),
    ];
    let paths: Vec<_> = (0..inputs.len())
        .map(|number| folder.path().join(format!("{number}.csv")))
        .collect();
    for (path, input) in paths.iter().zip(&inputs) {
        fs::write(path, input).unwrap();
    }
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let options = RunOptions {
            compression,
            ..RunOptions::default()
        };
        let (outcome, stored) = small::split(&rules, &paths, &options, &()).unwrap();
        let [permitted, withheld] = stored.map(|stored| unpacked(compression, &stored));
        assert_eq!(
            permitted,
            [HEADER, PERMITTED, PERMITTED].join(&b"\r\n"[..]),
            "{compression:?}"
        );
        let reason: &[u8] = b",consent-refused channel-not-consented";
        let line = [refused, reason].concat();
        let header = [HEADER, b",withheld_reasons"].concat();
        let lines = [&header[..], &line, &line, b""].join(&b"\r\n"[..]);
        assert_eq!(withheld, lines, "{compression:?}");
        assert_eq!(outcome.counts.terminators_inserted, 2);
    }
}

/// What stops a run that writes to these files, with so long a name of a further column.
fn stopped(
    name_bytes: usize,
    records: &[u8],
    compression: Compression,
    files: SplitFiles,
) -> RunError {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    drop(small::rules(folder.path()));
    let name = "n".repeat(name_bytes);
    let policy = fs::read_to_string(at("policy.toml")).unwrap();
    let columns = format!("[\"c\", \"k\", \"{name}\"]");
    fs::write(
        at("policy.toml"),
        policy.replace("[\"c\", \"k\"]", &columns),
    )
    .unwrap();
    let rules = Arc::new(Rules::load(&at("policy.toml"), &at("agreement.toml")).unwrap());
    let header = [HEADER, b",", name.as_bytes()].concat();
    fs::write(at("supply.csv"), [&header[..], b"\n", records].concat()).unwrap();
    let (supply, program) = small::open(&rules, &[at("supply.csv")]);
    let options = RunOptions {
        compression,
        ..RunOptions::default()
    };
    let interrupted = AtomicBool::new(false);
    pipeline::run(&program, &supply, Some(files), &options, &(), &interrupted).unwrap_err()
}

fn assert_names(error: &RunError, name: &str) {
    assert_eq!(error.severity(), Severity::Machine, "{error}");
    let named = matches!(error, RunError::Write { file, .. } if *file == name);
    assert!(named, "{name}: {error}");
    assert!(error.help().contains("nothing was written"));
}

#[test]
fn an_output_that_takes_nothing_stops_the_run_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sides = [
        ["permitted.csv", "permitted.csv.gz", "permitted.csv.zst"],
        ["withheld.csv", "withheld.csv.gz", "withheld.csv.zst"],
    ];
    for (side, names) in sides.into_iter().enumerate() {
        let forms = [Compression::None, Compression::Gzip, Compression::Zstd];
        for (compression, name) in forms.into_iter().zip(names) {
            // A long header is written before the records, a short one with them.
            for name_bytes in [1, 100_000] {
                let mut files = ["one", "other"].map(|name| File::create(at(name)).unwrap());
                files[side] = File::open(at("one")).unwrap();
                let [permitted, withheld] = files;
                let files = SplitFiles {
                    permitted,
                    withheld,
                };
                let record = [PERMITTED, b",\n"].concat();
                let error = stopped(name_bytes, &record, compression, files);
                assert_names(&error, name);
            }
        }
    }
}

/// Space is reserved ahead for an output of so many bytes, and what is left of it given back.
#[test]
fn an_output_that_cannot_be_cut_to_its_length_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let record = [b"2016-09-05,N,", &vec![b'x'; 900_000][..], b"\n"].concat();
    let records = record.repeat(10);
    let files = || SplitFiles {
        permitted: File::create(folder.path().join("permitted")).unwrap(),
        // It takes every byte, and has no length.
        withheld: File::options().write(true).open("/dev/null").unwrap(),
    };
    let error = stopped(1, &records, Compression::None, files());
    assert_names(&error, "withheld.csv");
}

fn digest(kind: DigestKind, bytes: &[u8]) -> Option<Digest> {
    let mut digest = OrderedDigest::new(kind);
    digest.update(bytes);
    digest.finish()
}

/// Each output is many chunks; some blocks gather so much that it is written before they are done.
#[test]
fn what_is_told_of_outputs_is_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    // Days in no order, so that what comes of a chunk is more than a piece that a digest takes.
    let permitted = |round: u32| -> Vec<u8> {
        let day = |number: u32| number.wrapping_mul(2_654_435_761) >> 16;
        (round * 1_500..(round + 1) * 1_500)
            .flat_map(|number| {
                let (month, day) = (1 + day(number) % 12, 1 + day(number + 7) % 28);
                format!("2016-{month:02}-{day:02},Y\n").into_bytes()
            })
            .collect()
    };
    let refused = b"2016-09-05,N\n".repeat(1_500);
    let records: Vec<u8> = (0..40)
        .flat_map(|round| [b",\n".repeat(4_000), permitted(round), refused.clone()].concat())
        .collect();
    let path = folder.path().join("supply.csv");
    fs::write(&path, [HEADER, b"\n", &records].concat()).unwrap();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        for kind in [DigestKind::Blake3, DigestKind::Sha256] {
            let options = RunOptions {
                compression,
                digest: kind,
                threads: NonZeroUsize::new(3).unwrap(),
                block_bytes: NonZeroUsize::new(10_240).unwrap(),
                ..RunOptions::default()
            };
            let paths = [path.clone()];
            let (outcome, stored) = small::split(&rules, &paths, &options, &()).unwrap();
            let told = outcome.outputs.expect("outputs were written");
            for (told, stored) in [told.permitted, told.withheld].iter().zip(&stored) {
                let content = unpacked(compression, stored);
                assert!(content.len() > 300_000);
                assert_eq!(told.content_bytes, content.len() as u64);
                assert_eq!(told.stored_bytes, stored.len() as u64);
                assert_eq!(told.digest, digest(kind, stored), "{compression:?}");
                if compression == Compression::Gzip {
                    // A reader of BGZF takes a file that does not end so for one that was cut.
                    assert!(stored.ends_with(&small::BGZF_END));
                }
            }
        }
    }
}

/// What an observer was told of all blocks.
#[derive(Default)]
struct Told(Mutex<[u64; 3]>);

impl Observer for Told {
    fn seen(&self, seen: Seen) {
        let mut told = self.0.lock().unwrap();
        for (told, more) in told
            .iter_mut()
            .zip([seen.bytes, seen.permitted, seen.withheld])
        {
            *told += more;
        }
    }
}

#[test]
fn an_observer_is_told_of_every_byte_and_record() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let path = folder.path().join("supply.csv");
    let records = [PERMITTED, b"\n,\n2016-09-05,N\n"].concat().repeat(500);
    let content = [HEADER, b"\n", &records].concat();
    fs::write(&path, &content).unwrap();
    for (block_bytes, threads) in [(1 << 18, 1), (1_000, 3)] {
        let options = RunOptions {
            threads: NonZeroUsize::new(threads).unwrap(),
            block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
            ..RunOptions::default()
        };
        let told = Told::default();
        small::split(&rules, std::slice::from_ref(&path), &options, &told).unwrap();
        assert_eq!(
            told.0.into_inner().unwrap(),
            [content.len() as u64, 500, 1_000]
        );
    }
}
