//! What a run finds odd though it is no failure: said where a person, or a job that reads JSON, sees it.

use super::stage::{AGREEMENT, HEADER, Log, PERMITTED, POLICY, REFUSED, Stage};

/// Digests of nobody in the supply, in hexadecimal.
const DIGESTS: [&str; 2] = [
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752",
];

/// A policy with a list that matches identifiers.
fn with_list(stage: &Stage, rule: &str, list: &str) {
    let rule = format!(
        "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\nmax_age = \"28 days\"\n{rule}"
    );
    stage.write("policy.toml", [POLICY, &rule].concat());
    stage.write("house.csv", list);
}

fn remarks(output: &std::process::Output) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(told["remarks"].clone()).unwrap()
}

/// What `check` without and with inputs, `split` and `report` remark.
fn all_remarks(stage: &Stage, inputs: &[&str]) -> String {
    let rules = ["-p", "policy.toml", "-a", "agreement.toml"];
    let mut told = String::new();
    let mut add = |title: &str, remarks: &[String]| {
        told.push_str(&format!("-- {title}\n"));
        for remark in remarks {
            told.push_str(&format!("{remark}\n"));
        }
    };
    let mut check = stage.command(&["check", "--format", "json"]);
    add("check", &remarks(&check.args(rules).output().unwrap()));
    let mut check = stage.command(&["check", "--format", "json"]);
    check.args(rules).args(inputs);
    add("check with inputs", &remarks(&check.output().unwrap()));
    let mut split = stage.split(&["--format", "json"]);
    add("split", &remarks(&split.args(inputs).output().unwrap()));
    let report = stage
        .command(&["report", "out/manifest.json", "-o", "report.html"])
        .output()
        .unwrap();
    assert!(report.status.success(), "{report:?}");
    let page = String::from_utf8(stage.read("report.html")).unwrap();
    for remark in remarks_of_page(&page) {
        add("report", &[remark]);
    }
    told
}

/// The sentences that the report wants looked at first.
fn remarks_of_page(page: &str) -> Vec<String> {
    let start = page.find("<ul class=\"odd\">").unwrap_or(page.len());
    let lines = page[start..].lines().map(str::trim);
    lines
        .take_while(|line| *line != "</ul>")
        .filter_map(|line| line.strip_prefix("<li>")?.strip_suffix("</li>"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_is_odd_is_said() {
    let future = AGREEMENT.replace("2017-05-05", "2999-05-05");
    let supply = [HEADER, PERMITTED, REFUSED].concat();
    type Prepare = fn(&Stage, &str);
    let most = [HEADER, PERMITTED].concat() + &"2,05/09/2016,B,yes,postal\n".repeat(9);
    let fewer =
        [HEADER, PERMITTED, PERMITTED, "3,4\n"].concat() + &"2,05/09/2016,B,yes,postal\n".repeat(9);
    let cases: [(&str, &str, Prepare, &[&str]); 12] = [
        ("nothing", &supply, |_, _| {}, &["supply.csv"]),
        (
            "the day of delivery is past",
            &supply,
            |stage, _| stage.write("agreement.toml", AGREEMENT),
            &["supply.csv"],
        ),
        (
            "the agreement is a draft",
            &supply,
            |stage, _| {
                let draft = "REPLACE: the client's full name";
                let agreement = AGREEMENT
                    .replace("2017-05-05", "2999-05-05")
                    .replace("T-1", "REPLACE: the agreement's identifier")
                    .replace("Toy Shop", draft)
                    .replace(
                        "supplier = \"Acorn Club\"",
                        "supplier = \"REPLACEMENTS Ltd\"",
                    )
                    .replace("[\"postal\"]", "[\"REPLACE: each channel\"]");
                // No draft's word, but a name that begins like it.
                stage.write(
                    "policy.toml",
                    POLICY.replace("Acorn Club", "REPLACEMENTS Ltd"),
                );
                stage.write("agreement.toml", agreement);
            },
            &["supply.csv"],
        ),
        ("no record", HEADER, |_, _| {}, &["supply.csv"]),
        (
            "explicit terms within longer words",
            &supply,
            |stage, _| {
                let policy = POLICY.replace(
                    "controller =",
                    "explicit_terms = [\"pay-day\", \"loans\"]\ncontroller =",
                );
                stage.write("policy.toml", policy);
                let agreement = AGREEMENT
                    .replace("2017-05-05", "2999-05-05")
                    .replace("marketing/direct", "marketing/trade-union-members/payday")
                    .replace(
                        "retail/toys",
                        "retail/cheap-pay-day-offers/sexual-orientation",
                    );
                stage.write("agreement.toml", agreement);
            },
            &["supply.csv"],
        ),
        (
            "most records are written otherwise",
            &most,
            |_, _| {},
            &["supply.csv"],
        ),
        ("many are", &fewer, |_, _| {}, &["supply.csv"]),
        (
            "an input twice",
            &supply,
            |stage, supply| stage.write("again.csv", supply),
            &["supply.csv", "again.csv", "supply.csv"],
        ),
        (
            "nobody is on the list",
            &supply,
            |stage, _| with_list(stage, "as_of = 2999-04-20\n", "id\n7\n8\n"),
            &["supply.csv"],
        ),
        (
            "somebody is on the list",
            &supply,
            |stage, _| with_list(stage, "as_of = 2999-04-20\n", "id\n7\n1\n"),
            &["supply.csv"],
        ),
        (
            "digests are not said to be digests",
            &supply,
            |stage, _| {
                let list = format!("id\n{}\n", DIGESTS.join("\n"));
                with_list(stage, "as_of = 2999-04-20\n", &list);
            },
            &["supply.csv"],
        ),
        (
            "the data must be deleted before it is delivered",
            &supply,
            |stage, _| {
                let agreement =
                    AGREEMENT.replace("2017-05-05", "2999-05-05\ndelete_by = 2999-05-04");
                stage.write("agreement.toml", agreement);
            },
            &["supply.csv"],
        ),
    ];
    let mut log = Log::default();
    for (title, supply, prepare, inputs) in cases {
        let stage = Stage::new();
        stage.write("agreement.toml", &future);
        stage.write("supply.csv", supply);
        prepare(&stage, supply);
        log.add(title, &all_remarks(&stage, inputs));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_list_with_some_digests_may_hold_texts() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    let list = format!("id\n1\n{}\n", DIGESTS.join("\n"));
    with_list(&stage, "as_of = 2017-04-20\n", &list);
    let told = stage.split(&["supply.csv"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("suppressed:house"), "{told}");
    assert!(!told.contains("looks like"), "{told}");
}
