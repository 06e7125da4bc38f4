//! Owns random values of a record's columns: mostly good, now and then at or past an edge. It never decides anything.

use super::{
    dates::Day,
    dice::Dice,
    drawn_dates::{date_text, edge, odd_date},
    reader::BOM,
    scenario::{Flag, Notice, Role, World},
};
use unicode_normalization::UnicodeNormalization;

pub(super) fn value(
    dice: &mut Dice,
    world: &World,
    role: &Role,
    notice: &Notice,
    captured: Day,
    person: &[String],
    odd: bool,
) -> Vec<u8> {
    if odd && dice.chance(25) {
        return odd_value(dice);
    }
    match role {
        Role::Captured if odd => {
            if dice.chance(40) {
                odd_date(dice, world)
            } else {
                let day = edge(dice, world, notice);
                date_text(dice, world, day)
            }
        }
        Role::Captured => date_text(dice, world, captured),
        Role::Withdrawn if odd => {
            if dice.chance(25) {
                odd_date(dice, world)
            } else {
                let day = captured.plus_days(dice.between(-1, 2));
                date_text(dice, world, day)
            }
        }
        Role::Withdrawn if dice.chance(15) => {
            let day = captured.plus_days(dice.between(-400, -2));
            date_text(dice, world, day)
        }
        Role::Withdrawn => dice.pick(&["", "", "", " ", "\t "]).as_bytes().to_vec(),
        Role::Notice if odd => {
            let other = dice.one(&world.notices).version.clone();
            let text = dice.pick(&[other.as_str(), "v2", "2016-9", ""]).to_owned();
            vary(dice, &text)
        }
        Role::Notice => notice.version.clone().into_bytes(),
        Role::Source if odd => dice
            .pick(&["online", "paper", "phone form", "phone", "Online", ""])
            .as_bytes()
            .to_vec(),
        Role::Source => match &notice.sources {
            Some(sources) => dice.one(sources).clone().into_bytes(),
            None => dice.pick(&["elsewhere", "", "fax"]).as_bytes().to_vec(),
        },
        Role::ThirdParties => flag_value(dice, &world.third_parties, odd),
        Role::Flag(place) => {
            let odd = odd && dice.chance(60);
            flag_value(dice, &world.flags[*place], odd)
        }
        Role::Channels => channels(dice, world, odd),
        Role::Person(place) => {
            let seats = *place == 6 && !world.territory.is_empty();
            if seats && !odd && dice.chance(70) {
                return dice.one(&world.territory).clone().into_bytes();
            }
            let text = if odd {
                &dice.one(&world.people)[*place]
            } else {
                &person[*place]
            };
            vary(dice, text)
        }
        Role::Other => {
            let texts = [
                "",
                "x",
                "say \"hi\"",
                "two\nlines",
                "a,b|c;d\te",
                "cr\rlf\r\n",
                "é",
                "\"",
            ];
            dice.pick(&texts).as_bytes().to_vec()
        }
    }
}

fn flag_value(dice: &mut Dice, flag: &Flag, odd: bool) -> Vec<u8> {
    if !odd {
        return dice.one(&flag.given).clone().into_bytes();
    }
    if !flag.refused.is_empty() && dice.chance(50) {
        return dice.one(&flag.refused).clone().into_bytes();
    }
    let given = dice.one(&flag.given).clone();
    let choices = [
        given.to_lowercase(),
        format!("{given}{given}"),
        format!("{given}\u{a0}"),
        "?".to_owned(),
        String::new(),
    ];
    dice.one(&choices).clone().into_bytes()
}

fn channels(dice: &mut Dice, world: &World, odd: bool) -> Vec<u8> {
    let separator = world.separator.as_deref().expect("a list column");
    let mut parts: Vec<String> = world.agreed_channels.clone();
    if odd {
        let place = dice.below(parts.len());
        match dice.below(4) {
            0 => drop(parts.remove(place)),
            1 => parts[place] = parts[place].to_uppercase(),
            2 => parts[place].push('x'),
            _ => parts[place].push('\u{a0}'),
        }
    }
    for more in ["fax", "", "sms", "\t", separator] {
        if dice.chance(15) {
            parts.push(more.to_owned());
        }
    }
    dice.shuffle(&mut parts);
    for part in &mut parts {
        if dice.chance(20) {
            *part = format!(
                "{}{part}{}",
                dice.pick(&["", " ", "\t"]),
                dice.pick(&["", " ", "\t "])
            );
        }
    }
    parts.join(separator).into_bytes()
}

fn odd_value(dice: &mut Dice) -> Vec<u8> {
    let choices: [&[u8]; 16] = [
        b"",
        b" ",
        b"\t \t",
        "\u{a0}".as_bytes(),
        "\u{200b}".as_bytes(),
        b"\x1c",
        b"\xff",
        b"a\xc3",
        b"-",
        b"\"",
        b"\"\"",
        b"\n",
        b"a\r\nb",
        "\u{301}".as_bytes(),
        BOM,
        b"\x00",
    ];
    dice.pick(&choices).to_vec()
}

/// The text in another writing: for some normaliser the same, for others not.
pub(crate) fn vary(dice: &mut Dice, text: &str) -> Vec<u8> {
    if dice.chance(60) {
        return text.as_bytes().to_vec();
    }
    let characters: Vec<char> = text.chars().collect();
    let mut middle: String = text.to_owned();
    if !characters.is_empty() {
        let cut = dice.below(characters.len());
        let more = dice.pick(&[
            " ", "\u{a0}", "\u{200b}", "\u{ad}", "-", "\u{301}", ".", "  ", "\u{1f}", "|",
        ]);
        middle = characters[..cut].iter().collect::<String>() + more;
        middle.extend(&characters[cut..]);
    }
    let varied = match dice.below(9) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => text.nfd().collect(),
        3 => text.nfkc().collect(),
        4 => text.nfkd().collect::<String>().to_uppercase(),
        5 => text.split(' ').collect(),
        6 => format!("{text}\u{a0}"),
        _ => middle,
    };
    varied.into_bytes()
}
