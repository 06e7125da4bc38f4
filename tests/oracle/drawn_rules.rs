//! Owns policy and agreement as random TOML, valid and more often than not generous. It never draws a record.

use super::{
    dice::Dice,
    drawn_lists::suppression,
    scenario::{CHANNELS, Flag, Role, World, owned, some_of},
    terms::{covers, explicit_terms, fold_name},
};

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
/// The party's sectors and purposes that a notice might disclose for it.
fn leading_part(dice: &mut Dice, term: &str) -> String {
    let words: Vec<&str> = term.split('/').collect();
    words[..1 + dice.below(words.len())].join("/")
}

/// Policy and agreement as TOML; what they point to is added to `files`.
pub(crate) fn write_rules(
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
