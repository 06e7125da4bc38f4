//! Owns random days of capture and withdrawal, at and beside each boundary, and the texts that they are written as.
//! It never decides anything.

use super::{
    dates::{Day, Period, period},
    dice::Dice,
    scenario::{Notice, World},
};

/// A day on which the notice was in force and the delivery not far.
pub(super) fn good_capture(dice: &mut Dice, world: &World, notice: &Notice) -> Day {
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
pub(super) fn edge(dice: &mut Dice, world: &World, notice: &Notice) -> Day {
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

pub(super) fn date_text(dice: &mut Dice, world: &World, day: Day) -> Vec<u8> {
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

pub(super) fn odd_date(dice: &mut Dice, world: &World) -> Vec<u8> {
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
