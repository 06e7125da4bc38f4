//! Outputs as a run is given them: where one cannot be written or cut to its length, and what parts records without a terminator.

use std::fs::{self, File};
use std::io::Read;
use std::sync::atomic::AtomicBool;

use withhold::compression::Compression;
use withhold::pipeline::{self, RunError, RunOptions, SplitFiles};
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

/// What stops a run that writes to these files.
fn stopped(records: &[u8], compression: Compression, files: SplitFiles) -> RunError {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let path = folder.path().join("supply.csv");
    fs::write(&path, [HEADER, b"\n", records].concat()).unwrap();
    let (supply, program) = small::open(&rules, &[path]);
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
    let path = folder.path().join("output");
    fs::write(&path, "").unwrap();
    /// The files of a split whose first one is that which is looked at.
    type Side = fn(File, File) -> SplitFiles;
    let sides: [(Side, [&str; 3]); 2] = [
        (
            |closed, open| SplitFiles {
                permitted: closed,
                withheld: open,
            },
            ["permitted.csv", "permitted.csv.gz", "permitted.csv.zst"],
        ),
        (
            |closed, open| SplitFiles {
                permitted: open,
                withheld: closed,
            },
            ["withheld.csv", "withheld.csv.gz", "withheld.csv.zst"],
        ),
    ];
    for (files, names) in sides {
        let forms = [Compression::None, Compression::Gzip, Compression::Zstd];
        for (compression, name) in forms.into_iter().zip(names) {
            let closed = File::open(&path).unwrap();
            let open = File::create(folder.path().join("other")).unwrap();
            let record = [PERMITTED, b"\n"].concat();
            let error = stopped(&record, compression, files(closed, open));
            assert_names(&error, name);
        }
    }
}

/// Space is reserved ahead for an output of so many bytes, and what is left of it given back.
#[test]
fn an_output_that_cannot_be_cut_to_its_length_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let field = [b"2016-09-05,Y|", &vec![b'x'; 900_000][..], b"\n"].concat();
    let records = field.repeat(10);
    let files = || SplitFiles {
        permitted: File::create(folder.path().join("permitted")).unwrap(),
        // It takes every byte, and has no length.
        withheld: File::options().write(true).open("/dev/null").unwrap(),
    };
    let error = stopped(&records, Compression::None, files());
    assert_names(&error, "withheld.csv");
}
