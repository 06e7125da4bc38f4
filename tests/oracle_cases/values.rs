//! Normalisers, terms, names and dates, each at its edge.

use crate::oracle::{
    dates::{self, Day},
    normalise::{component, normalise},
    terms,
};

#[test]
fn normalisers() {
    assert_eq!(normalise("lower", "ÀÉ İ"), "àé i̇");
    assert_eq!(
        normalise("email", " A\u{200b}\u{feff}b@\u{a0}X.ORG"),
        "ab@x.org"
    );
    assert_eq!(normalise("digits", "+44 (0)20 \u{0661}"), "44020");
    assert_eq!(
        normalise("uk-postcode", "sw1a\u{2003}1aa\u{1f}é"),
        "SW1A1AAé"
    );
    assert_eq!(normalise("name", "O'Brien-Zoë ﬁ ²"), "obrienzoefi2");
    assert_eq!(component("exact", b"\t a b "), Some("a b".to_owned()));
    assert_eq!(component("digits", b"none"), None);
}

#[test]
fn terms_cover_and_conflict() {
    let explicit = terms::explicit_terms(&["gambling".to_owned()]);
    let covers = |disclosed: &str, requested: &str| terms::covers(disclosed, requested, &explicit);
    assert!(covers("marketing", "marketing/direct"));
    assert!(covers("political", "political/party"));
    assert!(covers("marketing/political", "marketing/political"));
    assert!(!covers("marketing", "marketing/political"));
    assert!(!covers("marketing", "marketing/party-political"));
    assert!(!covers("marketing", "marketing/direct/online-gambling"));
    assert!(!covers("marketing", "marketing-political"));
    assert!(!covers("marketing/direct", "marketing"));
    assert!(covers("marketing", "marketing/apolitical"));
    // To the letter of the specification, a term of two parts is borne only by the word that it is.
    assert!(!covers("charity", "charity/trade-union"));
    assert!(covers("charity", "charity/trade-union-members"));
    assert!(terms::conflict(
        "political/party",
        "marketing/direct",
        &explicit
    ));
    assert!(!terms::conflict(
        "political/party",
        "party-political/post",
        &explicit
    ));
    assert!(terms::conflict(
        "health/trade-union",
        "marketing/health",
        &explicit
    ));
    assert_eq!(
        terms::fold_name("The\u{a0} \u{1c}Labour PARTY"),
        "the labour party"
    );
}

#[test]
fn forms_of_dates() {
    let zone = dates::zone("Europe/London");
    let read = |text: &str| dates::read(text.as_bytes(), None, &zone).map(Day::iso);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(read("2016-02-29"), some("2016-02-29"));
    assert_eq!(read("2016-07-01T00:00:00+01:00"), some("2016-07-01"));
    assert_eq!(read("2016-07-01T00:00:00+01:01"), some("2016-06-30"));
    assert_eq!(
        read("2016-01-01 00:00:00.123456789-00:01"),
        some("2016-01-01")
    );
    assert_eq!(read("2016-06-30T22:59:59.999Z"), some("2016-06-30"));
    assert_eq!(read("2016-06-30T23:00:00Z"), some("2016-07-01"));
    assert_eq!(read("9999-12-31T23:59:59Z"), some("9999-12-31"));
    assert_eq!(read("0001-01-01T00:00:00"), some("0001-01-01"));
    for text in [
        "",
        "0000-01-01",
        "2016-2-29",
        "2016-02-30",
        "2016-13-01",
        "2016-01-00",
        "16-01-01",
        "2016-01-01T00:00",
        "2016-01-01t00:00:00",
        "2016-01-01T00:00:00z",
        "2016-01-01T24:00:00",
        "2016-01-01T00:60:00",
        "2016-01-01T00:00:60",
        "2016-01-01T00:00:00.",
        "2016-01-01T00:00:00,5",
        "2016-01-01T00:00:00.1234567890",
        "2016-01-01T00:00:00+24:00",
        "2016-01-01T00:00:00+0100",
        "2016-01-01T00:00:00+01",
        "2016-01-01T00:00:00 Z",
        "2016-01-01T00:00:00ZZ",
        "2016-01-01Z",
        "2016-01-01  00:00:00",
        "+2016-01-01",
        "２０１６-01-01",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+00:01",
        "2016-01-01\u{a0}",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    let formatted =
        |text: &str, format: &str| dates::read(text.as_bytes(), Some(format), &zone).map(Day::iso);
    assert_eq!(formatted("01/02/2016", "%d/%m/%Y"), some("2016-02-01"));
    assert_eq!(
        formatted("2016年02月01日", "%Y年%m月%d日"),
        some("2016-02-01")
    );
    assert_eq!(
        formatted("20160201235959", "%Y%m%d%H%M%S"),
        some("2016-02-01")
    );
    assert_eq!(formatted("20160201240000", "%Y%m%d%H%M%S"), None);
    assert_eq!(formatted("1/2/2016", "%d/%m/%Y"), None);
    assert_eq!(formatted("2016-02-01", "%d/%m/%Y"), None);
    for number in [
        0, 58, 59, 365, 366, 1_460, 1_461, 146_096, 146_097, 730_119, 3_652_058,
    ] {
        assert_eq!(Day::from_number(number).number(), number);
    }
    assert_eq!(Day::from_number(719_162).iso(), "1970-01-01");
}
