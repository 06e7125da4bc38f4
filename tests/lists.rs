//! Suppression lists: every form in which they are read, several together, and that no bytes at all make the loader panic.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use withhold::rules::{Faults, Place, Rules};

const POLICY: &str = include_str!("../testdata/rules/complete/policy.toml");

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

/// Loads the complete rules with these lists, one column of identifiers each, in place of its own.
fn load_with_lists(lists: &[String]) -> Result<Rules, Faults> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new("testdata/rules/complete");
    for name in ["agreement.toml", "seats.txt"] {
        fs::copy(source.join(name), folder.path().join(name)).expect("a copy");
    }
    let (mut policy, _) = POLICY
        .split_once("[[suppression]]")
        .map(|(before, after)| (before.to_owned(), after))
        .expect("a list");
    for (index, list) in lists.iter().enumerate() {
        fs::write(folder.path().join(format!("{index}.csv")), list).expect("a list");
        write!(
            policy,
            "[[suppression]]\nname = \"list-{index}\"\nfile = \"{index}.csv\"\nmatch = [\"record_id:exact\"]\n\
             list = [\"id\"]\nas_of = 2017-04-20\nmax_age = \"28 days\"\n\n"
        )
        .expect("writing to a string does not fail");
    }
    fs::write(folder.path().join("policy.toml"), policy).expect("a policy");
    Rules::load(
        &folder.path().join("policy.toml"),
        &folder.path().join("agreement.toml"),
    )
}

/// They are loaded at the same time, and the first takes longest.
#[test]
fn lists_and_their_faults_come_in_the_policys_order() {
    let list = |count: usize, last: &str| {
        let rows: String = (0..count).map(|row| format!("{count}-{row}\n")).collect();
        format!("id\n{rows}{last}")
    };
    let counts = [30_000, 3, 1, 2_000, 20, 1];
    let rules = load_with_lists(&counts.map(|count| list(count, ""))).expect("sound lists");
    for (index, (loaded, count)) in rules.lists.iter().zip(counts).enumerate() {
        assert_eq!(loaded.name, format!("list-{index}"));
        assert_eq!((loaded.rows, loaded.key_count()), (count as u64, count));
        assert!(loaded.contains(format!("{count}-0").as_bytes()));
    }
    assert_eq!(rules.lists.len(), counts.len());

    let bad = [(30_000, " \n"), (3, ""), (1, " \n"), (2_000, " \n")];
    let faults = load_with_lists(&bad.map(|(count, last)| list(count, last))).expect_err("faults");
    let told: Vec<_> = faults
        .0
        .iter()
        .map(|fault| match &fault.place {
            Place::File { path, record, .. } => (path.file_name().unwrap().to_owned(), *record),
            Place::Text { .. } => panic!("a fault of a row: {fault}"),
        })
        .collect();
    let expected = [("0.csv", 30_001), ("2.csv", 2), ("3.csv", 2_001)];
    assert_eq!(
        told,
        expected.map(|(file, record)| (file.into(), Some(record)))
    );
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

/// As `bgzip` writes it: members that tell their length, and an empty one that tells the end.
#[test]
fn a_list_in_bgzf_that_lacks_its_end_is_refused() {
    let member = |content: &[u8]| {
        let plain = gzip(content);
        let deflated = &plain[10..];
        let length = 18 + deflated.len() - 1;
        let mut member = vec![
            0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0,
        ];
        member.extend_from_slice(&u16::try_from(length).expect("a small member").to_le_bytes());
        member.extend_from_slice(deflated);
        member
    };
    let end = [
        0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0,
        0, 0, 0, 0,
    ];
    let cut = [member(b"digest\nA\n"), member(b"B\n")].concat();
    let whole = [&cut[..], &end].concat();
    let rules = load_with_list("list.csv.gz", &whole, "none").expect("a whole list");
    assert_eq!(rules.lists[1].rows, 2);
    let faults = load_with_list("list.csv.gz", &cut, "none").expect_err("a cut list");
    assert!(faults.to_string().contains("it ends too early"), "{faults}");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_of_a_list_make_the_loader_panic(bytes in prop::collection::vec(prop::sample::select(b"a,\"\r\n\xff \t|".to_vec()), 0..60)) {
        let _ = load_with_list("list.csv", &[b"digest\n", &*bytes].concat(), "none");
    }
}
