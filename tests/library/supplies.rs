//! Supplies that are none, that are streams, that change without a trace; runs over them that are interrupted; rules files without end.

use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use withhold::digest::Digest;
use withhold::pipeline::{self, RunError, RunOptions};
use withhold::records::PreambleError;
use withhold::supply::{InputError, Severity, Supply, SupplyOptions};

use super::small::{self, HEADER, PERMITTED};

fn records(count: usize) -> Vec<u8> {
    [HEADER, b"\n", &[PERMITTED, b"\n"].concat().repeat(count)].concat()
}

#[test]
fn no_input_is_no_supply() {
    let error = Supply::open(&[], SupplyOptions::default()).unwrap_err();
    assert!(matches!(error, InputError::NoInput));
    assert_eq!(error.severity(), Severity::Request);
    assert!(error.help().contains("at least one file"));
}

#[test]
fn blank_lines_without_end_are_no_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blank.csv");
    fs::write(&path, vec![b'\n'; (16 << 20) + 1]).unwrap();
    let error = Supply::open(&[path], SupplyOptions::default()).unwrap_err();
    assert_eq!(error.severity(), Severity::Request, "{error}");
    assert_eq!(error.help(), "remove the blank lines");
}

#[test]
fn a_stream_has_no_length_and_no_identity_and_shows_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let (file, fifo) = (folder.path().join("file"), folder.path().join("fifo"));
    let content = records(3);
    fs::write(&file, &content).unwrap();
    let writer = small::feed_fifo(&fifo, content.clone());
    let options = SupplyOptions::default();

    let supply = Supply::open(&[file.clone(), file.clone()], options).unwrap();
    assert_eq!(supply.stored_bytes(), Some(2 * content.len() as u64));
    assert!(supply.is_rereadable());
    assert!(!shown(&supply).contains("2016-09-05"));

    let supply = Supply::open(&[file.clone(), fifo], options).unwrap();
    writer.join().unwrap();
    assert_eq!(supply.stored_bytes(), None);
    assert!(!supply.is_rereadable());
    assert!(!shown(&supply).contains("2016-09-05"));
    // There is nothing that it could have changed from.
    let stream = &supply.inputs()[1];
    assert_eq!(stream.identity(), None);
    assert!(stream.check_unchanged(&File::open(&file).unwrap()).is_ok());
}

fn shown(supply: &Supply) -> String {
    format!("{supply:?}")
}

#[test]
fn a_header_that_changes_without_a_trace_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let path = folder.path().join("supply.csv");
    fs::write(&path, records(100)).unwrap();
    let (supply, program) = small::open(&rules, std::slice::from_ref(&path));
    // The same file, as long as it was, with its time set back: only what stands in it tells.
    let file = File::options().write(true).open(&path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(b"k,c", 0).unwrap();
    file.set_modified(modified).unwrap();
    let options = RunOptions::default();
    let error = small::split_supply(&supply, &program, &options, &()).unwrap_err();
    assert!(
        matches!(error, RunError::Input(InputError::Changed { .. })),
        "{error}"
    );
}

#[test]
fn an_interrupted_run_says_that_nothing_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let path = folder.path().join("supply.csv");
    fs::write(&path, records(100)).unwrap();
    let (supply, program) = small::open(&rules, &[path]);
    let interrupted = AtomicBool::new(true);
    let options = RunOptions::default();
    let error = pipeline::run(&program, &supply, None, &options, &(), &interrupted);
    let error = error.unwrap_err();
    assert!(matches!(error, RunError::Interrupted), "{error}");
    assert!(error.help().contains("nothing was written"));
}

/// Digits that hardly compress.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    (0..bytes)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            b'!' + ((state >> 33) % 90) as u8
        })
        .filter(|byte| !matches!(byte, b'"' | b','))
        .collect()
}

/// Many pieces of what is stored wait to be digested before the first block of so much content is dealt out.
#[test]
fn stored_bytes_are_digested_in_whole_however_large_a_block_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut content = [HEADER, b"\n"].concat();
    let noise = noise(4 << 20);
    for piece in noise.chunks(150_000) {
        content.extend([PERMITTED, piece, b"\n"].concat());
    }
    let stored = small::gzip(&content);
    assert!(stored.len() > 3 << 20, "{} bytes are stored", stored.len());
    let path = folder.path().join("supply.csv.gz");
    fs::write(&path, &stored).unwrap();
    let read = |block_bytes: usize| {
        let rules = small::rules(folder.path());
        let options = RunOptions {
            block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
            ..RunOptions::default()
        };
        let outcome = small::split(&rules, &[path.to_path_buf()], &options, &());
        outcome.unwrap().0.inputs[0].clone()
    };
    let large = read(8 << 20);
    assert_eq!(large.stored_bytes, stored.len() as u64);
    assert_eq!(large, read(1 << 16));
    let digest = Digest::blake3(*blake3::hash(&stored).as_bytes());
    assert_eq!(large.digest, Some(digest));
}

#[test]
fn a_territory_file_of_any_length_is_refused_after_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    drop(small::rules(folder.path()));
    let mut agreement = fs::read_to_string(at("agreement.toml")).unwrap();
    agreement += "[territory]\ncolumn = \"k\"\ninclude_file = \"seats.txt\"\n";
    fs::write(at("agreement.toml"), agreement).unwrap();
    let seats = File::create(at("seats.txt")).unwrap();
    seats.set_len((64 << 20) + 1).unwrap();
    let told = refused(folder.path());
    assert!(
        told.contains("longer than 67108864 bytes") && told.contains("seats.txt"),
        "{told}"
    );
}

fn refused(folder: &Path) -> String {
    let rules =
        withhold::rules::Rules::load(&folder.join("policy.toml"), &folder.join("agreement.toml"));
    rules.map(drop).unwrap_err().to_string()
}

/// Of content that is cut, the last that could be read is named, whatever blocks it was read in.
#[test]
fn a_cut_supply_is_told_by_a_place_near_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.csv.zst");
    // A day of 28 in no order takes more than half a byte.
    let days = |number: u32| 1 + (number.wrapping_mul(2_654_435_761) >> 16) % 28;
    let mut content = [HEADER, b"\n"].concat();
    for number in 0..40_000 {
        content.extend(format!("2016-09-{:02},Y\n", days(number)).bytes());
    }
    let stored = zstd::bulk::compress(&content, 1).unwrap();
    fs::write(&path, &stored[..stored.len() * 3 / 4]).unwrap();
    let rules = small::rules(folder.path());
    for (block_bytes, threads) in [(1 << 18, 1), (5_000, 1), (5_000, 3)] {
        let options = RunOptions {
            threads: NonZeroUsize::new(threads).unwrap(),
            block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
            ..RunOptions::default()
        };
        let told = small::split(&rules, std::slice::from_ref(&path), &options, &()).unwrap_err();
        let RunError::Input(InputError::Corrupt { offset, .. }) = told else {
            panic!("{told}");
        };
        let share = offset as f64 / content.len() as f64;
        assert!(
            (0.3..0.9).contains(&share),
            "{offset}: blocks of {block_bytes}"
        );
    }
}

/// Whoever can mend it is told how: the machine's owner, or whoever sent the file.
#[test]
fn what_cannot_be_read_is_told_by_whose_fault_it_is() {
    let read = |error| InputError::Read {
        path: "a.csv".into(),
        offset: 7,
        error,
    };
    let header = |error| InputError::Preamble {
        path: "a.csv".into(),
        error: PreambleError::Read(error),
    };
    let machine = || io::Error::from_raw_os_error(5);
    let decoder = || io::Error::from(io::ErrorKind::InvalidData);
    for error in [read(machine()), header(machine())] {
        assert_eq!(error.severity(), Severity::Machine);
        assert!(
            error.help().contains("check the device"),
            "{}",
            error.help()
        );
    }
    assert_eq!(header(decoder()).severity(), Severity::Input);
    assert!(header(decoder()).help().contains("fetch the file again"));
}

/// Its records may be those of nobody knows what by then.
#[test]
fn a_file_that_goes_away_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supply.csv");
    fs::write(&path, records(3)).unwrap();
    let inputs = [path.clone()];
    let supply = Supply::open(&inputs, SupplyOptions::default()).unwrap();
    fs::remove_file(&path).unwrap();
    let Err(error) = supply.inputs()[0].reopen() else {
        panic!("there is nothing to open");
    };
    assert!(matches!(error, InputError::Changed { .. }), "{error}");
    assert_eq!(error.severity(), Severity::Input);
}
