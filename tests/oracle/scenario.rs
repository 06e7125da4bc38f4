//! Owns whole random cases, always valid: what there is in one, and the columns and people. It never decides anything.

use super::{
    dates::Day,
    dice::Dice,
    drawn_notices::{dated_notices, delivery_day, versioned_notices},
    drawn_rules::write_rules,
    supply,
};

/// A whole case: the files to write side by side, and the supply.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// `policy.toml`, `agreement.toml` and what they point to.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) delimiter: u8,
    /// Decompressed; at least one.
    pub(crate) inputs: Vec<Vec<u8>>,
}

/// What a column of the records is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Captured,
    Notice,
    Source,
    Withdrawn,
    ThirdParties,
    Channels,
    /// The flag of the channel with this place in `World::flags`.
    Flag(usize),
    /// The person's value of this place.
    Person(usize),
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Vec<u8>,
    pub(crate) role: Role,
}

#[derive(Debug, Clone)]
pub(crate) struct Flag {
    pub(crate) channel: String,
    pub(crate) given: Vec<String>,
    pub(crate) refused: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) version: String,
    pub(crate) sources: Option<Vec<String>>,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    pub(crate) valid_for: String,
}

/// What whoever draws the records must know to hit each rule and its edge.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) delimiter: u8,
    pub(crate) columns: Vec<Column>,
    pub(crate) delivery: Day,
    pub(crate) date_format: Option<String>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) third_parties: Flag,
    pub(crate) separator: Option<String>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) agreed_channels: Vec<String>,
    pub(crate) territory: Vec<String>,
    pub(crate) people: Vec<Vec<String>>,
}

pub(crate) const CHANNELS: [&str; 5] = ["postal", "email", "sms", "phone call", "é-mail"];
const DATE_FORMATS: [&str; 6] = [
    "%d/%m/%Y",
    "%Y%m%d",
    "%m-%d-%Y",
    "%d.%m.%Y %H:%M:%S",
    "%Y年%m月%d日",
    "%H%M%S|%Y|%d,%m",
];
pub(crate) const PEOPLE_COLUMNS: [&str; 7] = [
    "record_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "postcode",
    "seat",
];

pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// At least one of them, in random order.
pub(crate) fn some_of(dice: &mut Dice, choices: &[String], percent: usize) -> Vec<String> {
    let mut chosen = dice.some(choices, percent);
    if chosen.is_empty() {
        chosen.push(dice.one(choices).clone());
    }
    dice.shuffle(&mut chosen);
    chosen
}

/// A flag's values: some given, and others refused.
fn flag(dice: &mut Dice, channel: &str) -> Flag {
    let mut pool = owned(&["Y", "y", "yes", "1", "N", "0", "true", "n o", "é", "|"]);
    dice.shuffle(&mut pool);
    let given = pool.split_off(pool.len() - 1 - dice.below(2));
    let refused = pool.split_off(pool.len() - dice.below(3));
    Flag {
        channel: channel.to_owned(),
        given,
        refused,
    }
}

fn person(dice: &mut Dice, number: usize) -> Vec<String> {
    let first = dice.pick(&[
        "Zoë",
        "Zoe\u{308}",
        "ΣΑΣ",
        "O'Brien",
        "İpek",
        "Anne-Marie",
        "ﬁn",
        "Bob",
        "Łuk",
    ]);
    let last = dice.pick(&[
        "Smith",
        "ßmith",
        "Mac Donald",
        "Ñúñez",
        "Ⅳ",
        "李",
        "de la|Cruz",
    ]);
    let mail = dice.pick(&["a.b@x.org", "zoë@x.org", "A+1@y.org"]);
    vec![
        format!("r{}", number % 7 + 1),
        first.to_owned(),
        last.to_owned(),
        format!("{number}{mail}"),
        format!("+44 20 7946 {:04}", dice.below(20)),
        format!("SW{}A {}AA", dice.below(3), dice.below(4)),
        format!("E{:02}", dice.below(6)),
    ]
}

pub(crate) fn scenario(dice: &mut Dice) -> Scenario {
    let delimiter = *dice.one(b",,,,,\t\t||;#~\x01'./");
    let format = dice.chance(25).then(|| dice.pick(&DATE_FORMATS).to_owned());
    let delivery = delivery_day(dice);
    let has_notice_column = dice.chance(60);
    let has_source_column = dice.chance(60);
    let notices = if has_notice_column {
        versioned_notices(dice, delivery, has_source_column)
    } else {
        dated_notices(dice, delivery, has_source_column)
    };

    let agreed_channels = {
        let channels = owned(&CHANNELS);
        let mut chosen = some_of(dice, &channels, 25);
        chosen.truncate(2);
        chosen
    };
    let flags: Vec<Flag> = if dice.chance(45) {
        let mut flags: Vec<Flag> = Vec::new();
        for channel in CHANNELS {
            let agreed = agreed_channels.iter().any(|agreed| agreed == channel);
            if dice.chance(if agreed { 95 } else { 40 })
                || (flags.is_empty() && channel == CHANNELS[4])
            {
                flags.push(flag(dice, channel));
            }
        }
        flags
    } else {
        Vec::new()
    };
    let separator = flags.is_empty().then(|| {
        dice.pick(&["|", "|", ";", ",", "/", "||", "::", "§", "-"])
            .to_owned()
    });

    let people = (0..12).map(|number| person(dice, number)).collect();
    let all_data = dice.chance(35);
    let mut world = World {
        delimiter,
        columns: Vec::new(),
        delivery,
        date_format: format,
        third_parties: flag(dice, ""),
        notices,
        separator,
        flags,
        agreed_channels,
        territory: Vec::new(),
        people,
    };
    world.columns = columns(dice, &world, has_notice_column, has_source_column, all_data);

    let mut files = Vec::new();
    let (policy, agreement) = write_rules(dice, &mut world, all_data, &mut files);
    files.push(("policy.toml".to_owned(), policy.into_bytes()));
    files.push(("agreement.toml".to_owned(), agreement.into_bytes()));
    let inputs = supply::inputs(dice, &world);
    Scenario {
        files,
        delimiter,
        inputs,
    }
}

fn columns(
    dice: &mut Dice,
    world: &World,
    has_notice_column: bool,
    has_source_column: bool,
    all_data: bool,
) -> Vec<Column> {
    let mut wanted = vec![("captured", Role::Captured), ("opt_in", Role::ThirdParties)];
    if has_notice_column {
        wanted.push(("notice", Role::Notice));
    }
    if has_source_column {
        wanted.push(("source", Role::Source));
    }
    if dice.chance(70) {
        wanted.push(("withdrawn", Role::Withdrawn));
    }
    if world.separator.is_some() {
        wanted.push(("channels", Role::Channels));
    }
    let flag_names = ["flag0", "flag1", "flag2", "flag3", "flag4"];
    for (place, name) in flag_names.iter().enumerate().take(world.flags.len()) {
        wanted.push((name, Role::Flag(place)));
    }
    for (place, name) in PEOPLE_COLUMNS.iter().enumerate() {
        wanted.push((name, Role::Person(place)));
    }
    for name in ["extra0", "extra1"] {
        if dice.chance(50) {
            wanted.push((name, Role::Other));
        }
    }
    let endings = [
        "", "", "", "", "", "", " ", "\t", ",", ";", "\"", " \"x\"", "\nline", "\r", "é", ".",
    ];
    let mut columns: Vec<Column> = wanted
        .into_iter()
        .map(|(name, role)| Column {
            name: [name, dice.pick(&endings)].concat().into_bytes(),
            role,
        })
        .collect();
    if !all_data {
        let strange: [&[u8]; 6] = [b"", b"", b"junk", b"junk", b"\xe9t\xe9", b"Captured"];
        for name in strange {
            if dice.chance(15) {
                columns.push(Column {
                    name: name.to_vec(),
                    role: Role::Other,
                });
            }
        }
    }
    dice.shuffle(&mut columns);
    columns
}

impl World {
    pub(crate) fn column(&self, role: &Role) -> Option<String> {
        let column = self.columns.iter().find(|column| column.role == *role)?;
        Some(String::from_utf8(column.name.clone()).expect("UTF-8"))
    }
}
