//! What is remembered is recalled for equal columns, and for no others; the table is bounded.

use proptest::prelude::*;

use super::*;
use crate::records::Edges;

impl Memo {
    /// What the record comes to, remembered now if it was not before.
    pub(super) fn recall(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> u32,
    ) -> Option<u32> {
        let mut evaluate = Some(evaluate);
        let found = self.recall_some(&[*record], |_| evaluate.take().expect("one record")());
        found[0]
    }

    /// What records of as many columns in one buffer come to.
    fn recall_some(
        &mut self,
        records: &[RecordFields<'_>],
        evaluate: impl FnMut(&RecordFields<'_>) -> u32,
    ) -> Vec<Option<u32>> {
        let mut found = [UNHEARD; BATCH];
        with_rows(records, |rows| {
            self.recall_all(Cpu::detect(), rows, &mut found, evaluate);
        });
        let found = found.iter().take(records.len());
        found
            .map(|&found| (found != UNHEARD).then_some(found))
            .collect()
    }

    /// The same, remembering nothing: both by the loop over many and by the look at one.
    pub(super) fn find(&mut self, record: &RecordFields<'_>) -> Result<u32, Missed> {
        let mut found = [UNHEARD; BATCH];
        let (at, looked) = with_rows(&[*record], |rows| {
            self.make_keys(Cpu::detect(), rows);
            let at = self.find_all(Cpu::detect(), 0, rows, &mut found);
            (at, self.look(0, rows))
        });
        if looked.is_ok() {
            assert_eq!((at, looked.as_ref().ok()), (1, Some(&found[0])));
        }
        looked
    }
}

/// Gives some records, of as many columns in one buffer, as they are looked up.
pub(super) fn with_rows<O>(
    records: &[RecordFields<'_>],
    look: impl FnOnce(&mut Rows<'_>) -> O,
) -> O {
    let places: Vec<_> = records.iter().map(RecordFields::places).collect();
    let edges = Edges::of_all(&places);
    let mut room = vec![0; places[0].1.len()];
    look(&mut Rows::of(
        records[0].buffer(),
        records.len(),
        &edges,
        &mut room,
    ))
}

fn fields(columns: &[Vec<u8>]) -> (Vec<u8>, Vec<u32>) {
    let mut buffer = Vec::new();
    let mut ends = Vec::new();
    for column in columns {
        buffer.extend_from_slice(column);
        ends.push(buffer.len() as u32);
        buffer.push(b',');
    }
    buffer.resize(buffer.len() + crate::records::PADDING, b'z');
    (buffer, ends)
}

proptest! {
    #[test]
    fn only_equal_columns_are_recalled(
        records in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(0_u8), Just(b'a'), Just(b'b')], 0..80), 2),
            1..40,
        ),
    ) {
        let mut memo = Memo::new(&[0, 1]);
        let mut known: Vec<Vec<Vec<u8>>> = Vec::new();
        for columns in records {
            let (buffer, ends) = fields(&columns);
            let record = RecordFields::new(&buffer, 0, &ends);
            let found = memo.recall(&record, || {
                known.push(columns.clone());
                known.len() as u32 - 1
            });
            let found = found.expect("short keys are remembered");
            prop_assert_eq!(&known[found as usize], &columns);
        }
    }
}

proptest! {
    /// Whatever comes together, each record comes to what it alone comes to.
    #[test]
    fn records_are_recalled_together_as_alone(
        columns in 1..10_usize,
        values in proptest::collection::vec(prop_oneof![8 => 0..3_usize, 1 => 3..6_usize], 1..700),
        together in 1..=BATCH,
    ) {
        let texts = ["", "a", "postal", &"b".repeat(40), &"c".repeat(32), &"d".repeat(300)];
        let wanted: Vec<usize> = (0..columns).filter(|column| column % 3 != 1).collect();
        let mut buffer = Vec::new();
        let mut records = Vec::new();
        for values in values.chunks_exact(columns) {
            let start = buffer.len() as u32;
            let mut ends = Vec::new();
            for &value in values {
                buffer.extend_from_slice(texts[value].as_bytes());
                ends.push(buffer.len() as u32);
                buffer.push(b',');
            }
            let key: Vec<usize> = wanted.iter().map(|&column| values[column]).collect();
            records.push((start, ends, key));
        }
        buffer.resize(buffer.len() + crate::records::PADDING, b'z');
        let mut memo = Memo::new(&wanted);
        let mut known: Vec<Vec<usize>> = Vec::new();
        for records in records.chunks(together) {
            let fields: Vec<RecordFields<'_>> = records
                .iter()
                .map(|(start, ends, _)| RecordFields::new(&buffer, *start, ends))
                .collect();
            let found = memo.recall_some(&fields, |record| {
                let (_, _, key) = &records[fields.iter().position(|other| other.places() == record.places()).unwrap()];
                known.push(key.clone());
                known.len() as u32 - 1
            });
            for ((_, _, key), found) in records.iter().zip(found) {
                prop_assert_eq!(&known[found.expect("few are remembered") as usize], key);
            }
        }
    }
}

#[test]
fn zero_bytes_at_the_end_are_part_of_a_key() {
    let mut memo = Memo::new(&[0]);
    let recall = |memo: &mut Memo, value: &[u8]| {
        let (buffer, ends) = fields(&[value.to_vec()]);
        memo.recall(&RecordFields::new(&buffer, 0, &ends), || value.len() as u32)
    };
    let known = recall(&mut memo, b"Y\0");
    whole_keys::fill_slots(&mut memo);
    for other in [&b"Y"[..], b"Y\0\0", b"", b"\0", b"Z\0", b"Y\x01"] {
        assert_eq!(recall(&mut memo, other), None, "{}", other.escape_ascii());
    }
    assert_eq!(recall(&mut memo, b"Y\0"), known);
    assert_eq!(known, Some(2));
}

#[test]
fn long_values_and_many_columns_are_remembered_too() {
    let recall = |memo: &mut Memo, columns: &[Vec<u8>], value: u32| {
        let (buffer, ends) = fields(columns);
        memo.recall(&RecordFields::new(&buffer, 0, &ends), || value)
    };
    let mut long = Memo::new(&[0]);
    let every_other: Vec<usize> = (0..=16).step_by(2).collect();
    let mut wide = Memo::new(&every_other);
    for round in 0..2 {
        for number in 1..5 {
            // What is not evaluated again is what it was in the first round.
            let value = number + 100 * round;
            let columns = [vec![b'x'; 300 * number as usize]];
            assert_eq!(recall(&mut long, &columns, value), Some(number));
            let mut columns = vec![vec![b'x']; 17];
            columns[4 * number as usize] = vec![b'y'];
            assert_eq!(recall(&mut wide, &columns, value), Some(number));
        }
    }
    let too_long = [vec![b'x'; LONG_KEY_BYTES_MAX]];
    assert_eq!(recall(&mut long, &too_long, 7), None);
}

#[test]
fn the_table_is_bounded() {
    let mut memo = Memo::new(&[0]);
    // Which slots are crowded depends on the hashes, which no run has twice.
    for number in 0..3 * ENTRIES_MAX as u32 {
        let (buffer, ends) = fields(&[number.to_string().into_bytes()]);
        let full = memo.count == ENTRIES_MAX;
        let remembered = memo
            .recall(&RecordFields::new(&buffer, 0, &ends), || number)
            .is_some();
        assert!(!(full && remembered));
    }
    assert_eq!(memo.count, ENTRIES_MAX);
    let (buffer, ends) = fields(&[vec![b'x'; 5000]]);
    assert_eq!(
        memo.recall(&RecordFields::new(&buffer, 0, &ends), || 7),
        None
    );
}
