//! `report`: every number on the page follows from the manifest, nothing of a name is taken for markup, and a manifest
//! that was changed is refused. How the page looks is told by tests/browser/run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

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

/// A page's text as a reader has it, in one line, without the pictures.
fn text_of(page: &str) -> String {
    let body = &page[page.find("<body>").unwrap()..];
    let mut text = String::new();
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let skipped = if rest[at..].starts_with("<svg ") {
            "</svg>"
        } else {
            ">"
        };
        let end = at + rest[at..].find(skipped).unwrap() + skipped.len();
        // Words on both sides of a tag are apart but within a line.
        if !["<bdi", "</bd", "<cod", "</co"]
            .iter()
            .any(|inline| rest[at..end].starts_with(inline))
        {
            text.push(' ');
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    for (entity, character) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, character);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number with commas, by other means than the page's.
fn count(value: &Value) -> String {
    let digits = value.as_u64().unwrap().to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / (whole.max(1)) as f64;
    match format!("{percent:.1} %").as_str() {
        "0.0 %" if part > 0 => "< 0.1 %".to_owned(),
        "100.0 %" if part < whole => "> 99.9 %".to_owned(),
        text => text.to_owned(),
    }
}

/// A text of which expected pieces are taken, until no number is left.
struct Page(String);

impl Page {
    fn take(&mut self, piece: &str) {
        let at = self
            .0
            .find(piece)
            .unwrap_or_else(|| panic!("no {piece:?} in {}", self.0));
        self.0.replace_range(at..at + piece.len(), "·");
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// Computes everything that the page shows from the manifest's JSON, finds it in the page, and finds no other number there.
fn assert_recomputed(stage: &Stage) {
    let page = page(stage);
    let manifest = manifest(stage);
    let predicate = &manifest["predicate"];
    let counts = &predicate["counts"];
    let number = |value: &Value| value.as_u64().unwrap();
    let [all, permitted, withheld] =
        ["records", "permitted", "withheld"].map(|key| number(&counts[key]));
    let mut text = Page(text_of(&page));

    let reasons = counts["reasons"].as_array().unwrap();
    for reason in reasons {
        let [records, only] = ["records", "only"].map(|key| number(&reason[key]));
        let code = reason["reason"].as_str().unwrap();
        let row = row_of(&page, &format!("data-reason=\"{code}\""));
        assert_bar(row, &[("#B05F2C", only), ("#DDB08E", records - only)], all);
        let numbers = format!(
            "{} {} {}",
            count(&reason["records"]),
            share(records, all),
            count(&reason["only"])
        );
        assert!(
            text_of(&format!("<body>{row}")).ends_with(&numbers),
            "{row} {numbers}"
        );
        text.take(&numbers);
    }
    let mut cured = 0;
    for reason in reasons.iter().filter(|reason| number(&reason["only"]) > 0) {
        let only = number(&reason["only"]);
        let row = row_of(
            &page,
            &format!("data-cure=\"{}\"", reason["reason"].as_str().unwrap()),
        );
        assert_bar(row, &[("#12655B", permitted), ("#8FBFB4", only)], all);
        let then = permitted + only;
        let numbers = format!(
            "{} {} {}",
            count(&json!(only)),
            count(&json!(then)),
            share(then, all)
        );
        assert!(
            text_of(&format!("<body>{row}")).ends_with(&numbers),
            "{row} {numbers}"
        );
        text.take(&numbers);
        cured += 1;
    }
    assert_eq!(page.matches("data-cure=").count(), cured);

    let listed = |values: &Value| strings(values).join(", ");
    for entry in predicate["disclosures"].as_array().unwrap() {
        let mut label = entry["notice"].as_str().unwrap().to_owned();
        if !entry["sources"].is_null() {
            label = format!("{label} ({})", listed(&entry["sources"]));
        }
        let from = entry["from"].as_str().unwrap();
        let in_force = match entry["until"].as_str() {
            Some(until) => format!("in force from {from} until {until}"),
            None => format!("in force since {from}"),
        };
        let mut row = format!(
            "{label} {in_force}; consent for {}",
            entry["valid_for"].as_str().unwrap()
        );
        let mut recipients = strings(&entry["named_recipients"]);
        if entry["recipient_test"] == "category" {
            recipients = [strings(&entry["recipients"]), recipients].concat();
        }
        for (part, said) in [
            ("recipients", recipients.join(", ")),
            ("purposes", listed(&entry["purposes"])),
            ("channels", listed(&entry["channels"])),
            ("data", listed(&entry["data"])),
        ] {
            let missing = listed(&entry["undisclosed"][part]);
            row += &if missing.is_empty() {
                " disclosed".to_owned()
            } else {
                format!(" not disclosed: {missing}")
            };
            row += &format!(" said: {}", if said.is_empty() { "nothing" } else { &said });
        }
        text.take(&row);
    }
    for row in predicate["notices"].as_array().unwrap() {
        let notice = row["notice"].as_str().unwrap_or("no notice found");
        let source = if row["listed"] == true {
            row["source"].as_str().unwrap()
        } else {
            "any other"
        };
        text.take(&format!(
            "{notice} source: {source} {} {}",
            count(&row["permitted"]),
            count(&row["withheld"])
        ));
    }
    for list in predicate["lists"].as_array().unwrap() {
        let code = format!("suppressed:{}", list["name"].as_str().unwrap());
        let on_list = reasons.iter().find(|reason| reason["reason"] == *code);
        let on_list = on_list.map_or(json!(0), |reason| reason["records"].clone());
        let age = number(&list["age_days"]);
        text.take(&format!(
            "{} {} {} day{} {} {} {} {}",
            list["name"].as_str().unwrap(),
            list["as_of"].as_str().unwrap(),
            count(&list["age_days"]),
            if age == 1 { "" } else { "s" },
            list["max_age"].as_str().unwrap(),
            count(&list["rows"]),
            count(&list["keys"]),
            count(&on_list),
        ));
    }
    let mut months: Vec<(String, u64, u64)> = predicate["captured"]["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| {
            (
                month["month"].as_str().unwrap().to_owned(),
                number(&month["permitted"]),
                number(&month["withheld"]),
            )
        })
        .collect();
    let unit = if page.contains("Records by year of capture.") {
        "year"
    } else {
        "month"
    };
    if unit == "year" {
        let mut years: Vec<(String, u64, u64)> = Vec::new();
        for (month, permitted, withheld) in months {
            match years.last_mut() {
                Some(last) if last.0 == month[..4] => {
                    (last.1, last.2) = (last.1 + permitted, last.2 + withheld)
                }
                _ => years.push((month[..4].to_owned(), permitted, withheld)),
            }
        }
        months = years;
    }
    for (month, permitted, withheld) in &months {
        text.take(&format!(
            " {month} {} {}",
            count(&json!(permitted)),
            count(&json!(withheld))
        ));
    }
    if !months.is_empty() {
        assert_columns(&page, &months);
    }
    let undated = &predicate["captured"]["unreadable"]["withheld"];
    if number(undated) > 0 {
        text.take(&format!("{} record", count(undated)));
    }
    for place in predicate["malformed"].as_array().unwrap() {
        text.take(&format!(
            "{} {} {}",
            count(&place["input"]),
            count(&place["record"]),
            count(&place["offset"])
        ));
    }

    text.take(&format!(
        "Records read {} Permitted {} {} Withheld {} {}",
        count(&json!(all)),
        count(&json!(permitted)),
        share(permitted, all),
        count(&json!(withheld)),
        share(withheld, all),
    ));
    let verdict = &page[page.find("class=\"bar tall\"").unwrap()..];
    assert_bar(
        verdict,
        &[("#12655B", permitted), ("#B05F2C", withheld)],
        all,
    );
    let headline = match (all, permitted) {
        (0, 0) => "The supply holds no record".to_owned(),
        (_, 0) => format!("None of {} records may be supplied", count(&json!(all))),
        _ if permitted == all => format!("All {} records may be supplied", count(&json!(all))),
        _ => format!(
            "{} of {} records may be supplied",
            count(&json!(permitted)),
            count(&json!(all))
        ),
    };
    text.take(&headline);
    let complete = predicate["disclosures"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| {
            entry["undisclosed"]
                .as_object()
                .unwrap()
                .values()
                .all(|missing| missing.as_array().unwrap().is_empty())
        });
    match complete.count() {
        0 => text.take("No notice disclosed all that the agreement asks for"),
        1 => text.take("1 notice disclosed all that the agreement asks for"),
        passed => text.take(&format!(
            "{passed} notices disclosed all that the agreement asks for"
        )),
    }
    let bytes = &counts["bytes_of"];
    text.take(&format!(
        "{} records in are {} permitted and {} withheld; {} bytes in are {} of headers, {} of permitted and {} of withheld records, and {} of blank lines",
        count(&counts["records"]), count(&counts["permitted"]), count(&counts["withheld"]), count(&counts["bytes"]),
        count(&bytes["headers"]), count(&bytes["permitted"]), count(&bytes["withheld"]), count(&bytes["blank"]),
    ));
    for (key, told) in [
        ("blank_lines", "Blank lines passed over: "),
        ("terminators_inserted", "came without one and the next: "),
    ] {
        if number(&counts[key]) > 0 {
            text.take(&format!("{told}{}.", count(&counts[key])));
        }
    }
    if number(&counts["withdrawals_before_capture"]) > 0 {
        text.take(&format!(
            "{} record",
            count(&counts["withdrawals_before_capture"])
        ));
    }

    let digest = |digests: &Value| match digests.as_object().unwrap().iter().next() {
        Some((kind, digits)) => format!("{kind} {}", digits.as_str().unwrap()),
        None => "no digest was taken".to_owned(),
    };
    let mut file = |what: &str, entry: &Value, digests: &Value| {
        let path = entry["path"].as_str().or(entry["name"].as_str()).unwrap();
        let bytes = entry["bytes"].as_u64().map_or(String::new(), |_| {
            format!(" {} bytes", count(&entry["bytes"]))
        });
        text.take(&format!("{what} {path}{bytes} {}", digest(digests)).replace("  ", " "));
    };
    for (output, subject) in predicate["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .zip(manifest["subject"].as_array().unwrap())
    {
        file("Output", output, &subject["digest"]);
    }
    for (what, entry) in [
        ("Manifest of the run before", &predicate["previous"]),
        ("Policy", &predicate["policy"]),
        ("Agreement", &predicate["agreement"]),
        ("Territory", &predicate["agreement"]["territory"]),
    ] {
        if !entry.is_null() {
            file(what, entry, &entry["digest"]);
        }
    }
    for list in predicate["lists"].as_array().unwrap() {
        let entry = json!({"path": list["path"]});
        file(
            &format!("List {}", list["name"].as_str().unwrap()),
            &entry,
            &list["digest"],
        );
    }
    for (index, input) in predicate["inputs"].as_array().unwrap().iter().enumerate() {
        file(&format!("Input {}", index + 1), input, &input["digest"]);
    }
    let own = predicate["self"].as_str().unwrap();
    text.take(&format!("its digest of itself blake3 {own}").replace("  ", " "));
    text.take(own);
    for key in ["started", "finished"] {
        text.take(predicate[key].as_str().unwrap());
    }
    text.take(&format!(
        "{} {}",
        predicate["tool"]["name"].as_str().unwrap(),
        predicate["tool"]["version"].as_str().unwrap()
    ));

    let agreement = &predicate["agreement"];
    let text_of_key = |key: &str| agreement[key].as_str().map(str::to_owned);
    let asked = [
        text_of_key("supplier").map(|supplier| format!("Supplier {supplier}")),
        text_of_key("purpose").map(|purpose| {
            format!(
                "Purpose {purpose} {}",
                agreement["dpv:hasPurpose"].as_str().unwrap()
            )
        }),
        Some(format!("Channels {}", listed(&agreement["channels"]))),
        Some(format!("Data {}", listed(&agreement["data"]))),
        text_of_key("delivery").map(|day| format!("Delivery {day}")),
        text_of_key("delete_by").map(|day| format!("To be deleted by {day}")),
        agreement["territory"]["path"]
            .as_str()
            .map(|path| format!("Territory {path}")),
        agreement["intermediary"]["name"]
            .as_str()
            .map(|name| format!("Through {name}")),
    ];
    for piece in asked.iter().flatten() {
        text.take(piece);
    }
    for party in agreement["recipients"].as_array().unwrap() {
        text.take(&format!(
            "{} {}",
            party["name"].as_str().unwrap(),
            party["sector"].as_str().unwrap()
        ));
    }
    if agreement["delivery_before_run"] == true {
        text.take(&format!(
            "The day of delivery, {}, lies before the run",
            text_of_key("delivery").unwrap()
        ));
    }
    while text.0.contains(&*text_of_key("id").unwrap()) {
        text.take(&text_of_key("id").unwrap());
    }
    let left: Vec<&str> = text
        .0
        .split(' ')
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect();
    assert!(left.is_empty(), "numbers that nothing explains: {left:?}");
}

/// The row of a table that holds this.
fn row_of<'p>(page: &'p str, attribute: &str) -> &'p str {
    let at = page
        .find(attribute)
        .unwrap_or_else(|| panic!("no {attribute}"));
    let start = page[..at].rfind("<tr").unwrap();
    &page[start..start + page[start..].find("</tr>").unwrap()]
}

fn attribute(element: &str, name: &str) -> f64 {
    let from = element.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    let text = &element[from..];
    text[..text.find('"').unwrap()].parse().unwrap()
}

/// The rectangles of the first picture, by colour.
fn rectangles<'p>(html: &'p str, colour: &str) -> Vec<&'p str> {
    let picture = &html[html.find("<svg ").unwrap()..];
    let picture = &picture[..picture.find("</svg>").unwrap()];
    let elements = picture
        .split('<')
        .filter(|element| element.starts_with("rect "));
    elements
        .filter(|element| element.contains(&format!("fill=\"{colour}\"")))
        .collect()
}

/// A bar's parts are the shares that they stand for, in thousandths.
fn assert_bar(html: &str, parts: &[(&str, u64)], whole: u64) {
    let mut before = 0;
    for &(colour, part) in parts {
        let found = rectangles(html, colour);
        assert_eq!(found.len(), usize::from(part > 0), "{colour} {part}");
        if let [bar] = found[..] {
            let place = |number: u64| (number * 1_000 / whole) as f64;
            let expected = (
                place(before).min(998.0),
                (place(before + part) - place(before)).max(2.0),
            );
            assert_eq!(
                (attribute(bar, "x"), attribute(bar, "width")),
                expected,
                "{colour} {part} of {whole}"
            );
        }
        before += part;
    }
}

/// The columns are as high as their numbers, and the scale beside them is right.
fn assert_columns(page: &str, parts: &[(String, u64, u64)]) {
    for class in ["wide", "narrow"] {
        let figure = &page[page.find(&format!("<figure class=\"{class}\">")).unwrap()..];
        let picture = &figure[..figure.find("</svg>").unwrap()];
        let labels: Vec<(f64, f64, String)> = picture
            .split("<text ")
            .skip(1)
            .map(|element| {
                let text =
                    element[element.find('>').unwrap() + 1..element.find("</text").unwrap()].trim();
                (
                    attribute(&format!(" {element}"), "x"),
                    attribute(&format!(" {element}"), "y"),
                    text.to_owned(),
                )
            })
            .collect();
        // Numbers beside the picture have one place from the left; names below it one place from above.
        let left = labels.iter().map(|label| label.0).fold(f64::MAX, f64::min);
        let (scale, names): (Vec<_>, Vec<_>) =
            labels.into_iter().partition(|label| label.0 == left);
        let scale: Vec<(f64, f64)> = scale
            .iter()
            .map(|(_, y, text)| (*y, text.replace(',', "").parse().unwrap()))
            .collect();
        let (low, high) = (
            scale.iter().find(|label| label.1 == 0.0).unwrap(),
            scale.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap(),
        );
        let record = (low.0 - high.0) / high.1;
        for (y, number) in &scale {
            assert!((low.0 - y - number * record).abs() <= 1.0, "{scale:?}");
        }
        for (colour, which) in [("#12655B", 1), ("#B05F2C", 2)] {
            let expected: Vec<u64> = parts
                .iter()
                .map(|part| if which == 1 { part.1 } else { part.2 })
                .filter(|&part| part > 0)
                .collect();
            let found = rectangles(figure, colour);
            assert_eq!(found.len(), expected.len(), "{class} {colour}");
            for (column, part) in found.iter().zip(expected) {
                let height = attribute(column, "height");
                assert!(
                    (height - part as f64 * record).abs() <= 1.5,
                    "{class} {colour}: {height} for {part}"
                );
            }
        }
        for (_, _, name) in names {
            let years = &parts[0].0[..4]..=&parts[parts.len() - 1].0[..4];
            let known = years.contains(&&name[..4]);
            assert!(known && (name.len() == 4 || name == parts[0].0), "{name}");
        }
    }
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
        let digest = if name == "all" { "none" } else { "sha256" };
        let arguments = ["--digest", digest, "a.csv", "b.csv"];
        split(&stage, &arguments);
        assert_recomputed(&stage);
        stage.write("before.json", stage.read(MANIFEST));
        split(
            &stage,
            &[&arguments[..], &["--previous", "before.json"]].concat(),
        );
        assert_recomputed(&stage);
    }
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
