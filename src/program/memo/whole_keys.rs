//! Keys are compared whole, whatever their hashes are: here the first entry is in every slot.

use super::lanes::LENGTH_MAX;
use super::*;
use crate::records::PADDING;

/// Columns as a record of a buffer in which `after` follows each value but a delimiter, and the last one's too.
struct Text {
    buffer: Vec<u8>,
    ends: Vec<u32>,
}

impl Text {
    fn of(columns: &[&[u8]], after: u8) -> Self {
        let (mut buffer, mut ends) = (Vec::new(), Vec::new());
        for column in columns {
            buffer.extend_from_slice(column);
            ends.push(buffer.len() as u32);
            buffer.push(b',');
        }
        buffer.extend([after; PADDING]);
        Self { buffer, ends }
    }

    fn record(&self) -> RecordFields<'_> {
        RecordFields::new(&self.buffer, 0, &self.ends)
    }
}

fn remember(memo: &mut Memo, text: &Text, value: u32) -> Option<u32> {
    memo.recall(&text.record(), || value)
}

/// Puts the one entry there is into every slot, as if all hashes were one.
pub(super) fn fill_slots(memo: &mut Memo) {
    fill_slots_with(memo, |head| !head.is_empty());
}

/// The same with the first entry that is wanted.
fn fill_slots_with(memo: &mut Memo, is_wanted: impl Fn(Head) -> bool) {
    let stride = memo.stride();
    let mut slots = memo.slots.chunks_exact(stride);
    let slot = slots.find(|slot| is_wanted(Head::of_lane(&slot[0])));
    let slot = slot.expect("an entry").to_vec();
    for other in memo.slots.chunks_exact_mut(stride) {
        other.copy_from_slice(&slot);
    }
}

/// Lengths on both sides of every border: a word's, a lane's, the longest.
const LENGTHS: [usize; 17] = [
    0,
    1,
    7,
    8,
    9,
    15,
    16,
    17,
    24,
    31,
    32,
    33,
    40,
    63,
    72,
    LENGTH_MAX - 1,
    LENGTH_MAX,
];

#[test]
fn every_byte_of_a_key_tells() {
    for first_length in LENGTHS {
        for second_length in [0, 5, 32, 33, LENGTH_MAX] {
            let mut columns = [
                vec![b'k'; first_length],
                b"-".to_vec(),
                vec![b'k'; second_length],
            ];
            let text = |columns: &[Vec<u8>; 3], after| {
                Text::of(&columns.each_ref().map(Vec::as_slice), after)
            };
            let mut memo = Memo::new(&[0, 2]);
            assert_eq!(remember(&mut memo, &text(&columns, b'x'), 0), Some(0));
            fill_slots(&mut memo);
            // What stands between and after the columns is no part of the key.
            columns[1] = b"=".to_vec();
            assert_eq!(
                memo.find(&text(&columns, 0).record()).ok(),
                Some(0),
                "{first_length} and {second_length} bytes"
            );
            for column in [0, 2] {
                for at in 0..columns[column].len() {
                    columns[column][at] ^= 1;
                    let found = memo.find(&text(&columns, b'x').record());
                    assert!(
                        matches!(found, Err(Missed::Crowded)),
                        "byte {at} of column {column}, {first_length} and {second_length} bytes"
                    );
                    columns[column][at] ^= 1;
                }
            }
        }
    }
}

#[test]
fn keys_without_lanes_tell_where_a_column_ends() {
    let long = [b'x'; LENGTH_MAX + 1];
    let mut memo = Memo::new(&[0, 2, 4]);
    let divided = [
        Text::of(&[b"ab", b"", b"c", b"", &long], b'x'),
        Text::of(&[b"a", b"", b"bc", b"", &long], b'x'),
        Text::of(&[b"abc", b"", b"", b"", &long], b'x'),
        Text::of(&[b"", b"", b"abc", b"", &long], b'x'),
    ];
    for new in [0, 100] {
        for (number, text) in (0..).zip(&divided) {
            assert_eq!(remember(&mut memo, text, new + number), Some(number));
        }
    }
}

#[test]
fn long_keys_and_entries_are_bounded() {
    let mut memo = Memo::new(&[0]);
    let longest = [b'x'; LONG_KEY_BYTES_MAX];
    // A key holds a length too.
    let fits = longest.len() - size_of::<usize>();
    let text = |length: usize| Text::of(&[&longest[..length]], b'x');
    assert_eq!(remember(&mut memo, &text(fits + 1), 0), None);
    assert_eq!(remember(&mut memo, &text(fits), 0), Some(0));
    for number in 1..3 * ENTRIES_MAX as u32 {
        // Which slots are crowded depends on the hashes, which no run has twice.
        let text = Text::of(&[number.to_string().as_bytes()], b'x');
        remember(&mut memo, &text, number);
    }
    assert_eq!(memo.count, ENTRIES_MAX);
    assert_eq!(remember(&mut memo, &text(LENGTH_MAX + 1), 0), None);
    assert_eq!(remember(&mut memo, &text(fits), 7), Some(0));
}

/// A key that goes on after a lane is compared there too.
#[test]
fn every_long_run_is_told() {
    for run in 0..RUNS_MAX {
        for length in 0..=u8::MAX {
            for other in [0, 1, 31, 32, 33, 128, 160, 161, 254, 255] {
                let mut lengths = Lengths::default();
                for place in 0..RUNS_MAX {
                    lengths.set(place, other);
                }
                lengths.set(run, length);
                let is_long = [length, other]
                    .iter()
                    .any(|&length| usize::from(length) > LANE_BYTES);
                assert_eq!(lengths.is_any_long(), is_long, "{length} among {other}");
            }
        }
    }
}

/// Speed alone depends on it: the same key has the same hash, and each byte counts.
#[test]
fn a_hash_is_of_the_key_alone() {
    let mut memo = Memo::new(&[0, 2]);
    let mut hash = |text: &Text| {
        tests::with_rows(&[text.record()], |rows| memo.make_keys(Cpu::detect(), rows));
        assert_eq!(memo.keys.without_lanes, 0, "it has lanes");
        let lengths = memo.keys.lengths[0].word();
        mixed(memo.keys.hashes[0], lengths, memo.secrets[0])
    };
    for length in LENGTHS {
        let mut value = vec![b'k'; length];
        let mut of = |value: &[u8], after| hash(&Text::of(&[value, b"-", b"v"], after));
        let known = of(&value, b'x');
        assert_eq!(of(&value, 0), known);
        for at in 0..length {
            value[at] ^= 1;
            assert_ne!(of(&value, b'x'), known, "byte {at} of {length}");
            value[at] ^= 1;
        }
    }
}

/// Whatever the number of runs, with lanes or without, a change of any one of them is a key of its own.
#[test]
fn every_run_of_a_key_tells() {
    for runs in 1..=10 {
        let wanted: Vec<usize> = (0..runs).map(|run| 2 * run).collect();
        let mut columns = vec![vec![b'k'; 40]; 2 * runs];
        let text = |columns: &[Vec<u8>]| {
            let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
            Text::of(&columns, b'x')
        };
        let mut memo = Memo::new(&wanted);
        assert_eq!(remember(&mut memo, &text(&columns), 0), Some(0));
        for run in 0..runs {
            for at in [0, 39] {
                columns[2 * run][at] = b'y';
                let new = memo.count as u32;
                assert_eq!(remember(&mut memo, &text(&columns), new), Some(new));
                columns[2 * run][at] = b'k';
            }
            columns[2 * run + 1] = vec![b'-'; run];
            assert_eq!(remember(&mut memo, &text(&columns), 100), Some(0));
        }
    }
}

#[test]
fn a_table_that_grew_holds_what_it_held() {
    let mut memo = Memo::new(&[0, 2]);
    let text = |number: usize| {
        let (first, second) = (
            number % 71,
            format!("{number:0width$}", width = 1 + number % 50),
        );
        Text::of(
            &["x".repeat(first).as_bytes(), b"-", second.as_bytes()],
            b'x',
        )
    };
    let mut known = Vec::new();
    for number in 0..ENTRIES_MAX {
        if remember(&mut memo, &text(number), number as u32).is_some() {
            known.push(number);
        }
    }
    // Few can have been crowded out.
    assert!(known.len() > ENTRIES_MAX * 9 / 10);
    let mut found = 0;
    for &number in &known {
        if let Ok(value) = memo.find(&text(number).record()) {
            assert_eq!(value, number as u32);
            found += 1;
        }
    }
    assert!(found > known.len() * 9 / 10);
}

/// What differs in two runs in the same way is another key all the same.
#[test]
fn differences_of_runs_do_not_cancel() {
    for length in [1, 20, 40] {
        let (one, other) = (vec![b'a'; length], vec![b'b'; length]);
        let mut memo = Memo::new(&[0, 2]);
        let known = Text::of(&[&one, b"-", &other], b'x');
        assert_eq!(remember(&mut memo, &known, 1), Some(1));
        fill_slots(&mut memo);
        for columns in [[&other, &one], [&other, &other], [&one, &one]] {
            let text = Text::of(&[columns[0], b"-", columns[1]], b'x');
            let found = memo.find(&text.record());
            assert!(matches!(found, Err(Missed::Crowded)), "{length} bytes");
        }
    }
}

/// What a key has after its first lanes is compared with the same entry's, whichever entry it is.
#[test]
fn the_rest_of_a_key_is_its_entrys() {
    const ENTRIES: u8 = 5;
    for runs in 1..=8 {
        let wanted: Vec<usize> = (0..runs).map(|run| 2 * run).collect();
        // The first lanes tell an entry's number, the rest another's.
        let text = |first: u8, rest: u8| {
            let value = [[first; LANE_BYTES], [rest; LANE_BYTES]].concat();
            Text::of(&vec![&value[..]; 2 * runs], b'x')
        };
        for entry in 0..ENTRIES {
            let mut memo = Memo::new(&wanted);
            for number in 0..ENTRIES {
                let found = remember(&mut memo, &text(number, number), number.into());
                assert_eq!(found, Some(number.into()));
            }
            fill_slots_with(&mut memo, |head| head.filled == u64::from(entry) + 1);
            for rest in 0..ENTRIES {
                let found = memo.find(&text(entry, rest).record());
                assert_eq!(
                    found.ok(),
                    (rest == entry).then_some(entry.into()),
                    "{runs} runs, the first lanes of entry {entry}, the rest of {rest}"
                );
            }
        }
    }
}

#[test]
fn keys_without_lanes_are_bounded_too() {
    let mut memo = Memo::new(&[0]);
    for number in 0..ENTRIES_MAX as u32 + 3 {
        let value = [&[b'x'; LENGTH_MAX][..], number.to_string().as_bytes()].concat();
        let found = remember(&mut memo, &Text::of(&[&value], b'x'), number);
        assert_eq!(found, (number < ENTRIES_MAX as u32).then_some(number));
    }
    assert_eq!(memo.without_lanes.len(), ENTRIES_MAX);
}
