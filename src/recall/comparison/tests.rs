//! The comparison against one that keeps everything in memory, at limits that force it to files.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const REASONS: usize = 5;

#[derive(Debug, Clone)]
enum Record {
    Then,
    Now,
    Withheld(Vec<u16>),
}

/// An identifier to recall, its reasons, and whether records of it are gone.
type Recall = (Vec<u8>, Vec<usize>, bool);

/// What a person would do with a pile of cards.
fn naive(records: &[(Vec<u8>, Record)]) -> (Vec<Recall>, Totals) {
    let mut piles: BTreeMap<&[u8], Vec<&Record>> = BTreeMap::new();
    for (id, record) in records {
        piles.entry(id).or_default().push(record);
    }
    let mut recalled = Vec::new();
    let mut totals = Totals {
        by_reason: vec![(0, 0); REASONS],
        ..Totals::default()
    };
    for (id, pile) in piles {
        let then = pile
            .iter()
            .filter(|card| matches!(card, Record::Then))
            .count();
        let permitted = pile
            .iter()
            .filter(|card| matches!(card, Record::Now))
            .count();
        let withheld = pile.len() - then - permitted;
        match (id, then) {
            (b"", _) => totals.blank_then += then as u64,
            (_, 0) => totals.only_now += u64::from(permitted > 0),
            _ => {
                totals.then += 1;
                if withheld == 0 && permitted >= then {
                    continue;
                }
                let reasons: Vec<usize> = (0..REASONS)
                    .filter(|reason| {
                        pile.iter().any(|card| {
                            matches!(card, Record::Withheld(reasons) if reasons.contains(&(*reason as u16)))
                        })
                    })
                    .collect();
                let gone = permitted + withheld < then;
                let alone = u64::from(reasons.len() + usize::from(gone) == 1);
                for &reason in &reasons {
                    totals.by_reason[reason].0 += 1;
                    totals.by_reason[reason].1 += alone;
                }
                if gone {
                    totals.gone.0 += 1;
                    totals.gone.1 += alone;
                }
                totals.recalled += 1;
                recalled.push((id.to_vec(), reasons, gone));
            }
        }
    }
    (recalled, totals)
}

fn compared(records: &[(Vec<u8>, Record)], bytes_max: usize) -> (Vec<Recall>, Totals, usize) {
    let mut comparison = Comparison::new(bytes_max, REASONS);
    for (id, record) in records {
        match record {
            Record::Then => comparison.permitted_then(id),
            Record::Now => comparison.permitted_now(id),
            Record::Withheld(reasons) => comparison.withheld_now(id, reasons),
        }
        .unwrap();
        let alone = comparison.sorter.bytes() <= 100;
        assert!(alone || comparison.sorter.bytes() <= bytes_max);
    }
    let runs = comparison.sorter.runs();
    let mut recalled = Vec::new();
    let totals = comparison
        .finish(|found| {
            recalled.push((found.id.to_vec(), found.reasons.to_vec(), found.gone));
            Ok(())
        })
        .unwrap();
    (recalled, totals, runs)
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        3 => Just(Record::Then),
        2 => Just(Record::Now),
        2 => proptest::collection::btree_set(0..REASONS as u16, 1..4)
            .prop_map(|reasons| Record::Withheld(reasons.into_iter().collect())),
    ]
}

/// Few identifiers, so that they repeat; some differ only after eight bytes, or by a zero byte.
fn identifier() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(prop_oneof![Just(0_u8), Just(b'a'), Just(0xFF)], 0..4),
        (0_u8..12).prop_map(|last| [b"LMB-00000".as_slice(), &[b'0' + last]].concat()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #[test]
    fn any_limit_gives_what_the_naive_twin_gives(
        records in proptest::collection::vec((identifier(), record()), 0..120),
        bytes_max in prop_oneof![Just(1_usize), 30_usize..400, Just(1 << 20)],
    ) {
        let (recalled, totals, _) = compared(&records, bytes_max);
        let (expected, expected_totals) = naive(&records);
        prop_assert_eq!(recalled, expected);
        prop_assert_eq!(totals, expected_totals);
    }
}

#[test]
fn a_small_limit_goes_to_files_and_is_merged_in_several_passes() {
    let records: Vec<(Vec<u8>, Record)> = (0..20_000_u64)
        .flat_map(|number| {
            let id = number
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .to_le_bytes()
                .to_vec();
            let now = match number % 4 {
                0 => None,
                1 => Some((id.clone(), Record::Withheld(vec![1, 3]))),
                _ => Some((id.clone(), Record::Now)),
            };
            [Some((id, Record::Then)), now].into_iter().flatten()
        })
        .collect();
    let (recalled, totals, runs) = compared(&records, 4_000);
    assert!(runs > 200, "{runs} runs");
    let (whole, whole_totals, none) = compared(&records, 1 << 24);
    assert_eq!(none, 0);
    assert_eq!((&recalled, &totals), (&whole, &whole_totals));
    assert_eq!((totals.then, totals.recalled), (20_000, 10_000));
    assert_eq!(totals.gone, (5_000, 5_000));
    assert_eq!(totals.by_reason[1], (5_000, 0));
}

#[test]
fn an_identifier_that_is_permitted_and_withheld_is_recalled() {
    let id = b"7".to_vec();
    let records = [
        (id.clone(), Record::Then),
        (id.clone(), Record::Now),
        (id.clone(), Record::Withheld(vec![2])),
    ];
    let (recalled, ..) = compared(&records, 1 << 20);
    assert_eq!(recalled, [(id, vec![2], false)]);
}

#[test]
fn what_cannot_be_written_ends_the_comparison() {
    let mut comparison = Comparison::new(1 << 20, REASONS);
    comparison.permitted_then(b"7").unwrap();
    let full = comparison.finish(|_| Err(RecallError::Write(io::ErrorKind::StorageFull.into())));
    assert!(matches!(full, Err(RecallError::Write(_))));
}
