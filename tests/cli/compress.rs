//! `--compress`: outputs that any tool of their kind reads, whose bytes depend on nothing but their content, and that `verify`
//! knows as well as others.

use std::fs;
use std::io::Read;

use serde_json::Value;

use super::stage::{HEADER, Log, PERMITTED, REFUSED, Stage, many_records};

/// The content of a gzip file, of all its members.
fn gunzip(stored: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(stored);
    decoder.read_to_end(&mut content).unwrap();
    content
}

fn unzstd(stored: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(stored).unwrap()
}

/// Each form, its suffix and how to undo it.
type Form = (&'static str, fn(&[u8]) -> Vec<u8>);
const FORMS: [Form; 2] = [("gz", gunzip), ("zst", unzstd)];

/// Enough for several chunks of each output.
fn large() -> Stage {
    let stage = Stage::new();
    stage.write("a.csv", many_records(40_000));
    stage
}

fn split(stage: &Stage, arguments: &[&str]) {
    let output = stage
        .split(&["-q", "--force", "a.csv"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n", "{arguments:?}");
}

fn manifest(stage: &Stage) -> Value {
    serde_json::from_slice(&stage.read("out/manifest.json")).unwrap()
}

#[test]
fn compressed_outputs_hold_what_plain_ones_do() {
    let stage = large();
    split(&stage, &[]);
    let plain = ["permitted", "withheld"].map(|side| stage.read(&format!("out/{side}.csv")));
    for (form, undo) in FORMS {
        split(&stage, &["--compress", form]);
        let names = [
            "manifest.json".to_owned(),
            format!("permitted.csv.{form}"),
            format!("withheld.csv.{form}"),
        ];
        assert_eq!(stage.names("out"), names);
        let manifest = manifest(&stage);
        for (index, (name, plain)) in names[1..].iter().zip(&plain).enumerate() {
            let stored = stage.read(&format!("out/{name}"));
            assert!(undo(&stored) == *plain, "{name}");
            assert!(stored.len() < plain.len() / 2, "{name}");
            let entry = &manifest["predicate"]["outputs"][index];
            assert_eq!(entry["name"], **name);
            assert_eq!(entry["bytes"], stored.len());
            assert_eq!(entry["content_bytes"], plain.len());
            let subject = &manifest["subject"][index];
            assert_eq!(subject["name"], **name);
            let digest = blake3::hash(&stored).to_hex();
            assert_eq!(subject["digest"]["blake3"], digest.as_str());
        }
    }
}

#[test]
fn compressed_bytes_depend_on_content_alone() {
    let stage = large();
    let content = stage.read("a.csv");
    stage.write("a.csv.zst", super::stage::zstd(&content));
    for (form, _) in FORMS {
        let mut first = None;
        for way in [
            &["--threads", "1"][..],
            &["--threads", "8", "--block-bytes", "4096"],
            &["--threads", "3", "--block-bytes", "100003"],
            &["--threads", "2", "--digest", "sha256"],
        ] {
            for input in ["a.csv", "a.csv.zst"] {
                let output = stage
                    .split(&["-q", "--force", "--compress", form, input])
                    .args(way)
                    .output()
                    .unwrap();
                assert_eq!(stage.told(&output), "exit 0\n");
                let found = ["permitted", "withheld"]
                    .map(|side| stage.read(&format!("out/{side}.csv.{form}")));
                assert!(*first.get_or_insert(found.clone()) == found, "{way:?}");
            }
        }
    }
}

#[test]
fn what_was_compressed_is_an_input() {
    let stage = large();
    split(&stage, &[]);
    let plain = stage.read("out/permitted.csv");
    for (form, undo) in FORMS {
        split(&stage, &["--compress", form]);
        let name = format!("b.csv.{form}");
        fs::rename(
            stage.path(&format!("out/permitted.csv.{form}")),
            stage.path(&name),
        )
        .unwrap();
        let output = stage
            .split(&["-q", "--force", "--compress", form, &name])
            .output()
            .unwrap();
        assert_eq!(stage.told(&output), "exit 0\n");
        let again = undo(&stage.read(&format!("out/permitted.csv.{form}")));
        assert!(again == plain, "{form}");
    }
}

#[test]
fn nothing_permitted_is_a_header_alone() {
    let stage = Stage::new();
    stage.write("a.csv", HEADER);
    for (form, undo) in FORMS {
        split(&stage, &["--compress", form]);
        let permitted = stage.read(&format!("out/permitted.csv.{form}"));
        assert_eq!(undo(&permitted), HEADER.as_bytes());
    }
}

#[test]
fn reasons_much_longer_than_their_records_are_compressed_too() {
    let stage = Stage::new();
    // Every block gathers far more than it has, which is written before the block is done.
    stage.write("a.csv", [HEADER, &",,,,\n".repeat(60_000)].concat());
    split(&stage, &[]);
    let plain = stage.read("out/withheld.csv");
    for (form, undo) in FORMS {
        split(
            &stage,
            &[
                "--compress",
                form,
                "--threads",
                "4",
                "--block-bytes",
                "40000",
            ],
        );
        assert!(undo(&stage.read(&format!("out/withheld.csv.{form}"))) == plain);
    }
}

#[test]
fn compressed_outputs_are_verified() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(900));
    let mut log = Log::default();
    for (form, _) in FORMS {
        split(&stage, &["--compress", form]);
        let name = format!("out/withheld.csv.{form}");
        let mut verify = |title: &str| {
            let arguments = ["verify", "out/manifest.json", "--replay"];
            let output = stage.command(&arguments).output().unwrap();
            log.add(&format!("{form}: {title}"), &stage.told(&output));
        };
        verify("as it was made");
        let whole = stage.read(&name);
        // The same content, compressed in another way.
        let content = fs::read(stage.path("a.csv")).unwrap();
        let other = match form {
            "gz" => super::stage::gzip(&content),
            _ => super::stage::zstd(&content),
        };
        stage.write(&name, other);
        verify("other content");
        stage.write(&name, &whole[..whole.len() / 2]);
        verify("cut");
    }
    insta::with_settings!({filters => vec![
        (r"\d+ bytes, not \d+", "[N] bytes, not [M]"),
        (r"right         (\S+)  +\d+ bytes\n", "right         $1  [N] bytes\n"),
        (r"differs from byte \d+", "differs from byte [N]"),
    ]}, {
        insta::assert_snapshot!(log.text());
    });
}

#[test]
fn headers_of_any_length_and_end_are_compressed() {
    let long = "x".repeat(9_000);
    let stage = Stage::new();
    let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
    let header = HEADER.trim_end();
    let scenes = [
        (policy.clone(), header.to_owned(), ""),
        (
            policy.replace(
                "\"ok\", \"channels\"]",
                &format!("\"ok\", \"channels\", \"{long}\"]"),
            ),
            format!("{header},{long}"),
            ",y",
        ),
    ];
    for (policy, header, more) in scenes {
        stage.write("policy.toml", policy);
        // The first input ends with its header, so that a terminator is due before the second one's records.
        stage.write("a.csv", &header);
        let [permitted, refused] = [PERMITTED, REFUSED].map(str::trim_end);
        stage.write(
            "b.csv",
            format!("{header}\n{permitted}{more}\n{refused}{more}\n"),
        );
        split(&stage, &["b.csv"]);
        let plain = ["permitted", "withheld"].map(|side| stage.read(&format!("out/{side}.csv")));
        let first = format!("{header}\n{permitted}{more}\n");
        assert_eq!(String::from_utf8_lossy(&plain[0]), first);
        for (form, undo) in FORMS {
            split(&stage, &["b.csv", "--compress", form]);
            for (side, plain) in ["permitted", "withheld"].iter().zip(&plain) {
                let stored = stage.read(&format!("out/{side}.csv.{form}"));
                assert!(undo(&stored) == *plain, "{side} {form}");
            }
        }
    }
}
