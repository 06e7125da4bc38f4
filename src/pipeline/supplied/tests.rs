//! What is found of many records at once is what `push_columns` makes of each alone.

use proptest::prelude::*;

use super::*;
use crate::pipeline::gather::push_columns;
use crate::program::RecordFields;
use crate::records::{Delimiter, PADDING};

/// What is written of records of which those whose bit is set are permitted, by one way and by the other.
fn both_ways(
    cpu: Cpu,
    text: &[u8],
    columns: usize,
    runs: &[Range<usize>],
    permitted: u64,
) -> [Vec<u8>; 2] {
    let mut buffer = text.to_vec();
    buffer.resize(text.len() + PADDING, b',');
    let mut tokens = Tokens::new(cpu, Delimiter::COMMA);
    tokens.start(0, text.len());
    let mut supplied = Columns::new(columns, runs);
    let (mut found, mut plain) = (OutBuffer::new(), OutBuffer::new());
    let mut number = 0;
    while tokens.advance(&buffer) {
        let is_permitted = |record: &RecordSpan, number: u32| {
            let is_whole = record.fields as usize == columns && !record.quote_fault;
            is_whole && permitted >> (number % 64) & 1 == 1
        };
        let numbered = tokens.records().iter().zip(number..);
        let outcomes: Vec<u32> = numbered
            .map(|(record, number)| {
                if is_permitted(record, number) {
                    PERMITTED
                } else {
                    0
                }
            })
            .collect();
        number += outcomes.len() as u32;
        for (&record, &outcome) in tokens.records().iter().zip(&outcomes) {
            let (start, end) = (record.start as usize, record.end as usize);
            if outcome == PERMITTED {
                let ends = tokens.field_ends(record);
                let fields = RecordFields::new(&buffer, record.start, &ends);
                push_columns(runs, &fields, b',', &mut plain);
            } else {
                plain.push(&buffer[start..end]);
            }
            plain.push(b"\n");
        }
        let (mut records, mut outcomes) = (tokens.records(), outcomes.as_slice());
        while !records.is_empty() {
            let rows = supplied.find(cpu, &tokens, records, outcomes);
            for (row, (record, &outcome)) in records.iter().zip(outcomes).take(rows).enumerate() {
                let mut push = |supplied: &dyn Supplied| {
                    supplied.push_before(row, outcome == PERMITTED, &buffer, &mut found);
                    let (start, end) = supplied.text(row, record);
                    found.push(&buffer[start..end]);
                };
                match supplied.found() {
                    Found::OneRun(supplied) => push(&supplied),
                    Found::Runs(supplied) => push(&supplied),
                }
                found.push(b"\n");
            }
            (records, outcomes) = (&records[rows..], &outcomes[rows..]);
        }
    }
    [found, plain].map(|out| out.content().to_vec())
}

proptest! {
    #[test]
    fn columns_are_found_in_many_records_as_in_each(
        fields in proptest::collection::vec(
            prop_oneof![
                6 => "[a-z]{0,12}",
                1 => "\"[a-z,]{0,9}\"",
                1 => "[a-z]{60,140}",
                1 => Just("x\"".to_owned()),
                1 => Just("a,b".to_owned()),
            ],
            1..700,
        ),
        columns in 1..9_usize,
        wanted in 1..512_u32,
        permitted: u64,
    ) {
        let wanted: Vec<usize> = (0..columns).filter(|column| wanted >> column & 1 == 1).collect();
        prop_assume!(!wanted.is_empty());
        let mut runs: Vec<Range<usize>> = Vec::new();
        for column in wanted {
            match runs.last_mut() {
                Some(run) if run.end == column => run.end += 1,
                _ => runs.push(column..column + 1),
            }
        }
        let records: Vec<String> = fields.chunks(columns).map(|record| record.join(",")).collect();
        let text = records.join("\n");
        for cpu in Cpu::all() {
            let [found, plain] = both_ways(cpu, text.as_bytes(), columns, &runs, permitted);
            prop_assert_eq!(found, plain, "{:?}", cpu);
        }
    }
}
