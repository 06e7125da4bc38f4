//! Rules that are accepted: what they say once loaded, and that no text at all makes the loader panic.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use withhold::rules::{
    ChannelConsent, DateForm, Faults, IntermediaryRole, RecipientTest, RequestedData, Rules,
    Validity,
};

const POLICY: &str = include_str!("../testdata/rules/complete/policy.toml");
const AGREEMENT: &str = include_str!("../testdata/rules/complete/agreement.toml");

#[test]
fn a_complete_policy_and_agreement_load() {
    let folder = Path::new("testdata/rules/complete");
    let rules = Rules::load(&folder.join("policy.toml"), &folder.join("agreement.toml"))
        .expect("rules without fault");

    let policy = &rules.policy;
    assert_eq!(policy.timezone_name, "Europe/London");
    assert_eq!(
        policy
            .explicit_terms
            .borne_by("online-gambling")
            .collect::<Vec<_>>(),
        ["gambling"]
    );
    assert!(matches!(&policy.columns.date_form, DateForm::Pattern(parts) if parts.len() == 5));
    assert_eq!(
        policy
            .columns
            .withdrawn_at
            .as_ref()
            .map(|c| c.value.as_str()),
        Some("withdrawn_at")
    );
    assert!(policy.third_parties.refused.is_empty());
    let ChannelConsent::Flags(flags) = &policy.channels else {
        panic!("flags")
    };
    assert_eq!(
        flags
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["postal", "email"]
    );
    let categories: Vec<_> = policy
        .data
        .iter()
        .map(|category| category.name.value.as_str())
        .collect();
    assert_eq!(categories, ["name", "household-address"]);
    assert_eq!(policy.notices.len(), 2);
    assert_eq!(policy.notices[0].recipient_test, RecipientTest::Named);
    assert_eq!(policy.notices[1].sources, None);
    assert_eq!(policy.notices[1].valid_for, Validity::Unlimited);
    let span = policy.notices[0].version.span.clone();
    assert_eq!(&policy.source.text[span], "\"2016-09\"");
    assert_eq!(
        policy.source.sha256,
        <[u8; 32]>::from(Sha256::digest(POLICY))
    );
    assert_eq!(
        policy.source.blake3,
        *blake3::hash(POLICY.as_bytes()).as_bytes()
    );

    let agreement = &rules.agreement;
    assert_eq!(agreement.id, "");
    assert!(matches!(&agreement.data, RequestedData::Categories(names) if names.len() == 2));
    assert_eq!(
        agreement.intermediary.as_ref().map(|party| party.role),
        Some(IntermediaryRole::Processor)
    );
    let territory = agreement.territory.as_ref().expect("a territory");
    assert_eq!(territory.values, ["E14000530", "E14000531", "W07000041"]);
    assert!(territory.include_file.is_some());

    let [house, service] = rules.lists.as_slice() else {
        panic!("two lists")
    };
    assert_eq!(
        policy.suppressions[0].components[0].column.value,
        "odd:name"
    );
    assert_eq!((house.rows, house.key_count()), (2, 2));
    assert!(house.contains(b"R1|obrien"));
    assert!(house.contains(b"R2|smithj"));
    assert!(!house.contains(b"R1|smithj") && !house.contains(b"R1"));
    let on_disk = fs::read(folder.join("house.csv")).expect("the list");
    assert_eq!(
        house.file_sha256,
        <[u8; 32]>::from(Sha256::digest(&on_disk))
    );
    assert_eq!(house.file_blake3, *blake3::hash(&on_disk).as_bytes());
    assert_eq!((service.rows, service.key_count()), (0, 0));
    assert!(!service.contains(b"SW1A1AA"));
}

fn load_texts(policy: &[u8], agreement: &[u8]) -> Result<Rules, Faults> {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["policy.toml", "agreement.toml"].map(|name| folder.path().join(name));
    fs::write(&paths[0], policy).expect("a policy");
    fs::write(&paths[1], agreement).expect("an agreement");
    Rules::load(&paths[0], &paths[1])
}

#[test]
fn time_zones_are_those_of_the_bundled_database() {
    let shown = |zone: &str| {
        let policy = POLICY.replace("Europe/London", zone);
        let faults = load_texts(policy.as_bytes(), AGREEMENT.as_bytes()).expect_err("no lists");
        withhold::cli::diagnostics::render(&faults, withhold::cli::diagnostics::Colour::Plain)
    };
    for zone in ["UTC", "Europe/Belfast", "Etc/GMT+1", "GMT"] {
        assert!(!shown(zone).contains("no time zone"), "{zone}");
    }
    assert!(shown("utc").contains("help: write \"UTC\""));
    assert!(shown("etc/gmt+1").contains("help: write \"Etc/GMT+1\""));
    for zone in ["Etc/Unknown", "", "local", "EST5EDT,M3.2.0,M11.1.0"] {
        assert!(shown(zone).contains("no time zone"), "{zone}");
    }
}

#[test]
fn the_first_and_the_last_day_of_all_are_days() {
    let shown = |day: &str| {
        let agreement = AGREEMENT.replace("delivery = 2017-05-05", &format!("delivery = {day}"));
        assert!(agreement.contains(day));
        let faults = load_texts(POLICY.as_bytes(), agreement.as_bytes()).expect_err("no lists");
        withhold::cli::diagnostics::render(&faults, withhold::cli::diagnostics::Colour::Plain)
    };
    assert!(shown("0000-12-31").contains("no day of the years"));
    for day in ["0001-01-01", "9999-12-31"] {
        assert!(!shown(day).contains("no day of the years"), "{day}");
    }
}

#[test]
fn a_policy_past_the_limit_is_refused() {
    let mut policy = POLICY.as_bytes().to_vec();
    policy.resize((16 << 20) + 1, b'\n');
    let faults = load_texts(&policy, AGREEMENT.as_bytes()).expect_err("a policy too long");
    assert!(
        faults.to_string().contains("longer than 16777216 bytes"),
        "{faults}"
    );
}

/// Texts near to TOML, and near to the rules.
fn near_toml() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "schema",
        "notice",
        "data",
        "consent",
        "channels",
        "flags",
        "columns",
        "client",
        "include_file",
        "\"",
        "'",
        "\"\"\"",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\r",
        " ",
        "#",
        "1",
        "0x1",
        "-",
        "1e9",
        "inf",
        "2016-09-01",
        "0000-01-01",
        "T00:00:00Z",
        "true",
        "\\u00A0",
        "\\uD800",
        "é",
        "\u{feff}",
        "\u{202e}",
        "\u{0}",
        "= 1\n",
        "= \"\"\n",
        "= []\n",
        "= {}\n",
        "[[notice]]\n",
        "version = \"a\"\n",
        "from = 2016-01-01\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    (0..text.len(), 0..30_usize, near_toml()).prop_map(move |(start, length, insert)| {
        let boundary = |index: usize| {
            (index..=text.len())
                .find(|&i| text.is_char_boundary(i))
                .unwrap_or(text.len())
        };
        let start = boundary(start);
        let end = boundary((start + length).min(text.len()));
        format!("{}{insert}{}", &text[..start], &text[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_makes_the_loader_panic(policy in near_toml(), agreement in near_toml()) {
        let faults = load_texts(policy.as_bytes(), agreement.as_bytes()).expect_err("no rules");
        withhold::cli::diagnostics::render(&faults, withhold::cli::diagnostics::Colour::Styled);
    }

    #[test]
    fn no_change_to_good_rules_makes_the_loader_panic(policy in mutated(POLICY), agreement in mutated(AGREEMENT)) {
        // The lists are not there, so that these rules are refused at any rate.
        let faults = load_texts(policy.as_bytes(), agreement.as_bytes()).expect_err("no lists");
        withhold::cli::diagnostics::render(&faults, withhold::cli::diagnostics::Colour::Plain);
    }
}
