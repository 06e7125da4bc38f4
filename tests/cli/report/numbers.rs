//! Every number of the page, computed again from the manifest; and no other number is there.

use super::asked::asked;
use super::parts;
use super::text::Page;
use super::{MANIFEST, case_of_2017, manifest, page, split};
use crate::stage::{HEADER, Stage, gzip};

/// Computes everything that the page shows from the manifest's JSON, finds it in the page, and finds no other number there.
fn assert_recomputed(stage: &Stage) {
    let mut page = Page::new(page(stage));
    let manifest = manifest(stage);
    for part in [
        parts::reasons,
        parts::cures,
        parts::disclosures,
        parts::notices,
        parts::consulted,
        parts::lists,
        parts::months,
        parts::malformed,
        parts::verdict,
        parts::balance,
        parts::files,
        asked,
    ] {
        part(&mut page, &manifest);
    }
    let left: Vec<&str> = page
        .left
        .split(' ')
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect();
    assert!(left.is_empty(), "numbers that nothing explains: {left:?}");
}

#[test]
fn every_number_is_that_of_the_manifest() {
    assert_recomputed(&case_of_2017("agreement-party.toml"));
    assert_recomputed(&case_of_2017("agreement-retailer.toml"));
}

#[test]
fn every_number_of_other_supplies_is_that_of_the_manifest() {
    let stage = Stage::new();
    let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
    let policy = policy.replace(
        "notice = \"notice\"",
        "notice = \"notice\"\nwithdrawn_at = \"channels\"",
    );
    let policy = policy.replace(
        "channels = { column = \"channels\", separator = \"|\" }",
        "channels = { column = \"notice\", separator = \"|\" }",
    );
    let policy = policy.replace("channels = [\"postal\", \"email\"]", "channels = [\"A\"]");
    let agreement = String::from_utf8(stage.read("agreement.toml")).unwrap();
    let agreement = agreement.replace("[\"postal\"]", "[\"A\"]")
        + "\n[territory]\ncolumn = \"notice\"\ninclude_file = \"areas.txt\"\n";
    let years: String = (1990..2012)
        .map(|year| format!("1,{year}-05-0{},A,Y,\n", 1 + year % 9))
        .collect();
    let record = "1,2016-09-05,A,Y,";
    for (name, records) in [
        ("empty", String::new()),
        ("all", format!("{record}\n").repeat(1_500)),
        (
            "one withheld",
            format!("{}1,2016-09-05,A,N,\n", format!("{record}\n").repeat(2_500)),
        ),
        ("years", years),
        ("undated", "1,,A,Y,\n1,x,A,N,\n".to_owned()),
        (
            "withdrawn and malformed",
            format!("{record}2016-09-04\n{record}2016-09-06\n\n1,2\n{record}\"x\"y\n{record}"),
        ),
    ] {
        stage.write("policy.toml", &policy);
        stage.write("agreement.toml", &agreement);
        stage.write("areas.txt", "A\n");
        stage.write("a.csv", [HEADER, &records].concat());
        stage.write(
            "b.csv",
            [HEADER, if name == "empty" { "" } else { record }].concat(),
        );
        println!("{name}");
        let arguments = match name {
            "all" => &["--digest", "none", "a.csv", "b.csv"][..],
            "one withheld" => &["--compress", "zst", "a.csv", "b.csv"],
            "years" => {
                let packed = gzip(&stage.read("a.csv"));
                stage.write("a.csv.gz", packed);
                &["--compress", "gz", "a.csv.gz", "b.csv"]
            }
            _ => &["--digest", "sha256", "a.csv", "b.csv"],
        };
        split(&stage, arguments);
        assert_recomputed(&stage);
        stage.write("before.json", stage.read(MANIFEST));
        split(
            &stage,
            &[arguments, &["--previous", "before.json"]].concat(),
        );
        assert_recomputed(&stage);
    }
}
