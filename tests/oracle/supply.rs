//! Owns random supplies: values that make each reason and its edge likely, in quoting that tries the reader.
//! It never decides anything.

use super::{
    dates::{Day, Period, period},
    dice::Dice,
    hostile,
    reader::BOM,
    scenario::{Flag, Notice, Role, World},
};
use unicode_normalization::UnicodeNormalization;

/// How wild one scenario's supply is.
struct Mood {
    /// Chance of a value that is not the good one.
    odd_percent: usize,
    /// Chance of a defect in a record's form.
    defect_percent: usize,
    /// `None` is a mixture.
    terminator: Option<&'static [u8]>,
    quote_percent: usize,
}

/// One to three inputs, under the same header.
pub(crate) fn inputs(dice: &mut Dice, world: &World) -> Vec<Vec<u8>> {
    let mood = Mood {
        odd_percent: *dice.one(&[1, 3, 8, 25]),
        defect_percent: *dice.one(&[0, 0, 2, 10, 30]),
        terminator: match dice.below(6) {
            0 => Some(b"\r\n"),
            1 => Some(b"\r"),
            2 => None,
            _ => Some(b"\n"),
        },
        quote_percent: *dice.one(&[0, 20, 100]),
    };
    let names: Vec<Vec<u8>> = world
        .columns
        .iter()
        .map(|column| encode(dice, &column.name, world.delimiter))
        .collect();
    let header = names.join(&world.delimiter);
    let count = *dice.one(&[1, 1, 1, 2, 2, 3]);
    (0..count)
        .map(|_| input(dice, world, &mood, &header))
        .collect()
}

fn input(dice: &mut Dice, world: &World, mood: &Mood, header: &[u8]) -> Vec<u8> {
    let mut input = Vec::new();
    if dice.chance(20) {
        input.extend_from_slice(BOM);
    }
    if dice.chance(10) {
        input.extend(hostile::blank_lines(dice));
    }
    input.extend_from_slice(header);
    input.extend_from_slice(end(dice, mood));
    if dice.chance(6) {
        input.extend(hostile::bytes(dice, world.delimiter, 300));
        return input;
    }
    let records = match dice.below(8) {
        0 => dice.below(3),
        1 => dice.below(200),
        _ => dice.below(60),
    };
    for _ in 0..records {
        if dice.chance(3) {
            input.extend(hostile::blank_lines(dice));
        }
        let fields = record(dice, world, mood);
        input.extend(line(dice, world, mood, fields));
        input.extend_from_slice(end(dice, mood));
    }
    if dice.chance(40) {
        while matches!(input.last(), Some(b'\n' | b'\r')) {
            input.pop();
        }
    }
    input
}

fn end(dice: &mut Dice, mood: &Mood) -> &'static [u8] {
    mood.terminator.unwrap_or_else(|| hostile::terminator(dice))
}

/// A record's line, now and then with a defect.
fn line(dice: &mut Dice, world: &World, mood: &Mood, mut fields: Vec<Vec<u8>>) -> Vec<u8> {
    let defect = if dice.chance(mood.defect_percent) {
        dice.below(9)
    } else {
        9
    };
    let place = dice.below(fields.len());
    match defect {
        0 => drop(fields.remove(place)),
        1 => fields.insert(place, b"more".to_vec()),
        2 => fields[place] = b"\"closed\"then".to_vec(),
        3 => fields[place].extend_from_slice(b"a\"b"),
        4 if dice.chance(30) => fields[place].insert(0, b'"'),
        5 => fields[place] = [b" ", fields[place].as_slice()].concat(),
        _ => {}
    }
    let mut line = fields.join(&world.delimiter);
    match defect {
        6 if dice.chance(30) => line = hostile::bytes(dice, world.delimiter, 8),
        7 if dice.chance(30) => {
            let place = dice.below(line.len());
            line.splice(place..place, hostile::piece(dice, world.delimiter));
        }
        8 => line.push(world.delimiter),
        _ => {}
    }
    line
}

/// The fields of one record, encoded.
fn record(dice: &mut Dice, world: &World, mood: &Mood) -> Vec<Vec<u8>> {
    let notice = dice.one(&world.notices);
    let captured = good_capture(dice, world, notice);
    let person = dice.one(&world.people);
    let mut fields = Vec::new();
    for column in &world.columns {
        let odd = dice.chance(mood.odd_percent);
        let value = value(dice, world, &column.role, notice, captured, person, odd);
        let value = if dice.chance(8) {
            pad(dice, &value)
        } else {
            value
        };
        let quoted = dice.chance(mood.quote_percent);
        fields.push(if quoted {
            quote(&value)
        } else {
            encode(dice, &value, world.delimiter)
        });
    }
    fields
}

fn value(
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

/// A day on which the notice was in force and the delivery not far.
fn good_capture(dice: &mut Dice, world: &World, notice: &Notice) -> Day {
    let last = world
        .delivery
        .number()
        .min(notice.until.map_or(i64::MAX, |until| until.number() - 1));
    let from = notice.from.number();
    let first = from.max(last - dice.between(1, 500));
    Day::from_number(if first <= last {
        dice.between(first, last)
    } else {
        from
    })
}

/// A day at or beside a boundary.
fn edge(dice: &mut Dice, world: &World, notice: &Notice) -> Day {
    let beside = dice.between(-2, 2);
    let day = match dice.below(5) {
        0 => notice.from,
        1 => notice.until.unwrap_or(notice.from),
        2 => world.delivery,
        _ => match period(&notice.valid_for) {
            Period::Days(days) => world.delivery.plus_days(-days),
            Period::Months(months) => world.delivery.plus_months(-months),
            Period::Years(years) => world.delivery.plus_months(-years * 12),
            Period::Unlimited => Day::new(9999, 12, 30).expect("a day"),
        },
    };
    let day = day.plus_days(beside);
    if day.year > 9999 { world.delivery } else { day }
}

fn date_text(dice: &mut Dice, world: &World, day: Day) -> Vec<u8> {
    let (hour, minute, second) = match dice.below(4) {
        0 => (0, 0, 0),
        1 => (23, 59, 59),
        2 => (dice.below(24), 30, 0),
        _ => (dice.below(24), dice.below(60), dice.below(60)),
    };
    if let Some(format) = &world.date_format {
        return format
            .replace("%Y", &format!("{:04}", day.year))
            .replace("%m", &format!("{:02}", day.month))
            .replace("%d", &format!("{:02}", day.day))
            .replace("%H", &format!("{hour:02}"))
            .replace("%M", &format!("{minute:02}"))
            .replace("%S", &format!("{second:02}"))
            .into_bytes();
    }
    if dice.chance(50) {
        return day.iso().into_bytes();
    }
    let zones = [
        "Z", "Z", "+01:00", "-05:00", "+05:30", "+14:00", "-11:00", "+23:59", "-23:59", "-00:00",
    ];
    let zone = if dice.chance(60) {
        dice.pick(&zones)
    } else {
        ""
    };
    let fraction = if dice.chance(25) {
        dice.pick(&[".5", ".000", ".999999999"])
    } else {
        ""
    };
    let between = dice.pick(&["T", " "]);
    format!(
        "{}{between}{hour:02}:{minute:02}:{second:02}{fraction}{zone}",
        day.iso()
    )
    .into_bytes()
}

fn odd_date(dice: &mut Dice, world: &World) -> Vec<u8> {
    let choices = [
        "2017-02-29",
        "2016-02-30",
        "0000-01-01",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "2011-12-30T12:00:00",
        "2011-12-30T12:00:00Z",
        "2016-1-01",
        "2016-01-01t00:00:00",
        "2016-01-01T00:00:00z",
        "2016-01-01T24:00:00",
        "2016-01-01T23:59:60Z",
        "2016-01-01T00:00",
        "2016-01-01T00:00:00.",
        "2016-01-01T00:00:00.1234567890",
        "2016-01-01T00:00:00+24:00",
        "2016-01-01T00:00:00+01",
        "2016-01-01T00:00:00+0100",
        "2016-01-01T00:00:00 Z",
        "2016-01-01Z",
        "+2016-01-01",
        "２０１６-01-01",
        "2016-01-01\u{a0}",
        "01/02/2016",
        "32/01/2016",
        "1/2/2016",
        "20160229",
        "20170229",
        "02-29-2016",
        "29.02.2016 24:00:00",
        "29.02.2016 23:59:60",
        "0",
        "unknown",
        "1900-02-29",
        "1850-01-01T00:00:30Z",
    ];
    if dice.chance(20) {
        let mut text = date_text(dice, world, world.delivery);
        let place = dice.below(text.len());
        text[place] = *dice.one(b"0123456789/-:TZ. x");
        return text;
    }
    dice.pick(&choices).as_bytes().to_vec()
}

pub(crate) fn pad(dice: &mut Dice, value: &[u8]) -> Vec<u8> {
    let before = dice.pick(&["", " ", "\t", " \t "]).as_bytes();
    let after = dice.pick(&["", " ", "\t", "  "]).as_bytes();
    [before, value, after].concat()
}

pub(crate) fn quote(value: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in value {
        if *byte == b'"' {
            quoted.push(b'"');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    quoted
}

/// The value as a sound field: quoted where it must be, and now and then where it need not.
pub(crate) fn encode(dice: &mut Dice, value: &[u8], delimiter: u8) -> Vec<u8> {
    let must = value
        .iter()
        .any(|byte| *byte == delimiter || b"\"\r\n".contains(byte));
    if must || dice.chance(8) {
        quote(value)
    } else {
        value.to_vec()
    }
}
