//! Records and fields lie where the `csv` crate and the naive reader find them, on either side of every
//! step's and every block's edge.

use proptest::prelude::*;
use withhold::records::naive::{self, NaiveRecord, Next};
use withhold::records::{
    BlockSummary, Cpu, Delimiter, EdgeState, PADDING, Tokens, last_record_end,
};

/// Bytes that a step's masks hold.
const STEP: usize = 64;

/// What can stand at an edge, each with what makes it so.
const CONSTRUCTS: [&[u8]; 18] = [
    b"a\"b,c\n",
    b"a\"\",\"b\n",
    b"\"a\"b,c\n",
    b"\"a\" \"b\",c\n",
    b"\"a\"\"b\",c\n",
    b"\"\"\"\",\"\"\n",
    b"\"\"\"a\n\"\"\",b\r\n",
    b"a,b\r\n",
    b"a,b\rc\r",
    b"a,b\n\n\nc\n",
    b"a\r\n\r\nb\r\r\n",
    b"\n\r\n\r\r\na,b\n",
    b"\xEF\xBB\xBFa,\xEF\xBB\xBF\"b\"\n",
    b"\"a\nb\",\"\r\n,\r\",c\n",
    b"\"a,b\",,\"\",\n",
    b",,\n,\"\",\n",
    b"\"open,\nand never closed",
    b"a,\"\r\"\r\"\n\"\r\n",
];

/// Every record, one byte at a time; and the blank lines.
fn naively(bytes: &[u8], delimiter: Delimiter) -> (Vec<NaiveRecord>, u64) {
    let (mut records, mut blank_lines, mut at) = (Vec::new(), 0, 0);
    loop {
        match naive::next_record(bytes, at, delimiter) {
            Next::Record(record) => {
                at = record.next;
                blank_lines += record.blank_lines;
                records.push(NaiveRecord {
                    blank_lines: 0,
                    ..record
                });
            }
            Next::End { blank_lines: last } => return (records, blank_lines + last),
        }
    }
}

/// The same with the scanner, as one region that starts at `shift` in its buffer.
fn scanned(bytes: &[u8], shift: usize, delimiter: Delimiter, cpu: Cpu) -> (Vec<NaiveRecord>, u64) {
    // What stands around a region is not its own: quotes and line ends would show.
    let mut buffer = vec![b'"'; shift];
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(&[b'\n'; PADDING]);
    let mut tokens = Tokens::new(cpu, delimiter);
    tokens.start(shift, shift + bytes.len());
    let mut records = Vec::new();
    while tokens.advance(&buffer) {
        records.extend(tokens.records().iter().map(|&record| {
            NaiveRecord {
                start: record.start as usize - shift,
                end: record.end as usize - shift,
                next: record.next as usize - shift,
                field_ends: tokens
                    .field_ends(record)
                    .iter()
                    .map(|&end| end as usize - shift)
                    .collect(),
                quote_fault: record.quote_fault,
                blank_lines: 0,
                unterminated: record.next == record.end,
            }
        }));
    }
    (records, tokens.blank_lines())
}

/// What the `csv` crate says of each record's fields; a byte order mark in front is for it to drop.
fn by_csv_crate(bytes: &[u8], delimiter: Delimiter) -> Vec<Vec<Vec<u8>>> {
    let marked = [b"\xEF\xBB\xBF", bytes].concat();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(marked.as_slice());
    reader
        .byte_records()
        .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// A well-formed field's content.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let Some(inner) = raw.strip_prefix(b"\"") else {
        return raw.to_vec();
    };
    let mut content = Vec::new();
    let mut bytes = inner[..inner.len() - 1].iter();
    while let Some(&byte) = bytes.next() {
        content.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
    content
}

/// The naive reader draws the boundaries of the `csv` crate, and finds its fields where nothing is malformed.
fn assert_as_csv_crate(bytes: &[u8], delimiter: Delimiter) {
    let (records, _) = naively(bytes, delimiter);
    let theirs = by_csv_crate(bytes, delimiter);
    assert_eq!(records.len(), theirs.len(), "{}", bytes.escape_ascii());
    for (record, theirs) in records.iter().zip(theirs) {
        assert_eq!(
            record.field_ends.len(),
            theirs.len(),
            "{}",
            bytes.escape_ascii()
        );
        if !record.quote_fault {
            let mut start = record.start;
            for (&end, content) in record.field_ends.iter().zip(theirs) {
                assert_eq!(
                    unescaped(&bytes[start..end]),
                    content,
                    "{}",
                    bytes.escape_ascii()
                );
                start = end + 1;
            }
        }
    }
}

fn assert_scanned_as_naively(bytes: &[u8], shift: usize, delimiter: Delimiter) {
    let expected = naively(bytes, delimiter);
    for cpu in [Cpu::detect(), Cpu::baseline(), Cpu::portable()] {
        let found = scanned(bytes, shift, delimiter, cpu);
        assert_eq!(
            found,
            expected,
            "{cpu:?} at {shift}: {}",
            bytes.escape_ascii()
        );
    }
}

/// The reader's state after these bytes, told by what a quote and a line end that come next would do.
fn state_after(bytes: &[u8], delimiter: Delimiter) -> EdgeState {
    let (mut quoted, mut can_open) = (false, true);
    for &byte in bytes {
        (quoted, can_open) = match byte {
            b'"' if quoted => (false, true),
            _ if quoted => (true, false),
            b'"' if can_open => (true, false),
            b'\n' | b'\r' => (false, true),
            _ => (false, byte == delimiter.byte()),
        };
    }
    match (quoted, can_open) {
        (true, _) => EdgeState::Quoted,
        (false, true) => EdgeState::FieldStart,
        (false, false) => EdgeState::Unquoted,
    }
}

/// Blocks are cut at `at`: the first one's summary leads to the second one's state, and its last record ends where one does.
fn assert_cut(bytes: &[u8], at: usize, delimiter: Delimiter) {
    let (first, second) = bytes.split_at(at);
    let ends: Vec<usize> = line_ends(bytes, delimiter);
    for cpu in [Cpu::detect(), Cpu::baseline(), Cpu::portable()] {
        let what = || format!("{cpu:?} cut at {at}: {}", bytes.escape_ascii());
        let middle = BlockSummary::of(cpu, first, delimiter).after(EdgeState::FieldStart);
        assert_eq!(middle, state_after(first, delimiter), "{}", what());
        let after = BlockSummary::of(cpu, second, delimiter).after(middle);
        assert_eq!(after, state_after(bytes, delimiter), "{}", what());

        for (block, offset, before, after) in [
            (first, 0, EdgeState::FieldStart, middle),
            (second, at, middle, after),
        ] {
            // A CR that ends the block may be half a terminator; an LF that starts it may be the other half.
            let end = offset + block.len() - usize::from(block.last() == Some(&b'\r'));
            let expected = ends
                .iter()
                .rev()
                .find(|&&line_end| line_end > offset && line_end <= end);
            let found = last_record_end(cpu, block, delimiter, before, after);
            let found = found.map(|found| offset + found);
            let half = found.is_some_and(|found| {
                found < bytes.len() && bytes[found - 1] == b'\r' && bytes[found] == b'\n'
            });
            assert!(!half, "a CR without its LF: {}", what());
            assert_eq!(found.as_ref(), expected, "{}", what());
        }
    }
}

/// Bytes after each line end, of records and of blank lines; LF and CR each count, as blocks may part them.
fn line_ends(bytes: &[u8], delimiter: Delimiter) -> Vec<usize> {
    (0..bytes.len())
        .filter(|&at| {
            matches!(bytes[at], b'\n' | b'\r')
                && !(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n'))
                && state_after(&bytes[..at], delimiter) != EdgeState::Quoted
        })
        .map(|at| at + 1)
        .collect()
}

#[test]
fn every_construct_on_either_side_of_a_steps_edge() {
    for construct in CONSTRUCTS {
        for lead in [&b"x,y\n"[..], b"x,\"y\"\r\n", b"\"x\ny\",z\r"] {
            for edge in [STEP, 2 * STEP] {
                for before in 0..=construct.len() + 1 {
                    // Filled up with text so that the construct starts `before` bytes before the edge.
                    let Some(fill) = (edge + 1).checked_sub(lead.len() + before + 2) else {
                        continue;
                    };
                    let mut bytes = lead.to_vec();
                    bytes.extend(std::iter::repeat_n(b'f', fill));
                    bytes.push(b'\n');
                    bytes.extend_from_slice(construct);
                    bytes.extend_from_slice(b"1,\"2\"\n3");
                    assert_as_csv_crate(&bytes, Delimiter::COMMA);
                    for shift in [0, 1, 63] {
                        assert_scanned_as_naively(&bytes, shift, Delimiter::COMMA);
                    }
                }
            }
        }
    }
}

#[test]
fn every_construct_in_a_long_quoted_field_and_after_one() {
    for construct in CONSTRUCTS {
        for length in (0..=3 * STEP)
            .step_by(13)
            .chain([63, 64, 65, 16_383, 16_384])
        {
            let text = "q".repeat(length);
            for lead in [
                format!("\"{text}\","),
                format!("\"{text}"),
                format!("{text},"),
            ] {
                let bytes = [lead.as_bytes(), construct, b"\"x\"\n", construct].concat();
                assert_as_csv_crate(&bytes, Delimiter::COMMA);
                assert_scanned_as_naively(&bytes, 7, Delimiter::COMMA);
            }
        }
    }
}

#[test]
fn every_construct_on_either_side_of_a_blocks_edge() {
    for construct in CONSTRUCTS {
        for next in CONSTRUCTS {
            let bytes = [b"x,y\n", construct, next, b"z,\"\"\n"].concat();
            for at in 0..=bytes.len() {
                assert_cut(&bytes, at, Delimiter::COMMA);
            }
        }
    }
}

/// Bytes of which few are plain text.
fn hostile(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(b"\"".to_vec()),
        2 => Just(b"\"\"".to_vec()),
        3 => Just(b",".to_vec()),
        2 => Just(b"\n".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b";".to_vec()),
        2 => Just(b"a".to_vec()),
        1 => (1_usize..70).prop_map(|count| vec![b'x'; count]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..length).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_as_the_csv_crate_does(bytes in hostile(200), delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'a')]) {
        let delimiter = Delimiter::new(delimiter).unwrap_or(Delimiter::COMMA);
        assert_as_csv_crate(&bytes, delimiter);
    }

    #[test]
    fn any_bytes_are_scanned_as_they_are_read_naively(bytes in hostile(400), shift in 0_usize..130) {
        assert_scanned_as_naively(&bytes, shift, Delimiter::COMMA);
    }

    #[test]
    fn any_bytes_may_be_cut_anywhere(bytes in hostile(120), at in 0_usize..1000) {
        assert_cut(&bytes, at % (bytes.len() + 1), Delimiter::COMMA);
    }
}
