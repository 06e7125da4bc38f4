//! How much content an input may have is the same limit for a plain file, a stream, parts that are decompressed alone, and both mixed.
//! Parts may say that they have room for more than they have: that alone refuses nothing.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use withhold::content_limit::{ContentLimit, TooLarge};
use withhold::pipeline::{RunError, RunOptions};
use withhold::program::Program;
use withhold::supply::{InputError, Supply, SupplyOptions};

use super::compressed_parts::{frame, supply};
use super::small;

const PIECE_BYTES: usize = 5_000;

/// More than a part's decoder takes at a time, so that what comes after it is left to the decoder of streams.
fn skippable() -> Vec<u8> {
    let length = (64_u32 << 10) + 1;
    let start = [&b"\x50\x2A\x4D\x18"[..], &length.to_le_bytes()].concat();
    [start, vec![b's'; length as usize]].concat()
}

/// Whether a file is read to its end, where it may have so much content; if not, the limit is what it is refused for.
fn is_read(path: &Path, bytes_max: u64, (block_bytes, threads): (usize, usize)) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let options = SupplyOptions {
        content_limit: ContentLimit {
            bytes_max: Some(bytes_max),
        },
        ..SupplyOptions::default()
    };
    let refused = |error: &InputError| match error {
        InputError::TooLarge { error, .. } => {
            assert_eq!(*error, TooLarge::Stated { bytes_max });
            false
        }
        other => panic!("{other}"),
    };
    let supply = match Supply::open(&[path.to_path_buf()], options) {
        Ok(supply) => supply,
        Err(error) => return refused(&error),
    };
    let rules = small::rules(folder.path());
    let program = Program::compile(rules, supply.header(), path).unwrap();
    let options = RunOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
        ..RunOptions::default()
    };
    match small::split_supply(&supply, &program, &options, &()) {
        Ok((outcome, _)) => {
            assert!(outcome.inputs[0].content_bytes <= bytes_max);
            true
        }
        Err(RunError::Input(error)) => refused(&error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn content_is_bounded_however_it_is_stored() {
    let content = supply(7_000);
    let (head, tail) = content.split_at(PIECE_BYTES);
    let pieces = || content.chunks(PIECE_BYTES);
    let members =
        |content: &[u8]| -> Vec<u8> { content.chunks(PIECE_BYTES).flat_map(small::bgzf).collect() };
    let unsized_frame = |piece: &[u8]| frame(piece, false, true);
    let stored: [(&str, Vec<u8>); 9] = [
        ("plain", content.clone()),
        ("gzip", small::gzip(&content)),
        ("members", members(&content)),
        (
            "a member and gzip",
            [small::bgzf(head), small::gzip(tail)].concat(),
        ),
        (
            "gzip and members",
            [small::gzip(head), members(tail)].concat(),
        ),
        (
            "frames",
            pieces()
                .flat_map(|piece| frame(piece, true, true))
                .collect(),
        ),
        // Each says that it has room for 128 KiB.
        ("unsized frames", pieces().flat_map(unsized_frame).collect()),
        (
            "an unsized frame and a stream",
            [unsized_frame(head), skippable(), frame(tail, true, true)].concat(),
        ),
        (
            "a stream and frames",
            [skippable(), frame(head, true, true), unsized_frame(tail)].concat(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let length = content.len() as u64;
    assert!(
        length > 140_000,
        "an unsized frame alone does not exceed it"
    );
    for (name, stored) in stored {
        let path = folder.path().join("supply.csv");
        fs::write(&path, stored).unwrap();
        for way in [(1 << 18, 1), (4_099, 3)] {
            for (bytes_max, expected) in [
                (length - 1, false),
                (length, true),
                (length + 1, true),
                (90_000, false),
            ] {
                assert_eq!(
                    is_read(&path, bytes_max, way),
                    expected,
                    "{name}: {bytes_max} of {length} bytes, {way:?}"
                );
            }
        }
    }
}
