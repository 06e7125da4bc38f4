//! Owns random suppression lists, fresh and with rows that can match, and the packing of files. It never looks a key up.

use super::{
    dates::{Period, period},
    dice::Dice,
    drawn_rules::{toml_list, toml_text},
    drawn_values, hostile,
    normalise::{component, digest},
    scenario::{PEOPLE_COLUMNS, Role, World},
    supply,
};
use std::io::Write as _;

const NORMALISERS: [&str; 6] = ["exact", "lower", "email", "digits", "uk-postcode", "name"];

pub(crate) fn suppression(
    dice: &mut Dice,
    world: &World,
    name: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> String {
    let mut places: Vec<usize> = (0..PEOPLE_COLUMNS.len()).collect();
    dice.shuffle(&mut places);
    places.truncate(1 + dice.below(3));
    let normalisers: Vec<&str> = places
        .iter()
        .map(|place| match place {
            3 if dice.chance(60) => "email",
            4 if dice.chance(60) => "digits",
            5 if dice.chance(60) => "uk-postcode",
            1 | 2 if dice.chance(60) => "name",
            _ => dice.pick(&NORMALISERS),
        })
        .collect();
    let kind = dice.pick(&["none", "none", "sha256-hex", "sha256-base64"]);

    // Rows that can match: some people, and some mixed from two of them.
    let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
    let wanted = if dice.chance(12) {
        0
    } else {
        1 + dice.below(4)
    };
    let mut tries = 0;
    while rows.len() < wanted && tries < 50 {
        tries += 1;
        let one = dice.one(&world.people);
        let other = if dice.chance(25) {
            dice.one(&world.people)
        } else {
            one
        };
        let values: Vec<Vec<u8>> = places
            .iter()
            .enumerate()
            .map(|(number, place)| {
                let value = if number == 0 {
                    &one[*place]
                } else {
                    &other[*place]
                };
                drawn_values::vary(dice, value)
            })
            .collect();
        let parts: Option<Vec<String>> = values
            .iter()
            .zip(&normalisers)
            .map(|(value, normaliser)| component(normaliser, value))
            .collect();
        let Some(parts) = parts else { continue };
        if kind == "none" {
            rows.push(values);
        } else {
            let mut written = digest(kind, &parts.join("|"));
            if kind == "sha256-hex" && dice.chance(40) {
                written = written.to_ascii_uppercase();
            }
            rows.push(vec![written.into_bytes()]);
        }
    }

    let width = if kind == "none" { places.len() } else { 1 };
    let list: Vec<String> = (0..width).map(|number| format!("k{number}")).collect();
    let mut header: Vec<Vec<u8>> = list.iter().map(|name| name.clone().into_bytes()).collect();
    let mut order: Vec<usize> = (0..width).collect();
    if dice.chance(40) {
        header.push(b"note".to_vec());
        order.push(width);
    }
    if dice.chance(20) {
        header.push(b"note".to_vec());
        order.push(header.len() - 1);
    }
    dice.shuffle(&mut order);
    let ending = dice.pick(&[".csv", ".csv", ".csv", ".tsv", ".psv", ".txt"]);
    let delimiter = super::lists::delimiter_of(ending);
    let mut text = if dice.chance(20) {
        super::reader::BOM.to_vec()
    } else {
        Vec::new()
    };
    let end = hostile::terminator(dice);
    let may_be_empty = rows.is_empty() || dice.chance(30);
    rows.insert(0, header.clone());
    for (number, mut row) in rows.into_iter().enumerate() {
        while row.len() < header.len() {
            row.push(
                dice.pick(&[b"".as_slice(), b"x", b"\xff", b"a\nb"])
                    .to_vec(),
            );
        }
        if number > 0 && dice.chance(10) {
            text.extend(hostile::blank_lines(dice));
        }
        let row: Vec<Vec<u8>> = order
            .iter()
            .map(|place| {
                let padded = number > 0 && dice.chance(15);
                let value = if padded {
                    supply::pad(dice, &row[*place])
                } else {
                    row[*place].clone()
                };
                supply::encode(dice, &value, delimiter)
            })
            .collect();
        text.extend(row.join(&delimiter));
        text.extend_from_slice(end);
    }

    let packing = dice.below(6);
    let (bytes, suffix) = match packing {
        0 => (gzip(&[&text]), ".gz"),
        1 => (zstandard(&[&text]), ".zst"),
        _ => (text, ""),
    };
    let file = format!("{name}{ending}{suffix}");
    files.push((file.clone(), bytes));

    let max_age = dice.pick(&["28 days", "1 months", "2 years", "1 days"]);
    let oldest = match period(max_age) {
        Period::Days(days) => days,
        Period::Months(_) => 28,
        Period::Years(_) | Period::Unlimited => 365,
    };
    let age = if dice.chance(30) {
        oldest
    } else {
        dice.between(0, oldest)
    };
    let matches: Vec<String> = places
        .iter()
        .zip(&normalisers)
        .map(|(place, normaliser)| {
            format!(
                "{}:{normaliser}",
                world.column(&Role::Person(*place)).expect("mapped")
            )
        })
        .collect();
    let mut toml = format!(
        "\n[[suppression]]\nname = {}\nfile = {}\nmatch = {}\nlist = {}\nas_of = {}\nmax_age = {}\n",
        toml_text(name),
        toml_text(&file),
        toml_list(&matches),
        toml_list(&list),
        world.delivery.plus_days(-age).iso(),
        toml_text(max_age)
    );
    if kind != "none" || dice.chance(20) {
        toml += &format!("digest = {}\n", toml_text(kind));
    }
    if may_be_empty {
        toml += "may_be_empty = true\n";
    }
    toml
}

/// One gzip member for each part.
pub(crate) fn gzip(parts: &[&[u8]]) -> Vec<u8> {
    let mut packed = Vec::new();
    for part in parts {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).expect("memory");
        packed.extend(encoder.finish().expect("memory"));
    }
    packed
}

/// One Zstandard frame for each part.
pub(crate) fn zstandard(parts: &[&[u8]]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| zstd::encode_all(*part, 1).expect("memory"))
        .collect()
}
