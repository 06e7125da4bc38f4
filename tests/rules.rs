//! Rules that are accepted: what they say once loaded, lists in every form, and that no text at
//! all makes the loader panic.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
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

/// Loads the complete rules with another list in place of the second.
fn load_with_list(file: &str, bytes: &[u8], digest: &str) -> Result<Rules, Faults> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new("testdata/rules/complete");
    for name in ["agreement.toml", "seats.txt", "house.csv"] {
        fs::copy(source.join(name), folder.path().join(name)).expect("a copy");
    }
    let policy = POLICY
        .replace("empty.tsv", file)
        .replace("\"sha256-hex\"", &format!("\"{digest}\""));
    fs::write(folder.path().join("policy.toml"), policy).expect("a policy");
    fs::write(folder.path().join(file), bytes).expect("a list");
    Rules::load(
        &folder.path().join("policy.toml"),
        &folder.path().join("agreement.toml"),
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("bytes in memory");
    encoder.finish().expect("bytes in memory")
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("bytes in memory")
}

#[test]
fn lists_are_read_in_every_form() {
    let skippable = [0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7];
    let parts: [&[u8]; 2] = [b"digest,why\nsw1a 1aa,\n", b"\"SW1A2AA\",x\nSW1A 1AA,again"];
    let whole = parts.concat();
    let forms = [
        ("list.csv", whole.clone()),
        ("list.gz", gzip(&whole)),
        ("list.csv", [gzip(parts[0]), gzip(parts[1])].concat()),
        ("list.zst", zstd_frame(&whole)),
        (
            "list.csv",
            [&skippable, &*zstd_frame(parts[0]), &*zstd_frame(parts[1])].concat(),
        ),
        (
            "list.psv.gz",
            gzip(
                String::from_utf8(whole.clone())
                    .expect("text")
                    .replace(',', "|")
                    .as_bytes(),
            ),
        ),
        (
            "list.tsv",
            String::from_utf8(whole)
                .expect("text")
                .replace(',', "\t")
                .into_bytes(),
        ),
    ];
    for (name, bytes) in forms {
        let rules = load_with_list(name, &bytes, "none")
            .unwrap_or_else(|faults| panic!("{name}: {faults}"));
        let list = &rules.lists[1];
        assert_eq!((list.rows, list.key_count()), (3, 2), "{name}");
        assert!(
            list.contains(b"SW1A1AA") && list.contains(b"SW1A2AA"),
            "{name}"
        );
        assert_eq!(
            list.file_sha256,
            <[u8; 32]>::from(Sha256::digest(&bytes)),
            "{name}"
        );
        assert_eq!(list.file_blake3, *blake3::hash(&bytes).as_bytes(), "{name}");
    }
}

#[test]
fn trailing_bytes_after_compressed_data_are_refused() {
    for bytes in [
        [gzip(b"digest\nA\n"), vec![0]].concat(),
        [zstd_frame(b"digest\nA\n"), b"A\n".to_vec()].concat(),
    ] {
        assert!(load_with_list("list.csv", &bytes, "none").is_err());
    }
}

#[test]
fn lists_of_digests_answer_for_keys() {
    use base64::Engine;
    let digest = Sha256::digest(b"SW1A1AA");
    let hex: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(digest);
    for (form, text) in [("sha256-hex", hex), ("sha256-base64", base64)] {
        let list = format!("digest\n {text}\t\n");
        let rules = load_with_list("list.csv", list.as_bytes(), form).expect("a list of digests");
        assert!(rules.lists[1].contains(b"SW1A1AA"));
        assert!(!rules.lists[1].contains(b"SW1A2AA"));
    }
}

#[test]
fn a_fault_in_a_list_shows_nothing_of_it() {
    let secret = "Zebedee";
    for list in [
        format!("digest\nA\n{secret},{secret}\n"),
        format!("{secret}\nA\n"),
        format!("digest\n\"{secret}\n"),
        format!("digest\n{secret}\"{secret}\n"),
        format!("digest,digest,{secret}\nA,B,C\n"),
        format!("\"digest\"{secret}\nA\n"),
    ] {
        for form in ["none", "sha256-hex", "sha256-base64"] {
            let faults = load_with_list("list.csv", list.as_bytes(), form).expect_err("a bad list");
            let shown = withhold::cli::diagnostics::render(
                &faults,
                withhold::cli::diagnostics::Colour::Plain,
            );
            assert!(!shown.contains(secret), "{shown}");
            assert!(
                !format!("{faults} {faults:?}").contains(secret),
                "{faults:?}"
            );
        }
    }
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

    #[test]
    fn no_bytes_of_a_list_make_the_loader_panic(bytes in prop::collection::vec(prop::sample::select(b"a,\"\r\n\xff \t|".to_vec()), 0..60)) {
        let _ = load_with_list("list.csv", &[b"digest\n", &*bytes].concat(), "none");
    }
}
