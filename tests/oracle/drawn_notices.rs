//! Owns random notices: their versions, sources and days, never two where one may stand. What they disclose is not drawn here.

use super::{
    dates::Day,
    dice::Dice,
    scenario::{Notice, owned, some_of},
};

const SOURCES: [&str; 4] = ["online", "paper", "phone form", "Online"];
const PERIODS: [&str; 11] = [
    "unlimited",
    "unlimited",
    "24 months",
    "13 months",
    "6 months",
    "1 months",
    "2 years",
    "30 days",
    "365 days",
    "100 years",
    "36500 days",
];

pub(crate) fn delivery_day(dice: &mut Dice) -> Day {
    let year = dice.between(2009, 2025);
    let days = [
        (1, 1),
        (2, 28),
        (3, 1),
        (3, 30),
        (3, 31),
        (5, 5),
        (10, 28),
        (10, 31),
        (12, 31),
    ];
    let (month, day) = *dice.one(&days);
    Day::new(year, month, day).expect("a day")
}

pub(crate) fn versioned_notices(
    dice: &mut Dice,
    delivery: Day,
    has_source_column: bool,
) -> Vec<Notice> {
    let versions = some_of(
        dice,
        &owned(&["2016-09", "v1", "V1", "é 1", "\"q\"", "a,b", "3|4"]),
        40,
    );
    let mut notices = Vec::new();
    for version in versions {
        let mut left = owned(&SOURCES);
        dice.shuffle(&mut left);
        let mut groups: Vec<Option<Vec<String>>> = Vec::new();
        if has_source_column {
            for _ in 0..dice.below(3) {
                groups.push(Some(left.split_off(left.len() - 1 - dice.below(2))));
            }
        }
        if groups.is_empty() || dice.chance(60) {
            groups.insert(dice.below(groups.len() + 1), None);
        }
        for sources in groups {
            let from = delivery.plus_days(dice.between(-900, 0));
            let until = dice
                .chance(50)
                .then(|| from.plus_days(dice.between(1, 800)));
            notices.push(Notice {
                version: version.clone(),
                sources,
                from,
                until,
                valid_for: dice.pick(&PERIODS).to_owned(),
            });
        }
    }
    dice.shuffle(&mut notices);
    notices
}

/// Notices that the capture day chooses: for one source, or for none, no two are in force on one day.
pub(crate) fn dated_notices(
    dice: &mut Dice,
    delivery: Day,
    has_source_column: bool,
) -> Vec<Notice> {
    let mut left = owned(&SOURCES);
    dice.shuffle(&mut left);
    let mut groups: Vec<Option<Vec<String>>> = Vec::new();
    if has_source_column {
        for _ in 0..dice.below(3) {
            groups.push(Some(left.split_off(left.len() - 1 - dice.below(2))));
        }
    }
    if groups.is_empty() || dice.chance(60) {
        groups.push(None);
    }
    let mut notices: Vec<Notice> = Vec::new();
    for group in groups {
        let mut from = delivery.plus_days(dice.between(-900, -10));
        let count = 1 + dice.below(3);
        for number in 1..=count {
            let last = number == count && dice.chance(50);
            let until = (!last).then(|| from.plus_days(dice.between(1, 400)));
            let sources = group.as_ref().map(|sources| some_of(dice, sources, 70));
            notices.push(Notice {
                version: format!("n{}", notices.len()),
                sources,
                from,
                until,
                valid_for: dice.pick(&PERIODS).to_owned(),
            });
            if let Some(until) = until {
                from = until.plus_days(if dice.chance(50) {
                    0
                } else {
                    dice.between(1, 30)
                });
            }
        }
    }
    dice.shuffle(&mut notices);
    notices
}
