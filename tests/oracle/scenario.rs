//! Owns random policies and agreements, always valid, with the files that they name. It never decides anything.

use super::{
    dates::{Day, Period, period},
    dice::Dice,
    hostile,
    normalise::{component, digest},
    supply,
    terms::{covers, explicit_terms, fold_name},
};
use std::io::Write as _;

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

const SOURCES: [&str; 4] = ["online", "paper", "phone form", "Online"];
const CHANNELS: [&str; 5] = ["postal", "email", "sms", "phone call", "é-mail"];
const SECTORS: [&str; 15] = [
    "retail",
    "retail/baby-products",
    "retail/baby-products/health",
    "retail/health",
    "retail/online-gambling",
    "political",
    "political/party",
    "charity",
    "charity/trade-union",
    "charity/trade-union-members",
    "agency",
    "agency/party-political",
    "finance/insurance",
    "gambling",
    "health/genetic",
];
const PURPOSES: [&str; 11] = [
    "marketing",
    "marketing/direct",
    "marketing/direct/post",
    "marketing/direct/online-gambling",
    "marketing/political",
    "marketing/party-political",
    "marketing/health",
    "marketing/gambling",
    "marketing/non-trade-union",
    "research",
    "political/research",
];
const NAMES: [[&str; 3]; 6] = [
    [
        "The Labour Party",
        "THE  LABOUR\u{a0}PARTY",
        "the labour\u{1c}party",
    ],
    ["Straße Ltd", "STRASSE LTD", "straße ltd"],
    ["Office \u{fb01}nance", "OFFICE FINANCE", "ofﬁce ﬁnance"],
    ["Βάσος ΣΑΣ", "ΒΆΣΟΣ ΣΑΣ", "Βάσος σας"],
    ["Zoe\u{308}", "Zoë", "Zoe"],
    ["A-B", "A B", "AB"],
];
const DATE_FORMATS: [&str; 6] = [
    "%d/%m/%Y",
    "%Y%m%d",
    "%m-%d-%Y",
    "%d.%m.%Y %H:%M:%S",
    "%Y年%m月%d日",
    "%H%M%S|%Y|%d,%m",
];
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
const NORMALISERS: [&str; 6] = ["exact", "lower", "email", "digits", "uk-postcode", "name"];
const PEOPLE_COLUMNS: [&str; 7] = [
    "record_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "postcode",
    "seat",
];

pub(crate) fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

pub(crate) fn toml_list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| toml_text(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// At least one of them, in random order.
fn some_of(dice: &mut Dice, choices: &[String], percent: usize) -> Vec<String> {
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

fn delivery_day(dice: &mut Dice) -> Day {
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

fn versioned_notices(dice: &mut Dice, delivery: Day, has_source_column: bool) -> Vec<Notice> {
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
fn dated_notices(dice: &mut Dice, delivery: Day, has_source_column: bool) -> Vec<Notice> {
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
    fn column(&self, role: &Role) -> Option<String> {
        let column = self.columns.iter().find(|column| column.role == *role)?;
        Some(String::from_utf8(column.name.clone()).expect("UTF-8"))
    }
}

/// The party's sectors and purposes that a notice might disclose for it.
fn leading_part(dice: &mut Dice, term: &str) -> String {
    let words: Vec<&str> = term.split('/').collect();
    words[..1 + dice.below(words.len())].join("/")
}

/// Policy and agreement as TOML; what they point to is added to `files`.
fn write_rules(
    dice: &mut Dice,
    world: &mut World,
    all_data: bool,
    files: &mut Vec<(String, Vec<u8>)>,
) -> (String, String) {
    let tame = dice.chance(75);
    let explicit: Vec<String> = if dice.chance(40) {
        some_of(dice, &owned(&["gambling", "agency", "post"]), 40)
    } else {
        Vec::new()
    };
    let every_explicit = explicit_terms(&explicit);

    // Who takes part, and for what.
    let mut names: Vec<usize> = (0..NAMES.len()).collect();
    dice.shuffle(&mut names);
    let controller = names.pop().expect("names");
    let sectors: &[&str] = if tame { &SECTORS[..2] } else { &SECTORS };
    let client_count = if dice.chance(25) { 2 } else { 1 };
    let mut parties: Vec<(usize, String)> = (0..client_count)
        .map(|_| (names.pop().expect("names"), dice.pick(sectors).to_owned()))
        .collect();
    let clients = parties.clone();
    let purpose = dice
        .pick(if tame { &PURPOSES[..3] } else { &PURPOSES })
        .to_owned();
    let mut intermediary = String::new();
    if dice.chance(35) {
        let name = names.pop().expect("names");
        let written = toml_text(dice.pick(&NAMES[name]));
        intermediary = format!("[intermediary]\nname = {written}\n");
        if dice.chance(50) {
            let sector = dice.pick(sectors).to_owned();
            intermediary += &format!("role = \"controller\"\nsector = {}\n", toml_text(&sector));
            parties.push((name, sector));
        } else {
            intermediary += "role = \"processor\"\n";
        }
    }

    // The data categories.
    let mut categories: Vec<(String, Vec<String>)> =
        owned(&["name", "household-address", "contact", "é t c", "x.y"])
            .into_iter()
            .map(|name| (name, Vec::new()))
            .collect();
    let mut taken: Vec<String> = Vec::new();
    // Now and then one column goes out, which is blank in many a record.
    let solo = world
        .column(&Role::Withdrawn)
        .filter(|_| !all_data && dice.chance(25));
    if let Some(column) = &solo {
        taken.push(column.clone());
        categories.push(("solo".to_owned(), vec![column.clone()]));
    }
    for column in &world.columns {
        let Ok(name) = String::from_utf8(column.name.clone()) else {
            continue;
        };
        let repeated = world
            .columns
            .iter()
            .filter(|other| other.name == column.name)
            .count()
            > 1;
        if solo.as_ref() == Some(&name) {
            continue;
        }
        if all_data || (!name.is_empty() && !repeated && dice.chance(70)) {
            assert!(!taken.contains(&name), "a column has one category");
            taken.push(name.clone());
            let place = dice.below(categories.len());
            categories[place].1.push(name);
        }
    }
    categories.retain(|(_, columns)| !columns.is_empty());
    if categories.is_empty() {
        categories.push((
            "name".to_owned(),
            vec![world.column(&Role::Captured).expect("mapped")],
        ));
    }
    for (_, columns) in &mut categories {
        dice.shuffle(columns);
    }
    let category_names: Vec<String> = categories.iter().map(|(name, _)| name.clone()).collect();
    let agreed_data = if all_data {
        category_names.clone()
    } else if solo.is_some() {
        vec!["solo".to_owned()]
    } else {
        some_of(dice, &category_names, 45)
    };

    // The policy.
    let mut policy = format!(
        "schema = 1\ncontroller = {}\n",
        toml_text(NAMES[controller][0])
    );
    if dice.chance(75) {
        let zones = [
            "UTC",
            "Europe/London",
            "America/New_York",
            "Asia/Kolkata",
            "Pacific/Kiritimati",
            "Pacific/Apia",
            "Pacific/Pago_Pago",
            "America/St_Johns",
        ];
        policy += &format!("timezone = {}\n", toml_text(dice.pick(&zones)));
    }
    if !explicit.is_empty() {
        policy += &format!("explicit_terms = {}\n", toml_list(&explicit));
    }

    let mut used_recipients: Vec<String> =
        parties.iter().map(|(_, sector)| sector.clone()).collect();
    let mut used_purposes = vec![purpose.clone()];
    let mut notices = String::new();
    for notice in &world.notices {
        // Each disclosure is enough or not by itself, so that each reason stands alone now and then.
        let enough = if tame { 95 } else { 75 };
        let mut recipients = dice.some(&owned(&SECTORS), 10);
        if dice.chance(enough) {
            for (_, sector) in &parties {
                recipients.push(leading_part(dice, sector));
                // Where the leading part would not do, say the whole more often than not.
                let covered = recipients
                    .iter()
                    .any(|term| covers(term, sector, &every_explicit));
                if !covered && dice.chance(70) {
                    recipients.push(sector.clone());
                }
            }
        }
        let mut purposes = dice.some(&owned(&PURPOSES), 10);
        if dice.chance(enough) {
            purposes.push(leading_part(dice, &purpose));
            if dice.chance(70) {
                purposes.push(purpose.clone());
            }
        }
        for terms in [&mut recipients, &mut purposes] {
            terms.sort();
            terms.dedup();
            dice.shuffle(terms);
        }
        used_recipients.extend(recipients.iter().cloned());
        used_purposes.extend(purposes.iter().cloned());

        let mut channels = dice.some(&owned(&CHANNELS), 40);
        let mut data = dice.some(&category_names, 40);
        if dice.chance(enough) {
            channels.extend(world.agreed_channels.clone());
        }
        if dice.chance(enough) {
            data.extend(agreed_data.clone());
        }
        for texts in [&mut channels, &mut data] {
            texts.sort();
            texts.dedup();
            dice.shuffle(texts);
        }

        notices += &format!("\n[[notice]]\nversion = {}\n", toml_text(&notice.version));
        if let Some(sources) = &notice.sources {
            notices += &format!("sources = {}\n", toml_list(sources));
        }
        notices += &format!("from = {}\n", notice.from.iso());
        if let Some(until) = notice.until {
            notices += &format!("until = {}\n", until.iso());
        }
        notices += &format!("recipients = {}\n", toml_list(&recipients));
        let named: Vec<String> = if dice.chance(40) {
            let mut named = vec![
                dice.pick(&["Somebody Else", "The Labour Party Ltd"])
                    .to_owned(),
            ];
            for (name, _) in &parties {
                if dice.chance(70) {
                    named.push(dice.pick(&NAMES[*name]).to_owned());
                }
            }
            named
        } else {
            Vec::new()
        };
        if !named.is_empty() {
            notices += &format!("named_recipients = {}\n", toml_list(&named));
        }
        if dice.chance(if named.is_empty() { 5 } else { 40 }) {
            notices += "recipient_test = \"named\"\n";
        } else if dice.chance(30) {
            notices += "recipient_test = \"category\"\n";
        }
        notices += &format!("purposes = {}\n", toml_list(&purposes));
        notices += &format!("channels = {}\n", toml_list(&channels));
        notices += &format!("data = {}\n", toml_list(&data));
        notices += &format!("valid_for = {}\n", toml_text(&notice.valid_for));
    }

    if dice.chance(30) {
        used_recipients.push("unused".to_owned());
        for terms in [&mut used_recipients, &mut used_purposes] {
            terms.sort();
            terms.dedup();
        }
        policy += &format!(
            "\n[vocabulary]\nrecipients = {}\npurposes = {}\n",
            toml_list(&used_recipients),
            toml_list(&used_purposes)
        );
    }

    policy += "\n[columns]\n";
    let mapped = [
        ("id", Role::Person(0)),
        ("captured_at", Role::Captured),
        ("notice", Role::Notice),
        ("source", Role::Source),
        ("withdrawn_at", Role::Withdrawn),
    ];
    for (key, role) in mapped {
        if let Some(name) = world.column(&role) {
            policy += &format!("{key} = {}\n", toml_text(&name));
        }
    }
    if let Some(format) = &world.date_format {
        policy += &format!("date_format = {}\n", toml_text(format));
    }

    let flag_text = |flag: &Flag, column: String| {
        format!(
            "{{ column = {}, given = {}, refused = {} }}",
            toml_text(&column),
            toml_list(&flag.given),
            toml_list(&flag.refused)
        )
    };
    let column = world.column(&Role::ThirdParties).expect("mapped");
    policy += &format!(
        "\n[consent]\nthird_parties = {}\n",
        flag_text(&world.third_parties, column)
    );
    if let Some(separator) = &world.separator {
        policy += &format!(
            "channels = {{ column = {}, separator = {} }}\n",
            toml_text(&world.column(&Role::Channels).expect("mapped")),
            toml_text(separator)
        );
    } else {
        policy += "\n[consent.channels.flags]\n";
        for (place, flag) in world.flags.iter().enumerate() {
            let column = world.column(&Role::Flag(place)).expect("mapped");
            policy += &format!(
                "{} = {}\n",
                toml_text(&flag.channel),
                flag_text(flag, column)
            );
        }
    }
    policy += "\n[data]\n";
    for (name, columns) in &categories {
        policy += &format!("{} = {}\n", toml_text(name), toml_list(columns));
    }
    policy += &notices;
    let mut list_names = owned(&["house", "mps", "2017-dnc", "a"]);
    dice.shuffle(&mut list_names);
    for name in list_names.iter().take(dice.below(4)) {
        policy += &suppression(dice, world, name, files);
    }

    // The agreement.
    let written = NAMES[controller][0];
    let same_names: Vec<&str> = NAMES[controller]
        .iter()
        .copied()
        .filter(|name| fold_name(name) == fold_name(written))
        .collect();
    let mut agreement = format!(
        "schema = 1\nid = \"DSA\"\nsupplier = {}\npurpose = {}\nchannels = {}\ndelivery = {}\n",
        toml_text(dice.pick(&same_names)),
        toml_text(&purpose),
        toml_list(&world.agreed_channels),
        world.delivery.iso()
    );
    if all_data {
        agreement += "data = \"all\"\n";
    } else {
        agreement += &format!("data = {}\n", toml_list(&agreed_data));
    }
    if dice.chance(50) {
        agreement += &format!(
            "delete_by = {}\n",
            world.delivery.plus_days(dice.between(1, 99)).iso()
        );
    }
    agreement += &intermediary;
    for (name, sector) in &clients {
        let name = toml_text(dice.pick(&NAMES[*name]));
        agreement += &format!(
            "\n[[client]]\nname = {name}\nsector = {}\n",
            toml_text(sector)
        );
    }
    if dice.chance(35) {
        agreement += &territory(dice, world, files);
    }
    (policy, agreement)
}

fn territory(dice: &mut Dice, world: &mut World, files: &mut Vec<(String, Vec<u8>)>) -> String {
    let place = if dice.chance(80) { 6 } else { 5 };
    let mut values: Vec<String> = world
        .people
        .iter()
        .map(|person| person[place].clone())
        .collect();
    values.sort();
    values.dedup();
    let mut values = some_of(dice, &values, 80);
    values.push("NOWHERE".to_owned());
    world.territory = values.clone();
    let cut = dice.below(values.len() + 1);
    let in_file = values.split_off(cut);
    let column = world.column(&Role::Person(place)).expect("mapped");
    let mut text = format!("\n[territory]\ncolumn = {}\n", toml_text(&column));
    if !values.is_empty() {
        text += &format!("include = {}\n", toml_list(&values));
    }
    if !in_file.is_empty() {
        let mut lines = Vec::new();
        for value in in_file {
            let end = dice.pick(&["\n", "\r\n", "\n\n", " \t\n"]);
            let start = dice.pick(&["", "", "\t", "  "]);
            lines.extend_from_slice(format!("{start}{value}{end}").as_bytes());
        }
        if dice.chance(40) {
            while lines.ends_with(b"\n") || lines.ends_with(b"\r") {
                lines.pop();
            }
        }
        files.push(("seats.txt".to_owned(), lines));
        text += "include_file = \"seats.txt\"\n";
    }
    text
}

fn suppression(
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
                supply::vary(dice, value)
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
