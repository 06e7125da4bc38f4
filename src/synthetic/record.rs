//! One generated record, written as a line of the supply: a pure function of the seed and the record's number.
//! Owns the columns, their shares and how they hang together. Never writes a malformed record, and a real
//! person's data only by accident.

use super::calendar::{CAPTURE_FIRST, CAPTURE_LAST, NOTICES_RENEWED, push_day};
use super::draws::Draws;
use super::words;

/// The header record of every generated supply.
pub(super) const HEADER: &[u8] = b"record_id,title,first_name,last_name,address_line_1,address_line_2,town,postcode,\
    constituency,mother_dob,child_dob,children_under_5,source,captured_at,notice_version,third_party_opt_in,channels\n";

/// A nation's constituencies: letter and group of their codes, the first one's number, how many, and towns.
type Nation = (&'static [u8], u32, u32, &'static [words::Town]);

/// The parliamentary constituencies of 2017.
const NATIONS: [Nation; 4] = [
    (b"E14", 530, 533, words::TOWNS_ENGLAND),
    (b"W07", 41, 40, words::TOWNS_WALES),
    (b"S14", 1, 59, words::TOWNS_SCOTLAND),
    (b"N06", 1, 18, words::TOWNS_NORTHERN_IRELAND),
];
const CONSTITUENCIES: u32 = 650;

/// Appends record `number` (from 1) of the supply that `seed` makes.
pub(super) fn push_record(out: &mut Vec<u8>, seed: u64, number: u64) {
    let draws = &mut Draws::of_record(seed, number);
    out.extend_from_slice(b"LMB-");
    push_number(out, number, 8);
    push_word(out, draws.pick_weighted(words::TITLES));
    push_word(out, draws.pick(words::FIRST_NAMES));
    push_word(out, draws.pick(words::LAST_NAMES));
    out.push(b',');
    push_address(out, draws);
    push_place(out, draws);
    push_capture(out, draws);
    out.push(b'\n');
}

/// The first address line: quoted in 8 of 100 records, a few of them with a quote or a line end inside.
fn push_address(out: &mut Vec<u8>, draws: &mut Draws) {
    match draws.below(10_000) {
        0..30 => {
            out.extend_from_slice(b"\"Flat ");
            push_number(out, u64::from(1 + draws.below(24)), 1);
            out.push(b'\n');
            push_street(out, draws);
            out.push(b'"');
        }
        30..80 => {
            out.extend_from_slice(b"\"\"\"");
            out.extend_from_slice(draws.pick(words::HOUSE_NAMES).as_bytes());
            out.extend_from_slice(b"\"\", ");
            push_street(out, draws);
            out.push(b'"');
        }
        80..300 => {
            out.push(b'"');
            out.extend_from_slice(draws.pick(words::HOUSE_NAMES).as_bytes());
            out.extend_from_slice(b", ");
            push_street(out, draws);
            out.push(b'"');
        }
        300..800 => {
            out.extend_from_slice(b"\"Flat ");
            push_number(out, u64::from(1 + draws.below(24)), 1);
            out.extend_from_slice(b", ");
            push_street(out, draws);
            out.push(b'"');
        }
        _ => push_street(out, draws),
    }
}

/// House number and street.
fn push_street(out: &mut Vec<u8>, draws: &mut Draws) {
    // Low numbers are the more common: every street has a number 1.
    let number_max = 1 + draws.below(190);
    push_number(out, u64::from(1 + draws.below(number_max)), 1);
    if draws.chance(250) {
        out.push(b"ABC"[draws.below(3) as usize]);
    }
    out.push(b' ');
    out.extend_from_slice(draws.pick(words::STREET_NAMES).as_bytes());
    out.push(b' ');
    out.extend_from_slice(draws.pick(words::STREET_KINDS).as_bytes());
}

/// Second address line, town, postcode and constituency: the constituency decides the town, the town the postcode area.
fn push_place(out: &mut Vec<u8>, draws: &mut Draws) {
    out.push(b',');
    if draws.chance(6_000) {
        out.extend_from_slice(draws.pick(words::LOCALITY_FIRST).as_bytes());
        out.push(b' ');
        out.extend_from_slice(draws.pick(words::LOCALITY_LAST).as_bytes());
    }
    let mut seat = draws.below(CONSTITUENCIES);
    let mut nation = 0;
    while seat >= NATIONS[nation].2 {
        seat -= NATIONS[nation].2;
        nation += 1;
    }
    let (code, code_first, _, towns) = NATIONS[nation];
    let (town, area) = towns[seat as usize % towns.len()];
    push_word(out, town);
    push_word(out, area);
    push_number(out, u64::from(1 + draws.below(19)), 1);
    out.push(b' ');
    push_number(out, u64::from(draws.below(10)), 1);
    for _ in 0..2 {
        out.push(words::POSTCODE_LETTERS[draws.below(20) as usize]);
    }
    out.push(b',');
    out.extend_from_slice(code);
    push_number(out, u64::from(code_first + seat), 6);
}

/// Dates of birth, then the capture: form, day, notice, and what was agreed to.
fn push_capture(out: &mut Vec<u8>, draws: &mut Draws) {
    let captured_at = CAPTURE_FIRST + below_days(draws, CAPTURE_LAST - CAPTURE_FIRST + 1);
    // From an expected birth 200 days ahead to a sixth birthday.
    let child_dob = captured_at + 200 - below_days(draws, 200 + 2_191);
    // The mother was from 17 to 44 years old.
    let mother_dob = child_dob - 6_210 - below_days(draws, 9_860);
    let under_five = child_dob <= captured_at && captured_at - child_dob < 1_826;
    out.push(b',');
    push_day(out, mother_dob);
    out.push(b',');
    push_day(out, child_dob);
    push_word(
        out,
        if under_five || draws.chance(2_500) {
            "Y"
        } else {
            "N"
        },
    );

    let online = draws.chance(7_000);
    push_word(out, if online { "online" } else { "offline" });
    out.push(b',');
    push_day(out, captured_at);
    push_word(out, notice_version(draws, online, captured_at));
    push_word(out, draws.pick_weighted(words::THIRD_PARTY));
    push_word(
        out,
        draws.pick_weighted(if online {
            words::CHANNELS_ONLINE
        } else {
            words::CHANNELS_OFFLINE
        }),
    );
}

/// The notice in force, but for a few: no version, one that nobody knows, or the wrong one, which
/// happens most with old paper forms.
fn notice_version<'a>(draws: &mut Draws, online: bool, captured_at: i32) -> &'a str {
    let renewed = captured_at >= NOTICES_RENEWED;
    let wrong_share = match (online, renewed) {
        (false, true) => 600,
        (_, true) => 80,
        (_, false) => 20,
    };
    match draws.below(10_000) {
        0..40 => "",
        40..90 => draws.pick(words::VERSIONS_UNKNOWN),
        share if (share < 90 + wrong_share) != renewed => "2016-09",
        _ => "2014-03",
    }
}

/// A number of days below `bound`.
fn below_days(draws: &mut Draws, bound: i32) -> i32 {
    draws.below(bound as u32) as i32
}

/// A delimiter and a word.
fn push_word(out: &mut Vec<u8>, word: &str) {
    out.push(b',');
    out.extend_from_slice(word.as_bytes());
}

/// A number in decimal digits, with zeros in front up to `digits_min`.
fn push_number(out: &mut Vec<u8>, number: u64, digits_min: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    let mut left = number;
    while left > 0 {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out.extend_from_slice(&digits[start.min(digits.len() - digits_min)..]);
}
