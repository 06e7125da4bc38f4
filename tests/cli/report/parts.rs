//! The parts of the page, each computed from the manifest's JSON and taken from the page's text.

use serde_json::{Value, json};

use super::pictures::{assert_bar, assert_columns, row_of};
use super::text::{Page, count, listed, number, share, strings, text_of};

/// The reasons, in all and alone, and their bars.
pub(super) fn reasons(page: &mut Page, manifest: &Value) {
    let counts = &manifest["predicate"]["counts"];
    let all = number(&counts["records"]);
    let reasons = counts["reasons"].as_array().unwrap();
    for reason in reasons {
        let [records, only] = ["records", "only"].map(|key| number(&reason[key]));
        let code = reason["reason"].as_str().unwrap();
        let row = row_of(&page.html, &format!("data-reason=\"{code}\""));
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
        page.take(&numbers);
    }
}

/// What each reason's cure alone would change, and its bar.
pub(super) fn cures(page: &mut Page, manifest: &Value) {
    let counts = &manifest["predicate"]["counts"];
    let reasons = counts["reasons"].as_array().unwrap();
    let [all, permitted] = ["records", "permitted"].map(|key| number(&counts[key]));
    let mut cured = 0;
    // What a person decided, and what was never asked for.
    let is_curable = |reason: &&Value| {
        let code = reason["reason"].as_str().unwrap();
        !["consent-refused", "outside-territory"].contains(&code)
            && !code.starts_with("suppressed:")
    };
    let alone = reasons.iter().filter(|reason| number(&reason["only"]) > 0);
    for reason in alone.filter(is_curable) {
        let only = number(&reason["only"]);
        let row = row_of(
            &page.html,
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
        page.take(&numbers);
        cured += 1;
    }
    assert_eq!(page.html.matches("data-cure=").count(), cured);
}

/// Each notice against the agreement.
pub(super) fn disclosures(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
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
        let recipients = [
            strings(&entry["recipients"]),
            strings(&entry["named_recipients"]),
        ]
        .concat();
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
            if part == "recipients" && entry["recipient_test"] == "named" {
                row += "; a name alone counts, and no category";
            }
        }
        page.take(&row);
    }
}

/// Records by notice and source.
pub(super) fn notices(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    for row in predicate["notices"].as_array().unwrap() {
        let notice = row["notice"].as_str().unwrap_or("no notice found");
        let source = if row["listed"] == true {
            row["source"].as_str().unwrap()
        } else {
            "any other"
        };
        page.take(&format!(
            "{notice} source: {source} {} {}",
            count(&row["permitted"]),
            count(&row["withheld"])
        ));
    }
}

/// How records were read.
pub(super) fn consulted(page: &mut Page, manifest: &Value) {
    let consulted = &manifest["predicate"]["consulted"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let quoted = |values: &Value| {
        let values = values.as_array().unwrap().iter();
        let quoted: Vec<String> = values.map(|value| format!("“{}”", text(value))).collect();
        quoted.join(", ")
    };
    let answer = |answer: &Value| {
        let no = match quoted(&answer["refused"]) {
            none if none.is_empty() => "no value is a no".to_owned(),
            some => format!("no: {some}"),
        };
        let column = text(&answer["column"]);
        (column, format!("yes: {}; {no}", quoted(&answer["given"])))
    };
    let form = match text(&consulted["date_format"]) {
        none if none.is_empty() => String::new(),
        form => format!("written as {form}; "),
    };
    page.take(&format!(
        "Day of capture {} {form}days in {}",
        text(&consulted["captured_at"]),
        text(&consulted["timezone"])
    ));
    page.take(&match text(&consulted["notice"]) {
        none if none.is_empty() => "Notice the notice in force on the day of capture".to_owned(),
        notice => format!("Notice {notice} the version that was shown"),
    });
    page.take(&match text(&consulted["source"]) {
        none if none.is_empty() => "Source the policy names no column".to_owned(),
        source => format!("Source {source} the form that captured the record"),
    });
    let (column, meaning) = answer(&consulted["third_parties"]);
    page.take(&format!("Third parties {column} {meaning}"));
    let channels = &consulted["channels"];
    match channels["flags"].as_object() {
        None => page.take(&format!(
            "Channels {} a list, separated by “{}”",
            text(&channels["column"]),
            text(&channels["separator"])
        )),
        Some(flags) => {
            let flags = flags.iter().map(|(channel, flag)| {
                let (column, meaning) = answer(flag);
                format!("{column} {channel}: {meaning}")
            });
            page.take(&format!("Channels {}", flags.collect::<Vec<_>>().join(" ")));
        }
    }
    page.take(&match text(&consulted["withdrawn_at"]) {
        none if none.is_empty() => {
            "Withdrawal the policy names no column: no withdrawal was looked for".to_owned()
        }
        column => format!("Withdrawal {column} the day on which consent was withdrawn"),
    });
}

/// Suppression lists.
pub(super) fn lists(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    let reasons = predicate["counts"]["reasons"].as_array().unwrap();
    for list in predicate["lists"].as_array().unwrap() {
        let code = format!("suppressed:{}", list["name"].as_str().unwrap());
        let on_list = reasons.iter().find(|reason| reason["reason"] == *code);
        let on_list = on_list.map_or(json!(0), |reason| reason["records"].clone());
        let age = number(&list["age_days"]);
        let matched = list["match"].as_array().unwrap().iter();
        let matched: Vec<&str> = matched.map(|part| part.as_str().unwrap()).collect();
        page.take(&format!(
            "{} {} {} {} day{} {} {} {} {}",
            list["name"].as_str().unwrap(),
            matched.join(", "),
            list["as_of"].as_str().unwrap(),
            count(&list["age_days"]),
            if age == 1 { "" } else { "s" },
            list["max_age"].as_str().unwrap(),
            count(&list["rows"]),
            count(&list["keys"]),
            count(&on_list),
        ));
    }
}

/// Records by month or year of capture, and their columns.
pub(super) fn months(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
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
    let unit = if page.html.contains("Records by year of capture.") {
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
        page.take(&format!(
            " {month} {} {}",
            count(&json!(permitted)),
            count(&json!(withheld))
        ));
    }
    if !months.is_empty() {
        assert_columns(&page.html, &months);
    }
    let undated = &predicate["captured"]["unreadable"]["withheld"];
    if number(undated) > 0 {
        let reasons = predicate["counts"]["reasons"].as_array().unwrap();
        let plural = if number(undated) == 1 { "" } else { "s" };
        let told = format!("{} record{plural}", count(undated));
        page.take(
            &match reasons.iter().find(|entry| entry["reason"] == "malformed") {
                None => told,
                Some(entry) => format!(
                    "{told}, the {} malformed among them,",
                    count(&entry["records"])
                ),
            },
        );
    }
}

/// Places of the first malformed records, and that they are with no notice.
pub(super) fn malformed(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    let reasons = predicate["counts"]["reasons"].as_array().unwrap();
    if let Some(entry) = reasons.iter().find(|entry| entry["reason"] == "malformed") {
        page.take(&format!(
            "Not shown: {} malformed record",
            count(&entry["records"])
        ));
    }
    for place in predicate["malformed"].as_array().unwrap() {
        page.take(&format!(
            "{} {} {} {}",
            count(&place["input"]),
            count(&place["record"]),
            count(&place["offset"]),
            count(&place["bytes"])
        ));
    }
}

/// The verdict, and its bar.
pub(super) fn verdict(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    let counts = &predicate["counts"];
    let [all, permitted, withheld] =
        ["records", "permitted", "withheld"].map(|key| number(&counts[key]));
    page.take(&format!(
        "Records read {} Permitted {} {} Withheld {} {}",
        count(&json!(all)),
        count(&json!(permitted)),
        share(permitted, all),
        count(&json!(withheld)),
        share(withheld, all),
    ));
    let verdict = &page.html[page.html.find("class=\"bar tall\"").unwrap()..];
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
    page.take(&headline);
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
        _ if all == 0 => page.take("There was no record to be tested."),
        0 => page.take("No notice disclosed all that the agreement asks for"),
        1 => page.take("1 notice disclosed all that the agreement asks for"),
        passed => page.take(&format!(
            "{passed} notices disclosed all that the agreement asks for"
        )),
    }
}

/// That records and bytes add up.
pub(super) fn balance(page: &mut Page, manifest: &Value) {
    let counts = &manifest["predicate"]["counts"];
    let bytes = &counts["bytes_of"];
    page.take(&format!(
        "{} records in are {} permitted and {} withheld; {} bytes in are {} of headers, {} of permitted and {} of withheld records, and {} of blank lines",
        count(&counts["records"]), count(&counts["permitted"]), count(&counts["withheld"]), count(&counts["bytes"]),
        count(&bytes["headers"]), count(&bytes["permitted"]), count(&bytes["withheld"]), count(&bytes["blank"]),
    ));
    for (key, told) in [
        ("blank_lines", "Blank lines passed over: "),
        ("terminators_inserted", "came without one and the next: "),
    ] {
        if number(&counts[key]) > 0 {
            page.take(&format!("{told}{}.", count(&counts[key])));
        }
    }
    if number(&counts["withdrawals_before_capture"]) > 0 {
        page.take(&format!(
            "{} record",
            count(&counts["withdrawals_before_capture"])
        ));
    }
}

/// Every file, with its length and digest, and what made the manifest.
pub(super) fn files(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    let digest = |digests: &Value| match digests.as_object().unwrap().iter().next() {
        Some((kind, digits)) => format!("{kind} {}", digits.as_str().unwrap()),
        None => "no digest was taken".to_owned(),
    };
    let mut file = |what: &str, entry: &Value, digests: &Value| {
        let path = entry["path"].as_str().or(entry["name"].as_str()).unwrap();
        let length = match entry["compression"].as_str() {
            None => String::new(),
            Some("none") => {
                assert_eq!(entry["bytes"], entry["content_bytes"]);
                format!(" {} bytes", count(&entry["bytes"]))
            }
            Some(compression) => format!(
                " {} bytes, compressed ({compression}) from {} bytes",
                count(&entry["bytes"]),
                count(&entry["content_bytes"])
            ),
        };
        page.take(&format!("{what} {path}{length} {}", digest(digests)).replace("  ", " "));
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
        ("Territory", &predicate["agreement"]["territory"]["file"]),
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
    page.take(&format!("its digest of itself blake3 {own}").replace("  ", " "));
    page.take(own);
    for key in ["started", "finished"] {
        page.take(predicate[key].as_str().unwrap());
    }
    page.take(&format!(
        "{} {}",
        predicate["tool"]["name"].as_str().unwrap(),
        predicate["tool"]["version"].as_str().unwrap()
    ));
}
