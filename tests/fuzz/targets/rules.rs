//! Owns texts as policy and agreement: none panics, what is refused is told with places in the text, and what is accepted
//! says the same when its TOML is written anew, and decides as the oracle's reading of it does.

use std::path::Path;
use std::sync::Arc;

use withhold::cli::diagnostics::{Colour, render};
use withhold::rules::{Faults, Place, Rules};

use super::runs::{self, Manner, NoRun};
use crate::oracle::{
    self,
    dates::Day,
    policy::{Channels, Flag},
    small, split,
};

/// Parts policy, agreement and suppression list: no byte of UTF-8 text.
const DIVIDER: u8 = 0xFF;

/// Files that rules may name, beside those of the fuzzer's own list.
const HOUSE: &[u8] = b"id,record_id,email,digest\nR2,R2,a@b.example,x\n";
const SEATS: &[u8] = b"E14000530\n\n E14000531\t\n";

/// A fuzzer's bytes: a policy, an agreement and a list, with 0xFF between them; the last two may be left out.
pub(crate) fn check(data: &[u8]) {
    let mut parts = data.splitn(3, |&byte| byte == DIVIDER);
    let mut part = |instead: &'static [u8]| parts.next().unwrap_or(instead).to_vec();
    let policy = part(b"");
    let agreement = part(small::AGREEMENT.as_bytes());
    let list = part(HOUSE);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    runs::write(
        folder,
        &[
            ("policy.toml", &policy),
            ("agreement.toml", &agreement),
            ("house.csv", &list),
            ("list.tsv", &list),
            ("seats.txt", SEATS),
        ],
    );
    match load(folder) {
        Err(faults) => assert_told(&faults),
        Ok(rules) => {
            let said = said(&rules);
            assert_decides_as_the_oracle(folder, &Arc::new(rules));
            for (name, text) in [("policy.toml", &policy), ("agreement.toml", &agreement)] {
                let text = std::str::from_utf8(text).expect("accepted text");
                let table: toml::Table = toml::from_str(text).expect("accepted TOML");
                let anew = toml::to_string(&table).expect("a table is TOML");
                runs::write(folder, &[(name, anew.as_bytes())]);
            }
            let anew = load(folder).unwrap_or_else(|faults| panic!("refused anew: {faults}"));
            assert_eq!(said, self::said(&anew));
        }
    }
}

fn load(folder: &Path) -> Result<Rules, Faults> {
    Rules::load(&folder.join("policy.toml"), &folder.join("agreement.toml"))
}

/// Every fault says what and how to mend it, and lies in its text; what is shown cannot move the cursor.
fn assert_told(faults: &Faults) {
    assert!(!faults.0.is_empty());
    for fault in &faults.0 {
        assert!(!fault.message.is_empty() && !fault.help.is_empty());
        if let Place::Text { source, span } = &fault.place {
            assert!(source.text.get(span.clone()).is_some(), "{span:?}");
        }
    }
    render(faults, Colour::Styled);
    let shown = render(faults, Colour::Plain);
    let hides = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!shown.contains(hides), "{}", shown.escape_debug());
}

/// What rules say, without the places where they say it.
fn said(rules: &Rules) -> String {
    let (policy, agreement) = (&rules.policy, &rules.agreement);
    let with_places = format!(
        "{:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        policy.controller,
        policy.timezone_name,
        policy.explicit_terms,
        policy.vocabulary,
        policy.columns,
        policy.third_parties,
        policy.channels,
        policy.data,
        policy.notices,
        policy.suppressions,
        agreement.id,
        agreement.supplier,
        agreement.purpose,
        agreement.channels,
        agreement.delivery,
        agreement.data,
        agreement.delete_by,
        agreement.intermediary,
        agreement.clients,
        agreement
            .territory
            .as_ref()
            .map(|area| (&area.column, &area.values)),
    );
    let mut said = String::new();
    for (index, piece) in with_places.split("span: ").enumerate() {
        let place = |character: char| character.is_ascii_digit() || character == '.';
        said.push_str(if index == 0 {
            piece
        } else {
            piece.trim_start_matches(place)
        });
    }
    said
}

/// Records made of what the rules say are split as the oracle splits them.
fn assert_decides_as_the_oracle(folder: &Path, rules: &Arc<Rules>) {
    let at = |name: &str| folder.join(name);
    let oracle = oracle::decide::Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let supply = supply(&oracle);
    runs::write(folder, &[("supply", &supply)]);
    match runs::run(folder, rules, &[at("supply")], Manner::PLAIN) {
        Ok(ran) => ran.assert_like(&split::split(&oracle, &[supply], b',', true)),
        // All data may be asked for, and a column stand in no category.
        Err(NoRun::Rules(faults)) => assert_told(&faults),
        Err(error @ NoRun::Run(_)) => panic!("{error:?}"),
    }
}

/// A record while it is made: columns, each once, and their values.
#[derive(Clone, Default)]
struct Row(Vec<(String, String)>);

impl Row {
    fn set(&mut self, column: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == column) {
            Some((_, known)) => *known = value.to_owned(),
            None => self.0.push((column.to_owned(), value.to_owned())),
        }
    }

    fn answer(&mut self, flag: &Flag, values: &[String]) {
        let value = values.first().map_or("neither", String::as_str);
        self.set(&flag.column, value);
    }

    fn line<'r>(fields: impl Iterator<Item = &'r String>) -> String {
        let quoted: Vec<String> = fields
            .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
            .collect();
        quoted.join(",") + "\n"
    }
}

/// A supply with every column that the rules name, and for each of the first notices records that just pass and just fail.
fn supply(oracle: &oracle::decide::Rules) -> Vec<u8> {
    let (policy, agreement) = (&oracle.policy, &oracle.agreement);
    let answered = &policy.consent.third_parties;
    let form = policy.columns.date_format.as_deref();
    let mut rows = Vec::new();
    for notice in policy.notice.iter().take(4) {
        let sources = notice.sources.iter().flatten().map(String::as_str);
        let sources: Vec<&str> = sources.take(2).chain([""]).collect();
        let until = notice.until.unwrap_or(agreement.delivery);
        for (number, source) in sources.iter().enumerate() {
            let mut row = permitted(oracle);
            for (column, value) in [
                (&policy.columns.notice, notice.version.as_str()),
                (&policy.columns.source, source),
            ] {
                if let Some(column) = column {
                    row.set(column, value);
                }
            }
            for day in [notice.from, until, until.plus_days(-1), agreement.delivery] {
                row.set(&policy.columns.captured_at, &written(form, day));
                rows.push(row.clone());
                if number > 0 {
                    continue;
                }
                let mut refused = row.clone();
                refused.answer(answered, &answered.refused);
                rows.push(refused);
                if let Some(column) = &policy.columns.withdrawn_at {
                    let mut withdrawn = row.clone();
                    withdrawn.set(column, &written(form, notice.from));
                    rows.push(withdrawn);
                }
                for list in &policy.suppression {
                    let mut listed = row.clone();
                    for component in &list.matches {
                        let (column, _) = component.rsplit_once(':').expect("column:normaliser");
                        listed.set(column, "R2");
                    }
                    rows.push(listed);
                }
            }
        }
    }
    let header = permitted(oracle);
    let mut text = Row::line(header.0.iter().map(|(column, _)| column));
    for row in rows {
        text += &Row::line(row.0.iter().map(|(_, value)| value));
    }
    text.into_bytes()
}

/// A record against which little stands, with every column, but without its notice and day.
fn permitted(oracle: &oracle::decide::Rules) -> Row {
    let (policy, agreement) = (&oracle.policy, &oracle.agreement);
    let mut row = Row::default();
    row.set(&policy.columns.id, "R1");
    for column in policy.data.values().flatten() {
        row.set(column, "v");
    }
    for list in &policy.suppression {
        for component in &list.matches {
            let (column, _) = component.rsplit_once(':').expect("column:normaliser");
            row.set(column, "R1");
        }
    }
    for column in [
        Some(&policy.columns.captured_at),
        policy.columns.notice.as_ref(),
        policy.columns.source.as_ref(),
        policy.columns.withdrawn_at.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        row.set(column, "");
    }
    if let Some(area) = &agreement.territory {
        let inside = oracle.territory.as_ref().and_then(|values| values.first());
        let inside = inside.map_or("", |value| std::str::from_utf8(value).expect("UTF-8"));
        row.set(&area.column, inside);
    }
    match &policy.consent.channels {
        Channels {
            column: Some(column),
            separator: Some(separator),
            ..
        } => row.set(column, &agreement.channels.join(separator)),
        Channels { flags, .. } => {
            for flag in flags.iter().flat_map(|flags| flags.values()) {
                row.answer(flag, &flag.given);
            }
        }
    }
    let answered = &policy.consent.third_parties;
    row.answer(answered, &answered.given);
    row
}

/// A day as records of these rules write it.
fn written(form: Option<&str>, day: Day) -> String {
    let Some(form) = form else {
        return day.iso();
    };
    form.replace("%Y", &format!("{:04}", day.year))
        .replace("%m", &format!("{:02}", day.month))
        .replace("%d", &format!("{:02}", day.day))
        .replace("%H", "12")
        .replace("%M", "30")
        .replace("%S", "59")
}
