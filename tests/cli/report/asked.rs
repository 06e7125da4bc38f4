//! What was asked, as the page has to say it.

use serde_json::Value;

use super::text::{Page, listed, number};

/// What was asked.
pub(super) fn asked(page: &mut Page, manifest: &Value) {
    let predicate = &manifest["predicate"];
    let agreement = &predicate["agreement"];
    let text_of_key = |key: &str| agreement[key].as_str().map(str::to_owned);
    let territory = &agreement["territory"];
    let data = agreement["data"].as_array().unwrap().iter();
    let data: Vec<String> = data
        .map(|entry| {
            format!(
                "{} {}",
                entry["category"].as_str().unwrap(),
                listed(&entry["columns"])
            )
        })
        .collect();
    let asked = [
        text_of_key("supplier").map(|supplier| format!("Supplier {supplier}")),
        text_of_key("purpose").map(|purpose| {
            format!(
                "Purpose {purpose} {}",
                agreement["dpv:hasPurpose"].as_str().unwrap()
            )
        }),
        Some(format!("Channels {}", listed(&agreement["channels"]))),
        Some(format!("Data {}", data.join(" "))),
        text_of_key("delivery").map(|day| format!("Delivery {day}")),
        text_of_key("delete_by").map(|day| format!("To be deleted by {day}")),
        territory["column"].as_str().map(|column| {
            let areas = number(&territory["values"]);
            let areas = format!("{areas} area{}", if areas == 1 { "" } else { "s" });
            let file = territory["file"]["path"].as_str();
            let file = file.map_or(String::new(), |path| format!(", with those of {path}"));
            format!("Territory {column} {areas}{file}")
        }),
        agreement["intermediary"]["name"]
            .as_str()
            .map(|name| format!("Through {name}")),
    ];
    for piece in asked.iter().flatten() {
        page.take(piece);
    }
    for party in agreement["recipients"].as_array().unwrap() {
        page.take(&format!(
            "{} {}",
            party["name"].as_str().unwrap(),
            party["sector"].as_str().unwrap()
        ));
    }
    if agreement["delivery_before_run"] == true {
        page.take(&format!(
            "The day of delivery, {}, lies before this run",
            text_of_key("delivery").unwrap()
        ));
    }
    while page.left.contains(&*text_of_key("id").unwrap()) {
        page.take(&text_of_key("id").unwrap());
    }
}
