//! Inputs that are compressed in parts are read in parallel, where they are files. Whatever the parts are, and whatever was done to
//! them, what comes of it is what comes of the same bytes from a FIFO, which are decompressed as one stream.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use proptest::prelude::*;
use withhold::digest::DigestKind;
use withhold::pipeline::{InputResult, RunOptions};
use withhold::program::Program;
use withhold::supply::{Supply, SupplyOptions};

use super::small::{self, HEADER, PERMITTED};

/// What a run came to: both outputs and what was read, or the error, without the input's path.
pub(crate) type Came = Result<([Vec<u8>; 2], InputResult), String>;

/// A part of a file.
#[derive(Debug, Clone, Copy)]
enum Part {
    Bgzf,
    BgzfEmpty,
    Gzip,
    Frame,
    FrameUnsized,
    FrameUnchecked,
    Skippable,
}

const GZIP_PARTS: [Part; 4] = [Part::Bgzf, Part::Bgzf, Part::BgzfEmpty, Part::Gzip];
const ZSTD_PARTS: [Part; 5] = [
    Part::Frame,
    Part::Frame,
    Part::FrameUnsized,
    Part::FrameUnchecked,
    Part::Skippable,
];

impl Part {
    fn holds_content(self) -> bool {
        !matches!(self, Self::BgzfEmpty | Self::Skippable)
    }

    fn of(self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Bgzf => small::bgzf(content),
            Self::BgzfEmpty => small::bgzf(b""),
            Self::Gzip => small::gzip(content),
            Self::Frame => frame(content, true, true),
            Self::FrameUnsized => frame(content, false, true),
            Self::FrameUnchecked => frame(content, true, false),
            Self::Skippable => b"\x52\x2A\x4D\x18\x03\0\0\0abc".to_vec(),
        }
    }
}

pub(crate) fn frame(content: &[u8], is_sized: bool, is_checked: bool) -> Vec<u8> {
    let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
    compressor.include_contentsize(is_sized).unwrap();
    compressor.include_checksum(is_checked).unwrap();
    compressor.compress(content).unwrap()
}

/// Something done to a file.
#[derive(Debug, Clone)]
enum Fault {
    None,
    Cut(usize),
    Flip(usize, u8),
    Junk(Vec<u8>),
    Zeros(usize),
    Insert(usize, Vec<u8>),
}

impl Fault {
    fn done_to(&self, stored: &mut Vec<u8>) {
        let place = |at: usize, length: usize| at % length.max(1);
        match self {
            Self::None => {}
            Self::Cut(at) => stored.truncate(place(*at, stored.len())),
            Self::Flip(at, bits) => {
                let at = place(*at, stored.len());
                stored[at] ^= bits;
            }
            Self::Junk(junk) => stored.extend_from_slice(junk),
            Self::Zeros(count) => stored.resize(stored.len() + count, 0),
            Self::Insert(at, bytes) => {
                let at = place(*at, stored.len());
                stored.splice(at..at, bytes.iter().copied());
            }
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::None),
        2 => any::<usize>().prop_map(Fault::Cut),
        4 => (any::<usize>(), 1_u8..).prop_map(|(at, bits)| Fault::Flip(at, bits)),
        1 => proptest::collection::vec(any::<u8>(), 1..20).prop_map(Fault::Junk),
        1 => (1_usize..40).prop_map(Fault::Zeros),
        1 => (any::<usize>(), proptest::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Fault::Insert(at, bytes)),
    ]
}

fn options((block_bytes, threads): (usize, usize)) -> RunOptions {
    RunOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
        digest: DigestKind::Blake3,
        ..RunOptions::default()
    }
}

/// Splits one input, and says what came of it.
fn split(path: &Path, options: &RunOptions) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    // How far it came before an error depends on how much the decoder of streams is asked for at a time.
    let told = |error: &dyn std::fmt::Display| {
        let told = error
            .to_string()
            .replace(&*path.to_string_lossy(), "[INPUT]")
            .replace(&*folder.path().to_string_lossy(), "[RULES]");
        match told.split_once(" past byte ") {
            Some((before, after)) => {
                let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
                format!("{before} past byte [N]{after}")
            }
            None => told,
        }
    };
    let inputs = [path.to_path_buf()];
    let supply = Supply::open(&inputs, SupplyOptions::default()).map_err(|error| told(&error))?;
    // What is left of a header that a fault hit may be another one.
    let program = Program::compile(rules, supply.header(), path).map_err(|error| told(&error))?;
    small::split_supply(&supply, &program, options, &())
        .map(|(outcome, outputs)| (outputs, outcome.inputs[0].clone()))
        .map_err(|error| told(&error))
}

/// A file comes to what a FIFO with the same bytes comes to.
pub(crate) fn assert_same(stored: &[u8], ways: &[(usize, usize)]) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let (file, fifo) = (folder.path().join("file"), folder.path().join("fifo"));
    fs::write(&file, stored).unwrap();
    let writer = small::feed_fifo(&fifo, stored.to_vec());
    let expected = split(&fifo, &options((1 << 18, 1)));
    writer.join().unwrap();
    for &(block_bytes, threads) in ways {
        let found = split(&file, &options((block_bytes, threads)));
        assert!(
            found == expected,
            "blocks of {block_bytes}, {threads} threads: {:?}, not {:?}",
            found.as_ref().map(|(_, read)| read),
            expected.as_ref().map(|(_, read)| read),
        );
    }
    expected
}

/// So many records, with the header, and something in them that does not compress to nothing.
pub(crate) fn supply(records: usize) -> Vec<u8> {
    let mut content = [HEADER, b"\n"].concat();
    for number in 0..records {
        content.extend_from_slice(PERMITTED);
        content.extend_from_slice(
            format!("{}\n2016-09-05,N{number}\n", "Z".repeat(number % 3)).as_bytes(),
        );
    }
    content
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn parts_are_read_as_one_stream_is(
        is_zstd: bool,
        parts in proptest::collection::vec((0_usize..20, 0_usize..9_000), 1..12),
        records in 1_usize..3_000,
        fault in fault(),
        block_bytes in prop_oneof![1_usize..300, 300_usize..100_000, Just(1_usize << 18)],
        threads in 1_usize..6,
    ) {
        let kinds: &[Part] = if is_zstd { &ZSTD_PARTS } else { &GZIP_PARTS };
        let content = supply(records);
        let mut rest = &content[..];
        let mut stored = Vec::new();
        for (kind, length) in parts {
            let kind = kinds[kind % kinds.len()];
            let (piece, after) = rest.split_at(if kind.holds_content() { length.min(rest.len()) } else { 0 });
            stored.extend(kind.of(piece));
            rest = after;
        }
        stored.extend(kinds[0].of(&rest[..rest.len().min(60_000)]));
        fault.done_to(&mut stored);
        let _ = assert_same(&stored, &[(block_bytes, threads), (1 << 18, 2)]);
    }
}

#[test]
fn lengths_that_lie_are_found_out() {
    let content = supply(200);
    let (head, tail) = content.split_at(2_000);
    let junk = [&small::bgzf(head)[..], &small::bgzf(tail)].concat();
    // A member that states more than its own length, so that the next one would be skipped; and one that states less.
    for change in [5_i32, -5, 28] {
        let mut stored = junk.clone();
        let length = i32::from(u16::from_le_bytes([stored[16], stored[17]]));
        let lie = u16::try_from(length + change).unwrap().to_le_bytes();
        stored[16..18].copy_from_slice(&lie);
        let came = assert_same(&stored, &[(1 << 18, 2), (64, 3)]);
        // The decoder of streams does not ask for the stated length.
        assert!(came.is_ok(), "{came:?}");
    }
    // A member in whose stated length another one hides.
    let (one, two) = (small::bgzf(head), small::bgzf(tail));
    let mut stored = [&one[..], &two].concat();
    let whole = u16::try_from(stored.len() - 1).unwrap().to_le_bytes();
    stored[16..18].copy_from_slice(&whole);
    assert!(assert_same(&stored, &[(1 << 18, 2)]).is_ok());
    // The same where the hidden one is its twin, so that both have the same length and checksum.
    let (head, twin) = (
        small::bgzf(head),
        small::bgzf(&supply(30)[HEADER.len() + 1..]),
    );
    let mut twins = [&twin[..], &twin].concat();
    let whole = u16::try_from(twins.len() - 1).unwrap().to_le_bytes();
    twins[16..18].copy_from_slice(&whole);
    let came = |parts: &[&[u8]]| assert_same(&parts.concat(), &[(1 << 18, 2), (64, 3)]).unwrap();
    let (_, read) = came(&[&head, &twins, &two]);
    let (_, told) = came(&[&head, &twin, &twin, &two]);
    assert_eq!(read.content_bytes, told.content_bytes);
}

#[test]
fn large_frames_are_cut_into_blocks() {
    let content = supply(160_000);
    assert!(content.len() > 3 << 20);
    // In one go, and as a stream, whose end is an empty block.
    let streamed = |chunk: &[u8]| zstd::stream::encode_all(chunk, 1).unwrap();
    assert_eq!(
        streamed(&content[..1 << 20])[4] >> 6,
        0,
        "it states no content"
    );
    type Make<'m> = &'m dyn Fn(&[u8]) -> Vec<u8>;
    let in_one_go: Make = &|chunk| frame(chunk, false, true);
    let ways: [(Make, &[_]); 2] = [
        (in_one_go, &[(1 << 18, 1), (1 << 18, 4), (4_099, 2)]),
        (&streamed, &[(1 << 18, 2)]),
    ];
    for (make, ways) in ways {
        let stored: Vec<u8> = content
            .chunks(1 << 20)
            .flat_map(|chunk| [Part::Skippable.of(b""), make(chunk)].concat())
            .collect();
        let came = assert_same(&stored, ways);
        assert_eq!(came.unwrap().1.content_bytes, content.len() as u64);
    }
}

#[test]
fn a_record_before_what_is_corrupt_is_told_where_a_stream_comes_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, fifo) = (folder.path().join("file"), folder.path().join("fifo"));
    let mut content = supply(9_000);
    content.extend_from_slice(b"malformed\n");
    let mut corrupt = frame(&supply(100), true, true);
    *corrupt.last_mut().unwrap() ^= 1;
    let stored = [frame(&content, true, true), corrupt].concat();
    fs::write(&file, &stored).unwrap();
    // In one block, and with many in between.
    for block_bytes in [1 << 20, 512] {
        for threads in [1, 3] {
            let options = RunOptions {
                strict: true,
                ..options((block_bytes, threads))
            };
            let writer = small::feed_fifo(&fifo, stored.clone());
            let expected = split(&fifo, &options).unwrap_err();
            writer.join().unwrap();
            fs::remove_file(&fifo).unwrap();
            assert!(expected.contains("malformed"), "{expected}");
            assert_eq!(split(&file, &options).unwrap_err(), expected);
        }
    }
}
