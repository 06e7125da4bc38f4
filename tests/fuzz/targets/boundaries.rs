//! Owns the comparison of the scanner with the naive reader, and of that with the `csv` crate: whole texts, texts that
//! start anywhere in their buffer, texts cut anywhere into blocks, and one record at a time.

use withhold::records::naive::{self, NaiveRecord, Next};
use withhold::records::{BlockSummary, Cpu, Delimiter, EdgeState, PADDING, Tokens, Walk};

/// Bytes that the scanner works through at a time.
const WINDOW: usize = 16 << 10;

/// A fuzzer's bytes: how to read the text (five bytes), then the text.
pub(crate) fn check(data: &[u8]) {
    let Some((&[delimiter, shift, cut_high, cut_low, lead], text)) = data.split_first_chunk()
    else {
        return;
    };
    let delimiter = Delimiter::new(delimiter).unwrap_or(Delimiter::COMMA);
    let cut = usize::from(u16::from_be_bytes([cut_high, cut_low])) % (text.len() + 1);
    assert_as_csv_crate(text, delimiter);
    assert_scanned_as_naively(text, usize::from(shift) % 130, delimiter);
    assert_walked_as_naively(text, delimiter);
    assert_cut(text, cut, delimiter);
    if lead % 8 == 7 {
        // The same text on the edge of a window, in a long field: an unquoted one, or one whose quote the text may close.
        let quote: &[u8] = if lead & 8 == 0 { b"x" } else { b"\"" };
        let fill = vec![b'x'; WINDOW - 1 - usize::from(lead >> 4) * 8];
        assert_scanned_as_naively(&[quote, &fill, text].concat(), 0, delimiter);
    }
}

/// Every record, one byte at a time; and the blank lines.
pub(crate) fn naively(bytes: &[u8], delimiter: Delimiter) -> (Vec<NaiveRecord>, u64) {
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
pub(crate) fn assert_as_csv_crate(bytes: &[u8], delimiter: Delimiter) {
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

pub(crate) fn assert_scanned_as_naively(bytes: &[u8], shift: usize, delimiter: Delimiter) {
    let expected = naively(bytes, delimiter);
    for cpu in Cpu::all() {
        let found = scanned(bytes, shift, delimiter, cpu);
        assert_eq!(
            found,
            expected,
            "{cpu:?} at {shift}: {}",
            bytes.escape_ascii()
        );
    }
}

/// A walk gives the records of the whole text.
fn assert_walked_as_naively(bytes: &[u8], delimiter: Delimiter) {
    let mut walk = Walk::new(bytes, 0, delimiter, bytes.len());
    for expected in naively(bytes, delimiter).0 {
        let found = walk
            .next_record()
            .expect("bytes in memory")
            .expect("as many records");
        assert_eq!(found.offset, expected.start as u64);
        assert_eq!(found.bytes(), &bytes[expected.start..expected.end]);
        let field_ends: Vec<usize> = found
            .field_ends
            .iter()
            .map(|&end| end as usize + expected.start)
            .collect();
        assert_eq!(field_ends, expected.field_ends);
        assert_eq!(
            (found.quote_fault, found.unterminated),
            (expected.quote_fault, expected.unterminated)
        );
    }
    let after = walk.next_record().expect("bytes in memory");
    assert_eq!(after, None, "{}", bytes.escape_ascii());
}

/// The reader's states before each byte and after the last, told by what a quote and a line end that come next would do.
fn states(bytes: &[u8], delimiter: Delimiter) -> Vec<EdgeState> {
    let (mut quoted, mut can_open) = (false, true);
    let mut states = vec![EdgeState::FieldStart];
    for &byte in bytes {
        (quoted, can_open) = match byte {
            b'"' if quoted => (false, true),
            _ if quoted => (true, false),
            b'"' if can_open => (true, false),
            b'\n' | b'\r' => (false, true),
            _ => (false, byte == delimiter.byte()),
        };
        states.push(match (quoted, can_open) {
            (true, _) => EdgeState::Quoted,
            (false, true) => EdgeState::FieldStart,
            (false, false) => EdgeState::Unquoted,
        });
    }
    states
}

/// Blocks are cut at `at`: the first one's summary leads to the second one's state, and its last record ends where one does.
pub(crate) fn assert_cut(bytes: &[u8], at: usize, delimiter: Delimiter) {
    let (first, second) = bytes.split_at(at);
    let states = states(bytes, delimiter);
    let ends = line_ends(bytes, &states);
    for cpu in Cpu::all() {
        let what = || format!("{cpu:?} cut at {at}: {}", bytes.escape_ascii());
        let of_first = BlockSummary::of(cpu, first, delimiter);
        let middle = of_first.after(EdgeState::FieldStart);
        assert_eq!(middle, states[at], "{}", what());
        let of_second = BlockSummary::of(cpu, second, delimiter);
        assert_eq!(of_second.after(middle), states[bytes.len()], "{}", what());

        for (summary, block, offset, before) in [
            (of_first, first, 0, EdgeState::FieldStart),
            (of_second, second, at, middle),
        ] {
            // A CR that ends the block may be half a terminator; an LF that starts it may be the other half.
            let end = offset + block.len() - usize::from(block.last() == Some(&b'\r'));
            let expected = ends
                .iter()
                .rev()
                .find(|&&line_end| line_end > offset && line_end <= end);
            let found = summary.last_record_end(cpu, block, delimiter, before);
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
fn line_ends(bytes: &[u8], states: &[EdgeState]) -> Vec<usize> {
    (0..bytes.len())
        .filter(|&at| {
            matches!(bytes[at], b'\n' | b'\r')
                && !(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n'))
                && states[at] != EdgeState::Quoted
        })
        .map(|at| at + 1)
        .collect()
}
