//! What is remembered is recalled for equal columns, and for no others; the table is bounded.

use proptest::prelude::*;

use super::*;

impl Memo {
    /// What the record comes to, remembered now if it was not before.
    pub(super) fn recall(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> u32,
    ) -> Option<u32> {
        match self.find(record) {
            None => self.remember(record, evaluate),
            known => known,
        }
    }
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
