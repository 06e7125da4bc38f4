//! The balance at the end of a run holds if and only if every number is right.

use std::collections::BTreeMap;

use super::super::counts::{ByteCounts, CaptureCounts, MonthCount, RowCount};
use super::*;

fn balanced() -> (Counts, Vec<InputResult>) {
    let row = |permitted, withheld| RowCount {
        permitted,
        withheld,
    };
    let month = |month, records| MonthCount {
        year: 2016,
        month,
        records,
    };
    let counts = Counts {
        records: 12,
        permitted: 7,
        withheld: 5,
        bytes: ByteCounts {
            read: 1_000,
            headers: 10,
            permitted: 600,
            withheld: 389,
            blank: 1,
        },
        rows: BTreeMap::from([(0, row(3, 1)), (1, row(0, 2)), (7, row(4, 2))]),
        captured: CaptureCounts {
            months: vec![month(1, row(3, 2)), month(2, row(4, 1))],
            unreadable: row(0, 2),
        },
        ..Counts::default()
    };
    let input = |content_bytes| InputResult {
        content_bytes,
        stored_bytes: 0,
        digest: None,
    };
    (counts, vec![input(900), input(100)])
}

fn is_balanced(change: impl FnOnce(&mut Counts, &mut Vec<InputResult>)) -> bool {
    let (mut counts, mut inputs) = balanced();
    change(&mut counts, &mut inputs);
    match check_balance(&counts, &inputs) {
        Ok(()) => true,
        Err(RunError::Unbalanced(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn each_number_of_the_balance_counts() {
    assert!(is_balanced(|_, _| {}));
    let changes: [fn(&mut Counts) -> &mut u64; 15] = [
        |counts| &mut counts.records,
        |counts| &mut counts.permitted,
        |counts| &mut counts.withheld,
        |counts| &mut counts.bytes.read,
        |counts| &mut counts.bytes.headers,
        |counts| &mut counts.bytes.permitted,
        |counts| &mut counts.bytes.withheld,
        |counts| &mut counts.bytes.blank,
        |counts| &mut counts.rows.get_mut(&1).unwrap().permitted,
        |counts| &mut counts.rows.get_mut(&0).unwrap().withheld,
        |counts| &mut counts.rows.get_mut(&7).unwrap().permitted,
        |counts| &mut counts.captured.months[0].records.permitted,
        |counts| &mut counts.captured.months[1].records.withheld,
        |counts| &mut counts.captured.unreadable.permitted,
        |counts| &mut counts.captured.unreadable.withheld,
    ];
    for (index, number) in changes.into_iter().enumerate() {
        assert!(
            !is_balanced(|counts, _| *number(counts) += 1),
            "number {index}"
        );
    }
    assert!(!is_balanced(|_, inputs| inputs[1].content_bytes += 1));
    // As many records, and other verdicts.
    assert!(!is_balanced(|counts, _| {
        let row = counts.rows.get_mut(&0).unwrap();
        (row.permitted, row.withheld) = (row.withheld, row.permitted);
    }));
    assert!(!is_balanced(|_, inputs| inputs.truncate(1)));
    // A record that was counted on the wrong side everywhere but by month.
    assert!(!is_balanced(|counts, _| {
        counts.permitted += 1;
        counts.withheld -= 1;
    }));
    // Bytes that were dealt out and never decided on, and the reverse.
    assert!(!is_balanced(|counts, inputs| {
        counts.bytes.read += 1;
        inputs[0].content_bytes += 1;
    }));
    assert!(!is_balanced(|counts, inputs| {
        counts.bytes.permitted += 1;
        inputs[0].content_bytes += 1;
    }));
    assert!(!is_balanced(|counts, _| {
        counts.bytes.permitted += 1;
        counts.bytes.read += 1;
    }));
    // A record in the sums and in the rows alone.
    assert!(!is_balanced(|counts, _| {
        counts.records += 1;
        counts.withheld += 1;
        counts.captured.unreadable.withheld += 1;
    }));
    assert!(!is_balanced(|counts, _| {
        counts.records += 1;
        counts.rows.get_mut(&0).unwrap().withheld += 1;
    }));
}
