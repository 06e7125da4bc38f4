//! What passes from window to window is right, and nothing passes from region to region.

use proptest::prelude::*;

use super::super::naive::{Next, next_record};
use super::*;

const WINDOW: usize = WINDOW_STEPS * STEP;

/// Start, end and next of each record, where its fields end, whether its quotes are at fault; then the blank lines and their bytes.
type Found = (Vec<(usize, usize, usize, Vec<u32>, bool)>, u64, u64);

fn scanned(tokens: &mut Tokens, bytes: &[u8]) -> Found {
    let buffer = [bytes, &[b'\n'; PADDING]].concat();
    tokens.start(0, bytes.len());
    let mut records = Vec::new();
    while tokens.advance(&buffer) {
        records.extend(tokens.records().iter().map(|&record| {
            let field_ends = tokens.field_ends(record);
            assert_eq!(field_ends.len(), record.fields as usize);
            (
                record.start as usize,
                record.end as usize,
                record.next as usize,
                field_ends,
                record.quote_fault,
            )
        }));
    }
    (records, tokens.blank_lines(), tokens.blank_bytes())
}

fn by_byte(bytes: &[u8]) -> Found {
    let (mut records, mut blank_lines, mut at) = (Vec::new(), 0, 0);
    loop {
        match next_record(bytes, at, Delimiter::COMMA) {
            Next::Record(record) => {
                let ends = record.field_ends.iter().map(|&end| end as u32).collect();
                let fault = record.quote_fault;
                blank_lines += record.blank_lines;
                records.push((record.start, record.end, record.next, ends, fault));
                at = record.next;
            }
            Next::End { blank_lines: last } => {
                let whole: usize = records.iter().map(|record| record.2 - record.0).sum();
                return (records, blank_lines + last, (bytes.len() - whole) as u64);
            }
        }
    }
}

/// Of those in an earlier window one is kept, and only for the record that goes on.
#[test]
fn faults_are_of_the_record_that_they_stand_in_however_long_it_is() {
    let fill = "x".repeat(2 * WINDOW);
    let quotes = "\"".repeat(WINDOW);
    for text in [
        format!("a\"b{fill},c\nd,{fill}\n\"e\",f\n"),
        format!("a{quotes}{fill}\nb,{fill}\n"),
        format!("a{quotes}\n{fill}\nb{quotes}{quotes},\nc\n"),
        format!("a{fill}\n{fill}\"\nb,{fill}\n"),
        format!("a\"{fill}"),
    ] {
        for cpu in Cpu::all() {
            let mut tokens = Tokens::new(cpu, Delimiter::COMMA);
            assert_eq!(
                scanned(&mut tokens, text.as_bytes()),
                by_byte(text.as_bytes())
            );
        }
    }
}

#[test]
fn a_line_end_may_lie_on_the_edge_of_a_window() {
    for line_end in [
        "\n", "\r", "\r\n", "\n\n", "\n\r", "\r\r\n", "\r\n\r\n", ",\r\n",
    ] {
        for before in WINDOW - 5..WINDOW + 2 {
            for field in ["x", "\"", "\"x\""] {
                let fill = "x".repeat(before - field.len());
                let text = match field {
                    "\"" => format!("\"{fill}\"{line_end}a,b{line_end}"),
                    _ => format!("{field},{fill}{line_end}a,b{line_end}"),
                };
                let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
                let found = scanned(&mut tokens, text.as_bytes());
                assert_eq!(
                    found,
                    by_byte(text.as_bytes()),
                    "{before} {field} {line_end:?}"
                );
            }
        }
    }
}

#[test]
fn a_region_is_scanned_as_if_it_were_the_first() {
    let regions = [
        "a\r", "a\n", "a", "\"a", "\n\n", "\n", "\r\n", "\"b\"x\n", "b\"c\r", "a,b\nc\n", ",\n", "",
    ];
    for first in regions {
        for second in regions {
            let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
            for region in [first, second, first] {
                let found = scanned(&mut tokens, region.as_bytes());
                assert_eq!(found, by_byte(region.as_bytes()), "{first:?}, {second:?}");
            }
        }
    }
}

/// What needs a closer look than most bytes.
const SPECIALS: [&str; 14] = [
    "\"a,b\"",
    "\"",
    "\"\"",
    ",\"x\ny\",",
    "\r\n",
    "\r",
    "\n\n",
    "\n\"",
    "\",\n",
    "\"a\"b",
    "\n\r\n",
    ",\"\"\n",
    "\"\r\"",
    "x\"y",
];

proptest! {
    /// Most steps have neither quotes nor CR, as in most supplies, and some do.
    #[test]
    fn a_few_specials_among_many_steps(
        pieces in proptest::collection::vec(
            (prop_oneof![0..70_usize, 0..6_000_usize], 0..SPECIALS.len(), prop_oneof![Just(9_usize), 1..400_usize]),
            1..24,
        ),
        ends_with in 0..SPECIALS.len() + 1,
    ) {
        let mut text = String::new();
        for &(calm, special, width) in &pieces {
            let line = format!("{},{}\n", "x".repeat(width / 3), "y".repeat(width - width / 3));
            text.extend(line.chars().cycle().take(calm));
            text.push_str(SPECIALS[special]);
        }
        text.push_str(SPECIALS.get(ends_with).unwrap_or(&"z"));
        let expected = by_byte(text.as_bytes());
        for cpu in Cpu::all() {
            let mut tokens = Tokens::new(cpu, Delimiter::COMMA);
            prop_assert_eq!(&scanned(&mut tokens, text.as_bytes()), &expected, "{:?}", cpu);
        }
    }
}
