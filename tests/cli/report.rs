//! `report`: every number on the page follows from the manifest, nothing of a name is taken for markup, and a manifest
//! that was changed is refused. How the page looks is told by tests/browser/run.

mod asked;
mod numbers;
mod parts;
mod pictures;
mod text;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::stage::{HEADER, Log, Stage, many_records};

const MANIFEST: &str = "out/manifest.json";

/// The case of May 2017, in the folder of the stage.
fn case_of_2017(agreement: &str) -> Stage {
    let stage = Stage::new();
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/2017");
    for (from, to) in [
        ("policy.toml", "policy.toml"),
        (agreement, "agreement.toml"),
        ("house.csv", "house.csv"),
        ("supply.csv", "supply.csv"),
    ] {
        stage.write(to, fs::read(format!("{case}/{from}")).unwrap());
    }
    split(&stage, &["supply.csv"]);
    stage
}

fn split(stage: &Stage, arguments: &[&str]) {
    let output = stage
        .split(&["-q", "--force"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
}

fn page(stage: &Stage) -> String {
    let output = stage.command(&["report", MANIFEST]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn manifest(stage: &Stage) -> Value {
    serde_json::from_slice(&stage.read(MANIFEST)).unwrap()
}

#[test]
fn the_page_of_the_case_of_2017() {
    let stage = case_of_2017("agreement-party.toml");
    let own_digest = manifest(&stage)["predicate"]["self"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = page(&stage).replace(&own_digest, "[OWN DIGEST]");
    insta::with_settings!({filters => vec![
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[TIME]"),
        (r"withhold \d+\.\d+\.\d+", "withhold [VERSION]"),
        (r"\b[0-9a-f]{64}\b", "[DIGEST]"),
        (r"(?s)<style>.*</style>", "[STYLE]"),
    ]}, { insta::assert_snapshot!(page) });
}

#[test]
fn a_page_does_not_grow_with_the_months() {
    let stage = Stage::new();
    let months = (1..=9_999).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let records: String = months
        .map(|(year, month)| format!("1,{year:04}-{month:02}-01,A,Y,postal\n"))
        .collect();
    stage.write("a.csv", [HEADER, &records].concat());
    split(&stage, &["a.csv"]);
    let page = page(&stage);
    assert!(page.contains("Records by century of capture") && page.contains("9900 to 9999"));
    assert!(page.len() < 150_000, "{}", page.len());
}

#[test]
fn names_are_never_markup() {
    let stage = Stage::new();
    let evil = "<script>alert(1)</script><b onclick=x>&lt;'\u{202e}\u{7}";
    let toml = serde_json::to_string(evil).unwrap();
    let agreement = String::from_utf8(stage.read("agreement.toml")).unwrap();
    let agreement = agreement
        .replace("\"Toy Shop\"", &toml)
        .replace("\"T-1\"", &toml)
        .replace("\"Acorn Club\"", &toml)
        .replace("[\"postal\"]", &format!("[{toml}]"))
        .replace(
            "\n[[client]]",
            &format!(
                "\n[intermediary]\nname = {}\nrole = \"processor\"\n\n[[client]]",
                toml.replace("alert", "other")
            ),
        );
    let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
    let policy = policy
        .replace("\"Acorn Club\"", &toml)
        .replace(
            "version = \"A\"",
            &format!("version = {toml}\nnamed_recipients = [{toml}]"),
        )
        .replace("\nrecord = ", &format!("\n{toml} = "))
        .replace("[\"record\"]", &format!("[{toml}]"));
    stage.write("policy.toml", policy);
    stage.write("agreement.toml", agreement);
    let name = "<script>&\"'.csv";
    stage.write(name, many_records(10));
    split(&stage, &[name]);
    let page = page(&stage);
    assert!(page.matches("&#60;script&#62;alert(1)&#60;/script&#62;&#60;b onclick=x&#62;&#38;lt;&#39;\\u{202e}\\u{7}").count() > 8);
    assert!(page.contains("&#60;script&#62;&#38;&#34;&#39;.csv"));
    assert!(!page.contains(['\u{202e}', '\u{7}']));
    // Nothing but what the template has: no element, and no attribute, that could act.
    const ELEMENTS: &[&str] = &[
        "!DOCTYPE", "html", "head", "meta", "title", "link", "style", "body", "header", "main",
        "section", "h1", "h2", "h3", "p", "div", "dl", "dt", "dd", "span", "bdi", "code", "strong",
        "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "figure", "details", "summary",
        "svg", "desc", "rect", "polyline", "line", "text",
    ];
    let without_style = [
        &page[..page.find("<style>").unwrap()],
        &page[page.find("</style>").unwrap()..],
    ]
    .concat();
    for tag in without_style.split('<').skip(1) {
        let tag = &tag[..tag.find('>').expect("a tag ends")];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n'])
            .next()
            .unwrap();
        assert!(ELEMENTS.contains(&name), "<{tag}>");
        assert!(!tag.contains(" on"), "<{tag}>");
        assert!(
            !tag.contains("href") || tag.contains("href=\"data:,\""),
            "<{tag}>"
        );
    }
    let page = page.replace("http://www.w3.org/2000/svg", "");
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    assert!(
        !page.contains("url(") && !page.contains("@import") && !page.contains("//"),
        "the page asks for something"
    );
}

#[test]
fn a_report_appears_whole_and_for_its_owner_alone() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(10));
    split(&stage, &["a.csv"]);
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| {
        let output = stage
            .command(&[&["report"], arguments].concat())
            .output()
            .unwrap();
        log.add(title, &stage.told(&output));
    };
    add("a new file", &[MANIFEST, "-o", "report.html"]);
    let written = stage.read("report.html");
    assert_eq!(written, page(&stage).as_bytes());
    assert_eq!(
        fs::metadata(stage.path("report.html"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    stage.write("report.html", "mine");
    add("a file that is there", &[MANIFEST, "-o", "report.html"]);
    assert_eq!(stage.read("report.html"), b"mine");
    add(
        "the same, by force",
        &[MANIFEST, "-o", "report.html", "--force"],
    );
    assert_eq!(stage.read("report.html"), written);
    add("a directory", &[MANIFEST, "-o", "out", "--force"]);
    add("no directory", &[MANIFEST, "-o", "none/report.html"]);
    add(
        "the manifest itself",
        &[MANIFEST, "-o", "./out/manifest.json", "--force"],
    );
    add("no manifest", &["none.json"]);
    add("a supply", &["a.csv", "-o", "other.html"]);
    assert_eq!(
        stage.names("."),
        [
            "a.csv",
            "agreement.toml",
            "out",
            "policy.toml",
            "report.html"
        ]
    );
    let full = stage
        .shell("$W report out/manifest.json > /dev/full")
        .output()
        .unwrap();
    log.add("a full device", &stage.told(&full));
    insta::assert_snapshot!(log.text());
}

#[test]
fn an_envelope_gives_the_page_of_its_manifest() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(10));
    let made = stage.command(&["keygen", "-o", "key"]).output().unwrap();
    assert_eq!(made.status.code(), Some(0));
    split(&stage, &["--sign", "key", "a.csv"]);
    const ENVELOPE: &str = "out/manifest.dsse.json";
    let report = |arguments: &[&str]| {
        let arguments = [&["report"], arguments].concat();
        stage.command(&arguments).output().unwrap()
    };
    let of_manifest = page(&stage);
    let envelope = stage.read(ENVELOPE);
    fs::remove_file(stage.path(MANIFEST)).unwrap();
    let output = report(&[ENVELOPE]);
    assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
    assert!(output.stdout == of_manifest.as_bytes());

    let mut log = Log::default();
    let output = report(&[ENVELOPE, "-o", ENVELOPE, "--force"]);
    log.add("the envelope itself", &stage.told(&output));
    assert_eq!(stage.read(ENVELOPE), envelope);
    let json: Value = serde_json::from_slice(&envelope).unwrap();
    for (title, key, value) in [
        ("another type", "payloadType", "application/json"),
        ("no manifest", "payload", "e30="),
        ("no text", "payload", "/w=="),
    ] {
        let mut changed = json.clone();
        changed[key] = value.into();
        stage.write(ENVELOPE, changed.to_string());
        let output = report(&[ENVELOPE, "-o", "report.html"]);
        assert_eq!(output.status.code(), Some(3), "{title}");
        log.add(title, &stage.told(&output));
        assert!(!stage.path("report.html").exists());
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_manifest_that_does_not_hold_is_refused() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(10));
    split(&stage, &["a.csv"]);
    let whole = String::from_utf8(stage.read(MANIFEST)).unwrap();
    let changed = |change: &dyn Fn(&mut withhold::output::Predicate)| {
        let mut manifest = withhold::output::Manifest::from_text(&whole).unwrap();
        change(&mut manifest.predicate);
        manifest.to_text()
    };
    let mut log = Log::default();
    for (title, text) in [
        (
            "another number",
            whole.replace("\"permitted\": 4", "\"permitted\": 5"),
        ),
        (
            "a number more, and the digest made anew",
            changed(&|predicate| predicate.counts.permitted += 1),
        ),
        (
            "records moved between months that do not add up",
            changed(&|predicate| predicate.captured.months[0].withheld += 1),
        ),
        (
            "a month that is none",
            changed(&|predicate| predicate.captured.months[0].month = "2016-13".to_owned()),
        ),
        (
            "cut short",
            whole[..whole.find("\"started\"").unwrap()].to_owned(),
        ),
    ] {
        assert_ne!(text, whole, "{title}");
        stage.write(MANIFEST, text);
        let output = stage
            .command(&["report", MANIFEST, "-o", "report.html"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{title}");
        log.add(title, &stage.told(&output));
        assert!(!stage.path("report.html").exists());
    }
    insta::assert_snapshot!(log.text());
}
