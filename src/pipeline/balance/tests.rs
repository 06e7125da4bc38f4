//! The balance at the end of a run holds if and only if every number is right.

use std::collections::BTreeMap;

use super::super::counts::{ByteCounts, CaptureCounts, MonthCount, RowCount};
use super::super::outcome::OutputResult;
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

#[test]
fn what_was_written_is_what_was_decided() {
    let (counts, _) = balanced();
    let output = |content_bytes| OutputResult {
        content_bytes,
        stored_bytes: content_bytes,
        digest: None,
    };
    let is_right = |permitted, withheld, gathered, projection: &Projection| {
        let written = OutputResults {
            permitted: output(permitted),
            withheld: output(withheld),
        };
        // Headers of 10 and 27 bytes, and 50 bytes of reasons.
        check_written(&written, &counts, (gathered, 50), (10, 27), projection).is_ok()
    };
    let some = Projection::Columns(Vec::new());
    let (permitted, withheld) = (600 + 10, 389 + 50 + 27);
    assert!(is_right(permitted, withheld, 12, &Projection::Whole));
    assert!(!is_right(permitted + 1, withheld, 12, &Projection::Whole));
    assert!(!is_right(permitted, withheld - 1, 12, &Projection::Whole));
    // A record that was decided and not gathered, or gathered twice.
    for gathered in [11, 13] {
        assert!(!is_right(permitted, withheld, gathered, &Projection::Whole));
        assert!(!is_right(400, withheld, gathered, &some));
    }
    assert!(is_right(400, withheld, 12, &some));
    assert!(!is_right(400, withheld + 1, 12, &some));
}
