//! The words that generated records are made of: common names, streets and towns of the United Kingdom.
//! They are put together at random, so no record is about anybody. No word holds a comma, a quote or a line end.
//! INVARIANT: a change here changes every generated supply, and so the golden digest.

pub(super) const TITLES: &[(u32, &str)] =
    &[(4_600, "Mrs"), (2_600, "Miss"), (2_100, "Ms"), (250, "Mr"), (150, "Dr"), (40, "Mx"), (260, "")];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Abigail", "Agnieszka", "Aisha", "Alice", "Amanda", "Amelia", "Amy", "Angharad", "Anna", "Aoife", "Ayesha",
    "Bethan", "Bronagh", "Caitlin", "Carly", "Catherine", "Charlotte", "Cerys", "Chloe", "Chloë", "Claire", "Danielle",
    "Deborah", "Donna", "Eilidh", "Eleanor", "Élodie", "Emily", "Emma", "Erin", "Faith", "Fatima", "Ffion", "Fiona",
    "Gemma", "Georgia", "Grace", "Gwenllian", "Hannah", "Harriet", "Heather", "Helen", "Holly", "Imogen", "Ioana",
    "Isla", "Jade", "Jane", "Jasmine", "Jemma", "Jennifer", "Jessica", "Joanne", "Jodie", "Kate", "Katherine",
    "Katie", "Kayleigh", "Kelly", "Kerry", "Kirsty", "Laura", "Lauren", "Leanne", "Lisa", "Louise", "Lucy", "Maria",
    "Mary-Jane", "Megan", "Melissa", "Michelle", "Mhairi", "Naomi", "Natalie", "Natasha", "Niamh", "Nicola",
    "Olivia", "Paige", "Priya", "Rachel", "Rebecca", "Renée", "Rhian", "Róisín", "Rosie", "Ruth", "Samantha", "Sara",
    "Sarah", "Shannon", "Siân", "Simone", "Sinéad", "Sophie", "Stacey", "Stephanie", "Suzanne", "Tanya", "Tara",
    "Toni", "Vanessa", "Victoria", "Yasmin", "Zainab", "Zara", "Zoe", "Zoë", "Zuzanna",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Adams", "Ahmed", "Akhtar", "Ali", "Allen", "Anderson", "Andrews", "Armstrong", "Atkinson", "Bailey", "Baker",
    "Barker", "Barnes", "Begum", "Bell", "Bennett", "Berry", "Booth", "Bradley", "Brontë", "Brooks", "Brown",
    "Burton", "Butler", "Campbell", "Carter", "Chapman", "Clark", "Cole", "Collins", "Cook", "Cooper", "Cox",
    "Davidson", "Davies", "Davis", "Dawson", "D'Souza", "Dixon", "Edwards", "Elliott", "Ellis", "Evans", "Fisher",
    "Foster", "Fox", "García", "Gibson", "Gordon", "Graham", "Gray", "Green", "Griffiths", "Hall", "Hamilton",
    "Harris", "Harrison", "Harvey", "Henderson", "Hill", "Holmes", "Hughes", "Hunt", "Hunter", "Hussain", "Jackson",
    "James", "Jenkins", "Johnson", "Johnston", "Jones", "Kaur", "Kelly", "Kennedy", "Khan", "King", "Knight",
    "Kowalska", "Lewis", "Lloyd", "MacDonald", "Marshall", "Martin", "Mason", "Matthews", "McDonald", "McLeod",
    "Miller", "Mills", "Mitchell", "Moore", "Morgan", "Morris", "Müller", "Murphy", "Murray", "Nowak", "Nuñez",
    "O'Brien", "O'Connor", "O'Neill", "Owen", "Ó Súilleabháin", "Palmer", "Parker", "Patel", "Pearson", "Phillips",
    "Powell", "Price", "Reid", "Reynolds", "Richards", "Richardson", "Roberts", "Robertson", "Robinson", "Rogers",
    "Rose", "Ross", "Russell", "Saunders", "Scott", "Shaw", "Simpson", "Singh", "Smith", "Smith-Jones", "Stevens",
    "Stewart", "Taylor", "Thomas", "Thompson", "Turner", "Walker", "Wallace", "Ward", "Watson", "Webb", "White",
    "Wilkinson", "Williams", "Wilson", "Wiśniewska", "Wood", "Wright", "Young",
];

pub(super) const STREET_NAMES: &[&str] = &[
    "Abbey", "Albert", "Alexandra", "Alma", "Ash", "Back", "Beech", "Bridge", "Brook", "Castle", "Cedar", "Chapel",
    "Church", "Clarence", "Coronation", "Cross", "Elm", "Farm", "Field", "George", "Grange", "Green", "Hawthorn",
    "Hazel", "High", "Hill", "Holly", "Kestrel", "King's", "Larch", "Lime", "Mafeking", "Manor", "Maple", "Meadow",
    "Mill", "New", "North", "Oak", "Orchard", "Park", "Poplar", "Priory", "Queen's", "Railway", "Rectory", "Regent",
    "River", "Rowan", "St John's", "St Mary's", "Sandy", "School", "South", "Spring", "Station", "Sycamore",
    "Tennyson", "Tower", "Union", "Vicarage", "Victoria", "Warren", "Water", "Wellington", "West", "Willow",
    "Windsor", "Wood", "York",
];

pub(super) const STREET_KINDS: &[&str] = &[
    "Road", "Road", "Road", "Street", "Street", "Street", "Avenue", "Avenue", "Close", "Close", "Lane", "Drive",
    "Drive", "Way", "Gardens", "Crescent", "Terrace", "Grove", "Court", "Place", "Walk", "Rise",
];

pub(super) const HOUSE_NAMES: &[&str] = &[
    "Ash House", "Barn Cottage", "Bluebell Court", "Chestnut House", "Fern Villa", "Ivy Cottage", "Kestrel House",
    "Orchard Court", "Rose Cottage", "The Granary", "The Old Bakery", "The Old Forge", "Tŷ Coed", "Wren House",
];

pub(super) const LOCALITY_FIRST: &[&str] =
    &["East", "Great", "High", "Little", "Lower", "Nether", "New", "North", "Old", "South", "Upper", "West"];

pub(super) const LOCALITY_LAST: &[&str] = &[
    "Ashcombe", "Barrow", "Birchley", "Coombe", "Denby", "Elmstead", "Farnley", "Hartwell", "Langford", "Marsham",
    "Norwell", "Oakley", "Penwood", "Ringley", "Selby Green", "Thornham", "Wexcombe", "Yarley",
];

/// A town and its postcode area.
pub(super) type Town = (&'static str, &'static str);

pub(super) const TOWNS_ENGLAND: &[Town] = &[
    ("London", "SE"), ("London", "N"), ("London", "SW"), ("London", "E"), ("London", "W"), ("Birmingham", "B"),
    ("Leeds", "LS"), ("Sheffield", "S"), ("Manchester", "M"), ("Bradford", "BD"), ("Liverpool", "L"),
    ("Bristol", "BS"), ("Wakefield", "WF"), ("Coventry", "CV"), ("Leicester", "LE"), ("Sunderland", "SR"),
    ("Nottingham", "NG"), ("Newcastle upon Tyne", "NE"), ("Doncaster", "DN"), ("Milton Keynes", "MK"), ("Derby", "DE"),
    ("Southampton", "SO"), ("Portsmouth", "PO"), ("Plymouth", "PL"), ("Wolverhampton", "WV"), ("Stoke-on-Trent", "ST"),
    ("Kingston upon Hull", "HU"), ("Reading", "RG"), ("Preston", "PR"), ("York", "YO"), ("Swindon", "SN"),
    ("Luton", "LU"), ("Norwich", "NR"), ("Ipswich", "IP"), ("Exeter", "EX"), ("Gloucester", "GL"), ("Bath", "BA"),
    ("Bolton", "BL"), ("Blackburn", "BB"), ("Blackpool", "FY"), ("Bournemouth", "BH"), ("Brighton", "BN"),
    ("Cambridge", "CB"), ("Canterbury", "CT"), ("Carlisle", "CA"), ("Chelmsford", "CM"), ("Chester", "CH"),
    ("Colchester", "CO"), ("Crewe", "CW"), ("Croydon", "CR"), ("Darlington", "DL"), ("Dartford", "DA"),
    ("Dudley", "DY"), ("Durham", "DH"), ("Guildford", "GU"), ("Halifax", "HX"), ("Harrogate", "HG"), ("Hereford", "HR"),
    ("Huddersfield", "HD"), ("Ilford", "IG"), ("King's Lynn", "PE"), ("Lancaster", "LA"), ("Lincoln", "LN"),
    ("Medway", "ME"), ("Middlesbrough", "TS"), ("Northampton", "NN"), ("Oldham", "OL"), ("Oxford", "OX"),
    ("Peterborough", "PE"), ("Redhill", "RH"), ("Romford", "RM"), ("Salisbury", "SP"), ("Shrewsbury", "SY"),
    ("Slough", "SL"), ("Southend-on-Sea", "SS"), ("Stevenage", "SG"), ("Stockport", "SK"), ("Taunton", "TA"),
    ("Telford", "TF"), ("Torquay", "TQ"), ("Truro", "TR"), ("Tunbridge Wells", "TN"), ("Walsall", "WS"),
    ("Warrington", "WA"), ("Watford", "WD"), ("Wigan", "WN"), ("Worcester", "WR"),
];

pub(super) const TOWNS_WALES: &[Town] = &[
    ("Cardiff", "CF"), ("Swansea", "SA"), ("Newport", "NP"), ("Wrexham", "LL"), ("Barry", "CF"), ("Llanelli", "SA"),
    ("Bangor", "LL"), ("Newtown", "SY"),
];

pub(super) const TOWNS_SCOTLAND: &[Town] = &[
    ("Glasgow", "G"), ("Edinburgh", "EH"), ("Aberdeen", "AB"), ("Dundee", "DD"), ("Paisley", "PA"), ("Inverness", "IV"),
    ("Perth", "PH"), ("Stirling", "FK"), ("Ayr", "KA"), ("Motherwell", "ML"), ("Dumfries", "DG"), ("Kirkcaldy", "KY"),
];

pub(super) const TOWNS_NORTHERN_IRELAND: &[Town] =
    &[("Belfast", "BT"), ("Derry", "BT"), ("Lisburn", "BT"), ("Newry", "BT"), ("Armagh", "BT"), ("Omagh", "BT")];

/// The letters that end a postcode: none of C, I, K, M, O and V.
pub(super) const POSTCODE_LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// What the web form's channel boxes came to.
pub(super) const CHANNELS_ONLINE: &[(u32, &str)] = &[
    (4_300, "postal|email"),
    (2_000, "postal|email|sms"),
    (1_500, "postal"),
    (900, "postal|email|sms|phone"),
    (400, "postal|sms"),
    (350, "email|sms"),
    (300, "email"),
    (100, "sms"),
    (150, ""),
];

/// What the paper form's channel boxes came to.
pub(super) const CHANNELS_OFFLINE: &[(u32, &str)] = &[
    (5_000, "postal"),
    (2_200, "postal|phone"),
    (1_500, "postal|email"),
    (600, "postal|email|phone"),
    (300, "phone"),
    (200, "email"),
    (200, ""),
];

pub(super) const THIRD_PARTY: &[(u32, &str)] = &[(9_650, "Y"), (220, "N"), (130, "")];

/// Versions that no notice of the case bears.
pub(super) const VERSIONS_UNKNOWN: &[&str] = &["2013-06", "2015-02", "2016-9", "v2", "TBC"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_needs_quotes() {
        let weighted = [TITLES, CHANNELS_ONLINE, CHANNELS_OFFLINE, THIRD_PARTY];
        let plain = [
            FIRST_NAMES, LAST_NAMES, STREET_NAMES, STREET_KINDS, HOUSE_NAMES, LOCALITY_FIRST, LOCALITY_LAST,
            VERSIONS_UNKNOWN,
        ];
        let towns = [TOWNS_ENGLAND, TOWNS_WALES, TOWNS_SCOTLAND, TOWNS_NORTHERN_IRELAND];
        let words = weighted.concat().into_iter().map(|(_, word)| word);
        let words = words.chain(plain.concat()).chain(towns.concat().into_iter().map(|(town, _)| town));
        for word in words {
            assert!(!word.contains([',', '"', '\n', '\r']), "{word:?}");
        }
    }

    #[test]
    fn weights_make_ten_thousand() {
        for weighted in [TITLES, CHANNELS_ONLINE, CHANNELS_OFFLINE, THIRD_PARTY] {
            assert_eq!(weighted.iter().map(|(weight, _)| weight).sum::<u32>(), 10_000);
        }
    }
}
