//! Owns the proof that the oracle's reader draws the boundaries of the `csv` crate. It never runs the crate under test.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
mod oracle;

use oracle::{dice::Dice, hostile, reader};
use proptest::prelude::*;

const DELIMITERS: [u8; 6] = [b',', b'\t', b'|', b';', 0x01, b'\''];

/// What the `csv` crate says: each record's start and fields.
fn by_csv_crate(input: &[u8], delimiter: u8) -> Vec<(usize, Vec<Vec<u8>>)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(input);
    let mut found = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader
        .read_byte_record(&mut record)
        .expect("bytes in memory")
    {
        // The crate's position is where it stood: before a byte order mark, the LF of a CRLF, and blank lines.
        let mut start = record.position().expect("a position").byte() as usize;
        if start == 0 && input.starts_with(reader::BOM) {
            start = reader::BOM.len();
        }
        while matches!(input[start], b'\r' | b'\n') {
            start += 1;
        }
        found.push((start, record.iter().map(<[u8]>::to_vec).collect()));
    }
    found
}

fn agree(input: &[u8], delimiter: u8) {
    let sheet = reader::read(input, delimiter);
    let found: Vec<(usize, Vec<Vec<u8>>)> = sheet
        .records
        .iter()
        .map(|record| {
            let fields = record
                .fields
                .iter()
                .map(|field| field.value.clone())
                .collect();
            (record.offset, fields)
        })
        .collect();
    assert_eq!(
        found,
        by_csv_crate(input, delimiter),
        "input {:?}",
        input.escape_ascii()
    );

    // What is left between the records is the mark and blank lines, and nothing else.
    let mut end = if sheet.bom { 3 } else { 0 };
    let mut blank = 0;
    for record in &sheet.records {
        blank += count_blank_lines(&input[end..record.offset]);
        let raws: Vec<&[u8]> = record
            .fields
            .iter()
            .map(|field| field.raw.as_slice())
            .collect();
        assert_eq!(raws.join(&delimiter), record.raw);
        end = record.offset + record.raw.len();
        assert_eq!(&input[record.offset..end], record.raw);
        assert!(input[end..].starts_with(&record.terminator));
        end += record.terminator.len();
    }
    blank += count_blank_lines(&input[end..]);
    assert_eq!(blank, sheet.blank_lines, "input {:?}", input.escape_ascii());

    // A record without a defect is what a strict grammar says it is.
    for field in sheet
        .records
        .iter()
        .filter(|record| !record.broken)
        .flat_map(|r| &r.fields)
    {
        match field.raw.strip_prefix(b"\"") {
            Some(rest) => {
                let inside = rest.strip_suffix(b"\"").expect("a closing quote");
                let doubled: Vec<u8> = field
                    .value
                    .iter()
                    .flat_map(|b| if *b == b'"' { vec![*b; 2] } else { vec![*b] })
                    .collect();
                assert_eq!(inside, doubled);
            }
            None => {
                assert_eq!(field.raw, field.value);
                assert!(!field.raw.contains(&b'"'));
            }
        }
    }
}

fn count_blank_lines(gap: &[u8]) -> u64 {
    assert!(
        gap.iter().all(|byte| matches!(byte, b'\r' | b'\n')),
        "{gap:?}"
    );
    let text = std::str::from_utf8(gap).expect("CR and LF");
    text.replace("\r\n", "\n").len() as u64
}

#[test]
fn seeded_hostile_bytes_are_read_as_the_csv_crate_reads_them() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let delimiter = *dice.one(&DELIMITERS);
        let mut input = if dice.chance(25) {
            reader::BOM.to_vec()
        } else {
            Vec::new()
        };
        input.extend(hostile::bytes(&mut dice, delimiter, 40));
        agree(&input, delimiter);
    }
}

#[test]
fn every_short_input_is_read_as_the_csv_crate_reads_it() {
    let alphabet = [b'"', b',', b'\n', b'\r', b'a'];
    for length in 0..=7_u32 {
        for number in 0..5_usize.pow(length) {
            let input: Vec<u8> = (0..length)
                .map(|place| alphabet[number / 5_usize.pow(place) % 5])
                .collect();
            agree(&input, b',');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_read_as_the_csv_crate_reads_them(
        bom in any::<bool>(),
        input in prop::collection::vec(prop_oneof![
            4 => prop::sample::select(b"\",\n\r\t|;a ".to_vec()),
            1 => any::<u8>(),
        ], 0..120),
        delimiter in prop::sample::select(DELIMITERS.to_vec()),
    ) {
        let mut whole = if bom { reader::BOM.to_vec() } else { Vec::new() };
        whole.extend(input);
        agree(&whole, delimiter);
    }
}

#[test]
fn defects_mark_the_records_that_they_touch() {
    let sheet = reader::read(
        b"a,b\n\"x\"y,1\nab\"c,2\n\"\",\"p\"\"q\"\n \"x\",3\n\r\n\"open,\n4",
        b',',
    );
    let broken: Vec<bool> = sheet.records.iter().map(|record| record.broken).collect();
    assert_eq!(broken, [false, true, true, false, true, true]);
    assert_eq!(sheet.records[3].fields[1].value, b"p\"q");
    assert_eq!(sheet.records[3].fields[0].raw, b"\"\"");
    assert_eq!(sheet.records[5].fields[0].value, b"open,\n4");
    assert_eq!(sheet.blank_lines, 1);
}

#[test]
fn an_empty_quoted_field_is_a_record_and_a_mark_counts_only_at_the_start() {
    let sheet = reader::read(b"\xef\xbb\xbf\r\"\"\r\n\xef\xbb\xbfx,", b',');
    assert!(sheet.bom);
    assert_eq!(sheet.blank_lines, 1);
    assert_eq!(sheet.records[0].offset, 4);
    assert_eq!(sheet.records[0].terminator, b"\r\n");
    assert_eq!(sheet.records[1].fields[0].value, b"\xef\xbb\xbfx");
    assert_eq!(sheet.records[1].fields.len(), 2);
    assert!(sheet.records[1].terminator.is_empty());
}
