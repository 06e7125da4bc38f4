//! Whole runs over random bytes, cut up in every way: each record comes out once, as it came, in order, on the side
//! where it comes out alone.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use proptest::prelude::*;
use withhold::digest::DigestKind;
use withhold::pipeline::{ReasonsColumn, RunOptions};
use withhold::program::Decider;
use withhold::records::Delimiter;
use withhold::records::naive::{Next, next_record};

use super::small::{self, HEADER, PERMITTED};

/// How an input is stored.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Plain,
    Gzip,
    Bgzf,
    Zstd,
    ZstdFrames,
    Fifo,
    GzipFifo,
}

/// Content of each part of what is compressed in parts, in bytes.
const PART_BYTES: usize = 97;

const KINDS: [Kind; 7] = [
    Kind::Plain,
    Kind::Gzip,
    Kind::Bgzf,
    Kind::Zstd,
    Kind::ZstdFrames,
    Kind::Fifo,
    Kind::GzipFifo,
];

fn options(block_bytes: usize, threads: usize) -> RunOptions {
    RunOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
        digest: DigestKind::Blake3,
        reasons: ReasonsColumn::None,
        ..RunOptions::default()
    }
}

/// Both outputs as they must be, each record found by the naive reader and decided alone.
fn expected(program: &withhold::program::Program, bodies: &[Vec<u8>]) -> [Vec<u8>; 2] {
    let mut decider = Decider::new(program);
    let mut outputs = [HEADER, HEADER].map(|header| [header, b"\n"].concat());
    let mut open = [false; 2];
    for body in bodies {
        let mut at = 0;
        while let Next::Record(record) = next_record(body, at, Delimiter::COMMA) {
            let permitted = small::permits(&mut decider, &body[record.start..record.end]);
            let side = usize::from(!permitted);
            if open[side] {
                outputs[side].push(b'\n');
            }
            outputs[side].extend_from_slice(&body[record.start..record.next]);
            open[side] = record.unterminated;
            at = record.next;
        }
    }
    outputs
}

/// Runs over these bodies, each an input with a header of its own, and compares.
fn assert_split(bodies: &[Vec<u8>], kinds: &[Kind], ways: &[(usize, usize)]) {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    fs::write(folder.path().join("bare.csv"), [HEADER, b"\n"].concat()).unwrap();
    let (_, program) = small::open(&rules, &[folder.path().join("bare.csv")]);
    let expected = expected(&program, bodies);
    for &(block_bytes, threads) in ways {
        for &kind in kinds {
            let folder = tempfile::tempdir().unwrap();
            let mut writers = Vec::new();
            let inputs: Vec<PathBuf> = bodies
                .iter()
                .enumerate()
                .map(|(index, body)| {
                    let path = folder.path().join(format!("{index}.csv"));
                    let content = [HEADER, b"\n", body].concat();
                    match kind {
                        Kind::Plain => fs::write(&path, content).unwrap(),
                        Kind::Gzip => fs::write(&path, small::gzip(&content)).unwrap(),
                        Kind::Zstd => {
                            let packed = zstd::stream::encode_all(content.as_slice(), 1).unwrap();
                            fs::write(&path, packed).unwrap();
                        }
                        Kind::Bgzf => {
                            let parts = content.chunks(PART_BYTES).map(small::bgzf);
                            fs::write(&path, parts.collect::<Vec<_>>().concat()).unwrap();
                        }
                        Kind::ZstdFrames => {
                            let frame = |part| zstd::bulk::compress(part, 1).unwrap();
                            let parts = content.chunks(PART_BYTES).map(frame);
                            fs::write(&path, parts.collect::<Vec<_>>().concat()).unwrap();
                        }
                        Kind::Fifo => writers.push(small::feed_fifo(&path, content)),
                        Kind::GzipFifo => {
                            writers.push(small::feed_fifo(&path, small::gzip(&content)));
                        }
                    }
                    path
                })
                .collect();
            let (outcome, outputs) =
                small::split(&rules, &inputs, &options(block_bytes, threads), &()).unwrap();
            for writer in writers {
                writer.join().unwrap();
            }
            for (found, expected) in outputs.iter().zip(&expected) {
                assert_eq!(
                    found.escape_ascii().to_string(),
                    expected.escape_ascii().to_string(),
                    "{kind:?}, blocks of {block_bytes}, {threads} threads"
                );
            }
            let digests = outcome.outputs.unwrap();
            for (told, output) in [digests.permitted, digests.withheld].iter().zip(&outputs) {
                assert_eq!(told.stored_bytes, output.len() as u64);
                assert_eq!(told.content_bytes, output.len() as u64);
                let digest = told.digest.as_ref().unwrap();
                assert_eq!(digest.bytes, *blake3::hash(output).as_bytes());
            }
        }
    }
}

#[test]
fn constructs_at_every_block_size() {
    let constructs: [&[u8]; 12] = [
        b"a\"b,Y\n",
        b"\"2016-09-05\" ,Y\n",
        b"\"2016-09-05\",\"Y\"\r\n",
        b"\"2016-\"\"09\",\"\"\n",
        b"2016-09-05,Y\r2016-09-05,N\r",
        b"\n\r\n\r\r\n2016-09-05,Y\r\n",
        b"\xEF\xBB\xBF2016-09-05,Y\n",
        b"\"2016\n-09-05\",Y\r\n",
        b"2016-09-05,\"Y\r\n\"\n",
        b"2016-09-05\n",
        b"2016-09-05,Y,\n",
        b"\"never closed,Y\n",
    ];
    for construct in constructs {
        for fill in [0, 41, 64, 100] {
            let fill = [&b"2016-09-05,"[..], &b"Y".repeat(fill), b"\n"].concat();
            let body = [PERMITTED, b"\n", &fill, construct, PERMITTED].concat();
            let second = [construct, PERMITTED, b"\r\n"].concat();
            let ways: Vec<(usize, usize)> = [1, 2, 3, 5, 7, 16, 31, 63, 64, 65, 127, 128, 1024]
                .map(|block_bytes| (block_bytes, 1 + block_bytes % 3))
                .to_vec();
            assert_split(&[body, second], &[Kind::Plain], &ways);
        }
    }
}

/// Bytes of which many make records that are permitted.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        5 => Just([PERMITTED, b"\n"].concat()),
        2 => Just([PERMITTED, b"\r\n"].concat()),
        2 => Just(b"\"2016-09-05\",\"Y\"\n".to_vec()),
        2 => Just(b"\"".to_vec()),
        1 => Just(b",".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"2016-09-05".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => (1_usize..300).prop_map(|count| vec![b'x'; count]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_split_record_by_record(
        bodies in proptest::collection::vec(hostile(), 1..4),
        kind in 0..KINDS.len(),
        blocks in proptest::collection::vec((1_usize..200, 1_usize..9), 1..4),
        large in 200_usize..5_000,
    ) {
        let mut ways = blocks;
        ways.push((large, 4));
        ways.push((1, 8));
        assert_split(&bodies, &[Kind::Plain, KINDS[kind]], &ways);
    }
}
