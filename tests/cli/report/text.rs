//! What a reader of the page has: its text, and numbers as they are written there.

use serde_json::Value;

/// A page's text as a reader has it, in one line, without the pictures.
pub(super) fn text_of(page: &str) -> String {
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
pub(super) fn count(value: &Value) -> String {
    let digits = value.as_u64().unwrap().to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

pub(super) fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / (whole.max(1)) as f64;
    match format!("{percent:.1} %").as_str() {
        "0.0 %" if part > 0 => "< 0.1 %".to_owned(),
        "100.0 %" if part < whole => "> 99.9 %".to_owned(),
        text => text.to_owned(),
    }
}

/// A page, and its text, of which expected pieces are taken until no number is left.
pub(super) struct Page {
    pub(super) html: String,
    pub(super) left: String,
}

impl Page {
    pub(super) fn new(html: String) -> Self {
        let left = text_of(&html);
        Self { html, left }
    }

    pub(super) fn take(&mut self, piece: &str) {
        let at = self
            .left
            .find(piece)
            .unwrap_or_else(|| panic!("no {piece:?} in {}", self.left));
        self.left.replace_range(at..at + piece.len(), "·");
    }
}

pub(super) fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

pub(super) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub(super) fn listed(values: &Value) -> String {
    strings(values).join(", ")
}
