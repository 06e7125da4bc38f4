//! The case of May 2017 through the built binary: nothing for the party, much for the retailer.
//! The counts come from a separate reading of the rules, written for these four notices only.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Runs one agreement of the case: how many records were permitted, and how many bear each reason.
fn split(agreement: &str) -> (usize, BTreeMap<String, usize>) {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/2017");
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_withhold"))
        .current_dir(case)
        .args([
            "split",
            "--policy",
            "policy.toml",
            "--agreement",
            agreement,
            "--out",
        ])
        .arg(&out)
        .args(["--no-sync", "--quiet", "supply.csv"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let rows = |file: &str| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_path(out.join(file)).unwrap();
        reader.records().map(Result::unwrap).collect()
    };
    let mut reasons = BTreeMap::new();
    let withheld = rows("withheld.csv");
    for reason in withheld
        .iter()
        .flat_map(|row| row[row.len() - 1].split(' '))
    {
        *reasons.entry(reason.to_owned()).or_default() += 1;
    }
    let permitted = rows("permitted.csv").len();
    assert_eq!(permitted + withheld.len(), 4_000);
    (permitted, reasons)
}

/// The reasons that do not depend on the agreement, and `more`.
fn reasons(more: &[(&str, usize)]) -> BTreeMap<String, usize> {
    let common = [
        ("notice-unknown", 34),
        ("notice-not-in-force", 22),
        ("consent-unknown", 47),
        ("consent-refused", 102),
        ("consent-expired", 1_160),
        ("channel-not-consented", 335),
        ("suppressed:house", 12),
    ];
    common
        .iter()
        .chain(more)
        .map(|&(reason, count)| (reason.to_owned(), count))
        .collect()
}

const UNDISCLOSED_PARTY: [(&str, usize); 3] = [
    ("recipient-not-disclosed", 3_966),
    ("purpose-not-disclosed", 3_966),
    ("data-not-disclosed", 3_424),
];

#[test]
fn nothing_for_the_party() {
    assert_eq!(
        split("agreement-party.toml"),
        (0, reasons(&UNDISCLOSED_PARTY))
    );
}

#[test]
fn nothing_for_the_party_under_a_tamer_word() {
    let conflict = [
        &UNDISCLOSED_PARTY[..],
        &[("purpose-sector-conflict", 4_000)],
    ]
    .concat();
    assert_eq!(split("agreement-insight.toml"), (0, reasons(&conflict)));
}

#[test]
fn names_and_addresses_for_the_retailer() {
    assert_eq!(split("agreement-retailer.toml"), (2_462, reasons(&[])));
}

#[test]
fn whole_records_for_the_retailer() {
    let expected = reasons(&[("data-not-disclosed", 3_424)]);
    assert_eq!(split("agreement-retailer-all.toml"), (471, expected));
}

#[test]
fn one_hundred_and_six_constituencies_for_the_retailer() {
    let expected = reasons(&[("outside-territory", 3_344)]);
    assert_eq!(split("agreement-territory.toml"), (385, expected));
}
