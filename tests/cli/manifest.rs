//! What a manifest counts and says, against the records and the rules themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::stage::{HEADER, Stage};

fn predicate(stage: &Stage, arguments: &[&str]) -> Value {
    let output = stage
        .split(&["-q", "--force"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n", "{arguments:?}");
    let manifest: Value = serde_json::from_slice(&stage.read("out/manifest.json")).unwrap();
    manifest["predicate"].clone()
}

/// Records of every month from 1960 to 2109, and of some years far away; every seventh cannot be dated.
fn dated_records() -> String {
    let mut text = String::from(HEADER);
    let near = (1960..2110).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let far = [(1, 1), (1, 12), (1582, 10), (9999, 12)];
    for (number, (year, month)) in near.chain(far).cycle().take(9_000).enumerate() {
        let date = match number % 7 {
            0 => ["", "2016-13-01", "unknown"][number % 3].to_owned(),
            1 => format!("\"{year:04}-{month:02}-01\""),
            2 => format!("{year:04}-{month:02}-28T23:59:59"),
            _ => format!("{year:04}-{month:02}-{:02}", 1 + number % 28),
        };
        let answer = ["Y", "N"][number % 2];
        text.push_str(&format!("{number},{date},A,{answer},postal\n"));
    }
    text
}

#[test]
fn every_record_is_counted_in_its_month() {
    let stage = Stage::new();
    stage.write("dated.csv", dated_records());
    for arguments in [
        &["--threads", "1"][..],
        &["--threads", "4", "--block-bytes", "999"],
        &["--threads", "3", "--block-bytes", "20000"],
    ] {
        let predicate = predicate(&stage, &[arguments, &["dated.csv"]].concat());
        let mut months: BTreeMap<String, [u64; 2]> = BTreeMap::new();
        let mut undated = 0;
        for (verdict, name) in ["permitted", "withheld"].iter().enumerate() {
            let path = stage.path(&format!("out/{name}.csv"));
            for record in csv::Reader::from_path(path).unwrap().records() {
                let record = record.unwrap();
                if record
                    .iter()
                    .next_back()
                    .unwrap()
                    .contains("date-unreadable")
                {
                    undated += 1;
                } else {
                    months.entry(record[1][..7].to_owned()).or_default()[verdict] += 1;
                }
            }
        }
        let months: Vec<Value> = months
            .into_iter()
            .map(|(month, [permitted, withheld])| json!({"month": month, "permitted": permitted, "withheld": withheld}))
            .collect();
        assert!(months.len() > 1_800 && undated > 1_000);
        let unreadable = json!({"permitted": 0, "withheld": undated});
        let expected = json!({"months": months, "unreadable": unreadable});
        assert_eq!(predicate["captured"], expected, "{arguments:?}");
    }
}

#[test]
fn the_first_malformed_records_are_named_by_their_place() {
    let stage = Stage::new();
    let good = "1,2016-09-05,A,Y,postal\n";
    let bad = ["1,2\n", "1,2016-09-05,A,Y,\"postal\"x\n", "a\"b,2,3,4,5\n"];
    let mut inputs = [
        String::from(HEADER),
        String::from(HEADER),
        String::from(HEADER),
    ];
    let mut expected = Vec::new();
    // Three in the first input, none in the second, and more than are named in the third.
    for (input, text) in inputs.iter_mut().enumerate() {
        for number in 1..=400_u64 {
            let malformed = match input {
                0 => number % 160 == 1,
                1 => false,
                _ => number % 13 == 0,
            };
            if malformed {
                let bad = bad[number as usize % 3];
                let place = json!({"input": input + 1, "record": number, "offset": text.len(), "bytes": bad.len()});
                expected.push(place);
                text.push_str(bad);
            } else {
                text.push_str(good);
            }
        }
    }
    let all = expected.len();
    expected.truncate(10);
    for (index, text) in inputs.iter().enumerate() {
        stage.write(&format!("{index}.csv"), text);
    }
    for arguments in [
        &["--threads", "1"][..],
        &["--threads", "4", "--block-bytes", "64"],
        &["--threads", "8", "--block-bytes", "500"],
    ] {
        let predicate = predicate(&stage, &[arguments, &["0.csv", "1.csv", "2.csv"]].concat());
        assert_eq!(predicate["malformed"], json!(expected), "{arguments:?}");
        let reasons = predicate["counts"]["reasons"].as_array().unwrap();
        assert_eq!(
            reasons[0],
            json!({"reason": "malformed", "records": all, "only": all})
        );
    }
    let none = predicate(&stage, &["1.csv"]);
    assert_eq!(none["malformed"], json!([]));
}

/// Policy and agreement in which each notice fails in another way.
fn disclosure_stage() -> Stage {
    let stage = Stage::new();
    let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
    let notice = &policy[policy.find("[[notice]]").unwrap()..];
    let with = |from: &str, to: &str, version: &str| {
        assert!(notice.contains(from));
        notice
            .replace(from, to)
            .replace("version = \"A\"", &format!("version = \"{version}\""))
    };
    let policy = [
        policy.clone(),
        with("recipients = [\"retail\"]", "recipients = [\"retail\", \"finance\"]\nnamed_recipients = [\"Toy Shop\"]\nrecipient_test = \"named\"\nsources = [\"web\", \"card\"]", "B"),
        with("purposes = [\"marketing\"]", "purposes = [\"research\"]\nuntil = 2016-01-01", "C"),
        with("channels = [\"postal\", \"email\"]", "channels = []", "D"),
        with("data = [\"record\"]", "data = []", "E"),
    ]
    .concat()
    .replace("notice = \"notice\"", "notice = \"notice\"\nsource = \"id\"")
    .replace("\nrecord = [\"id\", ", "\nkey = [\"id\"]\nrecord = [");
    stage.write("policy.toml", policy);
    let agreement = String::from_utf8(stage.read("agreement.toml")).unwrap();
    let agreement = agreement.replace("[[client]]", "[intermediary]\nname = \"Bank\"\nrole = \"controller\"\nsector = \"finance/bank\"\n\n[[client]]");
    stage.write("agreement.toml", agreement);
    stage.write("a.csv", [HEADER, "1,2016-09-05,A,Y,postal\n"].concat());
    stage
}

#[test]
fn what_each_notice_leaves_unsaid_is_said() {
    let stage = disclosure_stage();
    let predicate = predicate(&stage, &["a.csv"]);
    let disclosures = predicate["disclosures"].as_array().unwrap();
    let found: Vec<(&str, &Value)> = disclosures
        .iter()
        .map(|entry| (entry["notice"].as_str().unwrap(), &entry["undisclosed"]))
        .collect();
    let unsaid = |recipients: &[&str], purposes: &[&str], channels: &[&str], data: &[&str]| json!({"recipients": recipients, "purposes": purposes, "channels": channels, "data": data});
    let expected = [
        ("A", unsaid(&["Bank"], &[], &[], &["key"])),
        ("B", unsaid(&["Bank"], &[], &[], &["key"])),
        ("C", unsaid(&["Bank"], &["marketing/direct"], &[], &["key"])),
        ("D", unsaid(&["Bank"], &[], &["postal"], &["key"])),
        ("E", unsaid(&["Bank"], &[], &[], &["key", "record"])),
    ];
    let expected: Vec<(&str, &Value)> = expected
        .iter()
        .map(|(name, unsaid)| (*name, unsaid))
        .collect();
    assert_eq!(found, expected);
    // The matrix that `check` prints says the same.
    let mut check = stage.command(&[
        "check",
        "-p",
        "policy.toml",
        "-a",
        "agreement.toml",
        "--format",
        "json",
    ]);
    let matrix: Value = serde_json::from_slice(&check.output().unwrap().stdout).unwrap();
    for (row, entry) in matrix["notices"]
        .as_array()
        .unwrap()
        .iter()
        .zip(disclosures)
    {
        assert_eq!(row["notice"], entry["notice"]);
        assert_eq!(row["sources"], entry["sources"]);
        for (test, part) in [
            ("recipient", "recipients"),
            ("purpose", "purposes"),
            ("channel", "channels"),
            ("data", "data"),
        ] {
            let unsaid = entry["undisclosed"][part].as_array().unwrap();
            assert_eq!(
                row[test],
                json!(unsaid.is_empty()),
                "{} {test}",
                row["notice"]
            );
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&predicate["disclosures"]).unwrap());
}

#[test]
fn a_list_is_as_old_as_it_is_on_the_day_of_delivery() {
    let stage = Stage::new();
    let mut policy = String::from_utf8(stage.read("policy.toml")).unwrap();
    for (name, as_of, age) in [
        ("a", "2017-05-05", "1 days"),
        ("b", "2016-05-05", "365 days"),
        ("c", "2017-02-28", "3 months"),
    ] {
        policy.push_str(&format!("\n[[suppression]]\nname = \"{name}\"\nfile = \"{name}.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\nas_of = {as_of}\nmax_age = \"{age}\"\n"));
        stage.write(&format!("{name}.csv"), "id\n4\n5\n4\n");
    }
    stage.write("policy.toml", policy);
    stage.write(
        "a.csv.records",
        [HEADER, "1,2016-09-05,A,Y,postal\n"].concat(),
    );
    let predicate = predicate(&stage, &["a.csv.records"]);
    let found: Vec<Value> = predicate["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| {
            json!([
                list["name"],
                list["as_of"],
                list["age_days"],
                list["max_age"],
                list["rows"],
                list["keys"]
            ])
        })
        .collect();
    let expected = json!([
        ["a", "2017-05-05", 0, "1 days", 3, 2],
        ["b", "2016-05-05", 365, "365 days", 3, 2],
        ["c", "2017-02-28", 66, "3 months", 3, 2],
    ]);
    assert_eq!(json!(found), expected);
}

/// As a JSON-LD processor does it: every key and every term is an IRI, by the contexts in force where it stands.
mod linked {
    use super::*;

    type Terms = BTreeMap<String, Value>;

    /// Every IRI of the Data Privacy Vocabulary that a manifest may use, from version 2.2 of its modules `process`,
    /// `entities`, `entities_legalrole`, `purposes`, `consent` and `consent_status`.
    const DPV: &[&str] = &[
        "hasProcess",
        "Process",
        "hasName",
        "hasRecipient",
        "hasDataController",
        "DataController",
        "DataProcessor",
        "Purpose",
        "Marketing",
        "DirectMarketing",
        "Advertising",
        "PoliticalCampaign",
        "ResearchAndDevelopment",
        "hasPurpose",
        "hasConsentStatus",
        "ConsentGiven",
        "ConsentUnknown",
        "ConsentRefused",
        "ConsentWithdrawn",
        "ConsentExpired",
    ];

    fn iri(name: &str, terms: &Terms) -> String {
        if name.starts_with('@') {
            assert!(["@context", "@type", "@id"].contains(&name), "{name}");
            return name.to_owned();
        }
        let meaning = terms
            .get(name)
            .map(|meaning| meaning.get("@id").unwrap_or(meaning).as_str().unwrap());
        let name = meaning.unwrap_or(name);
        let iri = match name.split_once(':') {
            Some((_, rest)) if rest.starts_with("//") => name.to_owned(),
            Some((prefix, rest)) => format!("{}{rest}", terms[prefix].as_str().unwrap()),
            None => format!("{}{name}", terms["@vocab"].as_str().unwrap()),
        };
        if let Some(term) = iri.strip_prefix("https://w3id.org/dpv#") {
            assert!(DPV.contains(&term), "{term}");
        } else {
            assert!(
                iri.starts_with("https://withhold.dev/attestation/split/v1#"),
                "{iri}"
            );
        }
        iri
    }

    fn with_context(terms: &Terms, context: &Value) -> Terms {
        let mut terms = terms.clone();
        for (name, meaning) in context.as_object().unwrap() {
            terms.insert(name.clone(), meaning.clone());
        }
        terms
    }

    /// Notes each property and what it holds, by IRI: a node's own kind, or a text.
    fn walk(value: &Value, terms: &Terms, statements: &mut Vec<(String, String)>) {
        match value {
            Value::Array(values) => values
                .iter()
                .for_each(|value| walk(value, terms, statements)),
            Value::Object(object) => {
                let here = object
                    .get("@context")
                    .map_or_else(|| terms.clone(), |context| with_context(terms, context));
                for (key, value) in object.iter().filter(|(key, _)| *key != "@context") {
                    let property = iri(key, &here);
                    let meaning = here.get(key);
                    let inner = meaning.and_then(|meaning| meaning.get("@context"));
                    let inner =
                        inner.map_or_else(|| here.clone(), |context| with_context(&here, context));
                    let is_term = key == "@type"
                        || meaning
                            .is_some_and(|meaning| meaning.get("@type") == Some(&json!("@id")));
                    match value {
                        Value::String(text) if is_term => {
                            statements.push((property, iri(text, &inner)))
                        }
                        Value::String(text) => statements.push((property, text.clone())),
                        value => walk(value, &inner, statements),
                    }
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_name_resolves_and_says_what_ours_says() {
        let stage = disclosure_stage();
        stage.write(
            "a.csv",
            [HEADER, "1,2016-09-05,A,,postal\n2,2012-09-05,A,N,postal\n"].concat(),
        );
        let predicate = predicate(&stage, &["a.csv"]);
        let mut statements = Vec::new();
        walk(&predicate, &Terms::new(), &mut statements);
        let dpv = |name: &str| format!("https://w3id.org/dpv#{name}");
        let said: Vec<(String, String)> = statements
            .into_iter()
            .filter(|(property, value)| {
                [property, value]
                    .iter()
                    .any(|iri| iri.starts_with("https://w3id.org/dpv#"))
            })
            .collect();
        let expected = [
            ("@type", dpv("Process")),
            ("@type", dpv("DataController")),
            ("hasName", "Acorn Club".to_owned()),
            ("hasPurpose", dpv("DirectMarketing")),
            ("@type", dpv("DataController")),
            ("hasName", "Bank".to_owned()),
            ("@type", dpv("DataController")),
            ("hasName", "Toy Shop".to_owned()),
            ("@type", dpv("DataController")),
            ("hasName", "Bank".to_owned()),
            ("hasConsentStatus", dpv("ConsentUnknown")),
            ("hasConsentStatus", dpv("ConsentRefused")),
            ("hasConsentStatus", dpv("ConsentExpired")),
            ("hasConsentStatus", dpv("ConsentGiven")),
        ];
        let expected: Vec<(String, String)> = expected
            .into_iter()
            .map(|(property, value)| match property {
                "@type" => ("@type".to_owned(), value),
                property => (dpv(property), value),
            })
            .collect();
        assert_eq!(said, expected);
    }
}
