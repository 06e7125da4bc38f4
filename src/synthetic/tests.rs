//! What every generated supply must be: the same everywhere, well formed, and of the stated shares.

use super::*;
use std::collections::HashSet;

fn supply(records: u64, seed: u64, threads: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let bytes = Synthetic { records, seed }
        .write_to(&mut out, threads)
        .unwrap();
    assert_eq!(bytes, out.len() as u64);
    out
}

fn rows(supply: &[u8]) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(supply)
        .records()
        .map(Result::unwrap)
        .collect()
}

/// The share of `rows` that `holds`, in 10,000.
fn share(rows: &[csv::StringRecord], holds: impl Fn(&csv::StringRecord) -> bool) -> usize {
    rows.iter().filter(|row| holds(row)).count() * 10_000 / rows.len()
}

#[test]
fn same_bytes_for_any_number_of_threads() {
    let alone = supply(100_003, 2017, 1);
    assert!(alone == supply(100_003, 2017, 2));
    assert!(alone == supply(100_003, 2017, 7));
    assert!(alone == supply(100_003, 2017, 0));
}

#[test]
fn a_shorter_supply_starts_the_longer_one() {
    assert!(supply(20_000, 5, 2).starts_with(&supply(9_999, 5, 1)));
}

#[test]
fn golden_digest() {
    let digest = blake3::hash(&supply(10_000, 2017, 1));
    assert_eq!(
        digest.to_hex().as_str(),
        "bf65f7106a2ccf2e0ac6ef4690a937cc9e0f7bb41fb80ca2d43dcde006f4eb76"
    );
}

/// `testdata/2017/supply.csv` is the start of the default supply.
#[test]
fn committed_supply_is_generated() {
    let committed = include_bytes!("../../testdata/2017/supply.csv");
    assert!(supply(4_000, Synthetic::default().seed, 1) == committed);
}

#[test]
fn no_records_is_the_header() {
    assert_eq!(supply(0, 2017, 3), record::HEADER);
}

#[test]
fn seeds_differ() {
    assert!(supply(100, 1, 1) != supply(100, 2, 1));
}

#[test]
fn every_record_is_whole_and_its_values_have_their_shapes() {
    let supply = supply(50_000, 2017, 2);
    assert!(!supply.contains(&b'\r'));
    let rows = rows(&supply);
    assert_eq!(rows.len(), 50_000);
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.len(), 17);
        assert_eq!(row[0], format!("LMB-{:08}", index + 1));
        assert_postcode(&row[7]);
        assert_eq!(row[8].len(), 9);
        assert!(["Y", "N"].contains(&&row[11]));
        assert!(["online", "offline"].contains(&&row[12]));
        let captured_at = day(&row[13]);
        assert!((day("2014-03-01")..=day("2017-05-04")).contains(&captured_at));
        let age_days = (captured_at - day(&row[10])).get_days();
        assert!((-200..=2_191).contains(&age_days));
        assert!(day(&row[9]) < day(&row[10]));
        for channel in row[16].split('|') {
            assert!(["", "postal", "email", "sms", "phone"].contains(&channel));
        }
    }
    assert_eq!(
        rows.iter().map(|row| &row[8]).collect::<HashSet<_>>().len(),
        650
    );
}

fn assert_postcode(postcode: &str) {
    let (outward, inward) = postcode.split_once(' ').unwrap();
    let area = outward.trim_end_matches(|c: char| c.is_ascii_digit());
    assert!(
        (1..=2).contains(&area.len()) && area.bytes().all(|b| b.is_ascii_uppercase()),
        "{postcode}"
    );
    assert!(
        (1..=2).contains(&(outward.len() - area.len())),
        "{postcode}"
    );
    assert!(
        inward.len() == 3 && inward.as_bytes()[0].is_ascii_digit(),
        "{postcode}"
    );
    assert!(
        inward[1..]
            .bytes()
            .all(|b| words::POSTCODE_LETTERS.contains(&b)),
        "{postcode}"
    );
}

#[test]
fn shares_are_as_stated() {
    let supply = supply(50_000, 2017, 2);
    let rows = rows(&supply);
    let quoted = share(&rows, |row| row[4].contains([',', '"', '\n']));
    assert!((700..=900).contains(&quoted), "quoted {quoted}");
    let quote_inside = share(&rows, |row| row[4].contains('"'));
    assert!(
        (30..=80).contains(&quote_inside),
        "quote inside {quote_inside}"
    );
    let line_end_inside = share(&rows, |row| row[4].contains('\n'));
    assert!(
        (15..=50).contains(&line_end_inside),
        "line end inside {line_end_inside}"
    );
    let online = share(&rows, |row| &row[12] == "online");
    assert!((6_900..=7_100).contains(&online), "online {online}");
    let opted_in = share(&rows, |row| &row[15] == "Y");
    assert!(
        (9_600..=9_700).contains(&opted_in),
        "third parties agreed to {opted_in}"
    );
    let postal = share(&rows, |row| {
        row[16].split('|').any(|channel| channel == "postal")
    });
    assert!((9_000..=9_400).contains(&postal), "postal {postal}");
    let in_force = |row: &csv::StringRecord| {
        if &row[13] < "2016-09-01" {
            "2014-03"
        } else {
            "2016-09"
        }
    };
    let wrong = share(&rows, |row| &row[14] != in_force(row));
    assert!(
        (80..=250).contains(&wrong),
        "notice not the one in force {wrong}"
    );
    let accented = share(&rows, |row| {
        !row[2].is_ascii() || !row[3].is_ascii() || row[3].contains('\'')
    });
    assert!(
        (500..=1_500).contains(&accented),
        "accents and apostrophes {accented}"
    );
    let record_bytes = supply.len() / rows.len();
    assert!(
        (146..=152).contains(&record_bytes),
        "bytes a record {record_bytes}"
    );
}
