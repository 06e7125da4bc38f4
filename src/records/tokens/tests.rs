//! What passes from window to window is right, and nothing passes from region to region.

use super::super::naive::{Next, next_record};
use super::*;

const WINDOW: usize = WINDOW_STEPS * STEP;

/// Start, end, next and fields of each record, whether its quotes are at fault; then the blank lines and their bytes.
type Found = (Vec<(usize, usize, usize, usize, bool)>, u64, u64);

fn scanned(tokens: &mut Tokens, bytes: &[u8]) -> Found {
    let buffer = [bytes, &[b'\n'; PADDING]].concat();
    tokens.start(0, bytes.len());
    let mut records = Vec::new();
    while tokens.advance(&buffer) {
        records.extend(tokens.records().iter().map(|record| {
            (
                record.start as usize,
                record.end as usize,
                record.next as usize,
                record.fields as usize,
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
                let fields = record.field_ends.len();
                let fault = record.quote_fault;
                blank_lines += record.blank_lines;
                records.push((record.start, record.end, record.next, fields, fault));
                at = record.next;
            }
            Next::End { blank_lines: last } => {
                let whole: usize = records.iter().map(|record| record.2 - record.0).sum();
                return (records, blank_lines + last, (bytes.len() - whole) as u64);
            }
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
