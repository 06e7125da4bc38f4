//! Owns random supplies: records that make each reason and its edge likely, in quoting that tries the reader.
//! It never decides anything.

use super::{
    dice::Dice, drawn_dates::good_capture, drawn_values::value, hostile, reader::BOM,
    scenario::World,
};

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
