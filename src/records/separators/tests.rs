//! What is sought is where every field ends, for any columns, wherever records lie among words and windows.

use proptest::prelude::*;

use super::super::{Cpu, Delimiter, PADDING, Tokens};
use super::*;

/// Left in places that were not sought.
const UNTOUCHED: u32 = u32::MAX;

/// A region of records with these field lengths, and what is sought of each in records of as many fields.
fn assert_sought(records: &[Vec<usize>], shift: usize, wanted_of: impl Fn(usize) -> bool) {
    let mut buffer = vec![b','; shift];
    let mut expected = Vec::new();
    for fields in records {
        let mut ends = Vec::new();
        for &length in fields {
            buffer.resize(buffer.len() + length, b'x');
            ends.push(buffer.len() as u32);
            buffer.push(b',');
        }
        *buffer.last_mut().expect("a field") = b'\n';
        expected.push(ends);
    }
    let end = buffer.len();
    buffer.resize(end + PADDING, b',');
    let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
    tokens.start(shift, end);
    let mut expected = expected.into_iter();
    while tokens.advance(&buffer) {
        for &record in tokens.records() {
            let all = expected.next().expect("no record more");
            assert_eq!(tokens.field_ends(record), all);
            let wanted: Vec<usize> = (0..all.len()).filter(|&column| wanted_of(column)).collect();
            let mut edges = Edges::new(all.len(), &wanted);
            assert_eq!(tokens.seek_all(Cpu::detect(), &[record], &mut edges), 1);
            for cpu in Cpu::all() {
                let mut again = Edges::new(all.len(), &wanted);
                assert_eq!(tokens.seek_all(cpu, &[record], &mut again), 1);
                assert_eq!(again.places, edges.places, "{cpu:?}");
            }
            let mut put = vec![UNTOUCHED; all.len()];
            assert_eq!(edges.put(0, &mut put), record.start);
            for (column, (&put, &right)) in put.iter().zip(&all).enumerate() {
                let is_edge =
                    wanted_of(column) || (column + 1 < all.len() && wanted_of(column + 1));
                let is_kept = is_edge || column + 1 == all.len();
                assert_eq!(
                    put,
                    if is_kept { right } else { UNTOUCHED },
                    "column {column} of {}, {wanted:?} wanted",
                    all.len()
                );
                if wanted_of(column) {
                    assert_eq!(edges.after(column)[0], right);
                    let before = if column == 0 {
                        record.start.wrapping_sub(1)
                    } else {
                        all[column - 1]
                    };
                    assert_eq!(edges.before(column)[0], before);
                }
            }
        }
    }
    assert_eq!(expected.next(), None, "no record less");
}

proptest! {
    #[test]
    fn what_is_sought_is_found(
        records in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![4 => 1..6_usize, 1 => Just(0_usize), 2 => 6..200_usize], 2..20),
            1..30,
        ),
        shift in 0..130_usize,
        wanted in any::<u32>(),
        also in any::<u32>(),
    ) {
        assert_sought(&records, shift, |column| wanted & also & 1 << column != 0);
    }
}

/// Every number of first and last columns, in records that fit into a word and in some that span many.
#[test]
fn any_number_of_columns_is_sought() {
    for length in [0, 1, 3, 9, 70, 20_000] {
        for columns in [2, 3, 10, 20] {
            if length * columns > 60_000 {
                continue;
            }
            let records = vec![
                vec![length; columns],
                vec![1; columns],
                vec![length; columns],
            ];
            for first in 0..columns {
                for last in [0, 1, 2, 5, 6, 7, 8, 9] {
                    let wanted = |column: usize| column < first || column + last >= columns;
                    assert_sought(&records, 64 - first, wanted);
                }
            }
        }
    }
}
