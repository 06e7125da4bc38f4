//! An explanation is of the verdict: for every record of the supply of 2017 and of every case, and for records made
//! of odd values, the tests that hold are the reasons that `decide` gave.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use withhold::program::{Decider, Program, Reason, TestOutcome};
use withhold::records::{Delimiter, Walk, WalkedRecord};
use withhold::rules::Rules;
use withhold::supply::{OpenInput, Supply, SupplyOptions};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Explains every record of a supply, and compares; how many there were.
fn compare(program: &Program, supply: &Supply) -> u64 {
    let mut count = 0;
    for input in supply.inputs() {
        let mut reader: Box<dyn Read> = match input.reopen().unwrap() {
            OpenInput::Plain { file, .. } => Box::new(file.try_clone().unwrap()),
            OpenInput::Stored { raw, .. } => input.compression().decode(raw).unwrap(),
        };
        let mut preamble = vec![0; input.preamble().len()];
        reader.read_exact(&mut preamble).unwrap();
        let start = preamble.len() as u64;
        let limit = supply.record_bytes_max();
        let mut walk = Walk::new(reader, start, supply.delimiter(), limit);
        // A record may be too long: a run stops there too.
        while let Ok(Some(record)) = walk.next_record() {
            compare_record(program, &record);
            count += 1;
        }
    }
    count
}

fn compare_record(program: &Program, record: &WalkedRecord) {
    let mut decider = Decider::new(program);
    let (explanation, verdict) = (program.explain(record), decider.decide(record));
    let is_malformed = record.quote_fault || record.field_ends.len() != program.columns();
    let found: Vec<Reason> = verdict.reasons.iter().collect();
    assert_eq!(found == [Reason::Malformed], is_malformed);
    assert_eq!(&explanation.verdict, verdict);
    let tested: Vec<Reason> = explanation.tests.iter().map(|test| test.reason).collect();
    let lists = program.rules().lists.len();
    let every = Reason::FIXED
        .into_iter()
        .chain((0..lists).map(Reason::Suppressed));
    assert!(every.eq(tested), "every reason is tested, in order");
    let holding = explanation
        .tests
        .iter()
        .filter(|test| test.outcome == TestOutcome::Holds)
        .map(|test| test.reason);
    assert!(holding.eq(verdict.reasons.iter()));
}

fn program(
    folder: &Path,
    agreement: &str,
    inputs: &[PathBuf],
    options: SupplyOptions,
) -> Option<(Program, Supply)> {
    let rules = Rules::load(&folder.join("policy.toml"), &folder.join(agreement)).ok()?;
    let supply = Supply::open(inputs, options).ok()?;
    let program = Program::compile(Arc::new(rules), supply.header(), &inputs[0]).ok()?;
    Some((program, supply))
}

#[test]
fn every_record_of_2017_is_explained_as_it_is_decided() {
    let folder = testdata().join("2017");
    for agreement in [
        "agreement-party.toml",
        "agreement-retailer.toml",
        "agreement-retailer-all.toml",
        "agreement-insight.toml",
        "agreement-territory.toml",
    ] {
        let inputs = [folder.join("supply.csv")];
        let (program, supply) =
            program(&folder, agreement, &inputs, SupplyOptions::default()).unwrap();
        assert_eq!(compare(&program, &supply), 4_000);
    }
}

#[test]
fn every_record_of_every_case_is_explained_as_it_is_decided() {
    let (mut cases, mut records) = (0, 0);
    for entry in fs::read_dir(testdata().join("cases")).unwrap() {
        let folder = entry.unwrap().path();
        let text = fs::read_to_string(folder.join("args")).unwrap_or("supply.csv\n".to_owned());
        let mut options = SupplyOptions::default();
        let mut inputs = Vec::new();
        let text = text.replace('=', "\n");
        let mut arguments = text.lines();
        while let Some(argument) = arguments.next() {
            match argument {
                "--delimiter" => {
                    options.delimiter = Delimiter::parse(arguments.next().unwrap()).ok();
                }
                "--max-record-bytes" => {
                    options.record_bytes_max = arguments.next().unwrap().parse().unwrap();
                }
                "--strict" => {}
                "-" => inputs.push(folder.join("stdin")),
                option if option.starts_with("--") => drop(arguments.next()),
                input => inputs.push(folder.join(input)),
            }
        }
        let Some((program, supply)) = program(&folder, "agreement.toml", &inputs, options) else {
            let refused = folder.join("expected/exit").exists();
            assert!(refused, "{}", folder.display());
            continue;
        };
        cases += 1;
        records += compare(&program, &supply);
    }
    assert!(
        cases >= 100 && records >= 250,
        "{cases} cases, {records} records"
    );
}

/// Values that some rule of the case with all reasons knows, and others.
fn value() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "1",
        "A",
        "B",
        "Y",
        "N",
        " Y\t",
        "postal",
        "email|postal",
        "postal|",
        "E1",
        "E2",
        "a@b.org",
        "A@B.org ",
        "2015-03-04",
        "2016-01-01",
        "2015-01-01T00:00:00Z",
        "2017-05-05",
        "2017-05-06",
        "0001-01-01",
        "9999-12-31",
        "later",
        "\"\"",
        "\"Y\"",
        "\" postal\"",
        "\"a\"\"b\"",
        "\u{e9}",
        "\u{a0}",
    ];
    proptest::sample::select(known.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn records_of_odd_values_are_explained_as_they_are_decided(records in proptest::collection::vec(proptest::collection::vec(value(), 8), 1..20)) {
        let folder = testdata().join("cases/all-reasons-in-order");
        let inputs = [folder.join("supply.csv")];
        let (program, _) = program(&folder, "agreement.toml", &inputs, SupplyOptions::default()).unwrap();
        let text: String = records.iter().map(|values| values.join(",") + "\n").collect();
        let mut walk = Walk::new(text.as_bytes(), 0, Delimiter::COMMA, 1 << 20);
        while let Some(record) = walk.next_record().unwrap() {
            prop_assert!(!record.quote_fault && record.field_ends.len() == program.columns());
            compare_record(&program, &record);
        }
    }
}

/// Why a record's notice is that one, and what is found of its recipients and its answer, under rules with these lines for columns and
/// for notices.
fn notice_told(columns: &str, notices: &[&str], record: &str) -> [String; 3] {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let head =
        "schema = 1\ncontroller = \"Acorn Club\"\n[columns]\nid = \"id\"\ncaptured_at = \"day\"\n";
    let rest = "[consent]\nthird_parties = { column = \"ok\", given = [\"Y\"], refused = [\"N\"] }\n\
                channels = { column = \"ok\", separator = \"|\" }\n[data]\nrecord = [\"id\", \"day\", \"ok\", \"of\", \"from\"]\n";
    let mut policy = [head, columns, "\n", rest].concat();
    for notice in notices {
        policy += &format!(
            "[[notice]]\nvalid_for = \"unlimited\"\npurposes = [\"marketing\"]\nchannels = [\"Y\"]\ndata = [\"record\"]\n{notice}\n"
        );
    }
    let agreement = "schema = 1\nid = \"T-1\"\nsupplier = \"Acorn Club\"\npurpose = \"marketing/direct\"\nchannels = [\"Y\"]\n\
                     delivery = 2017-05-05\ndata = \"all\"\n[[client]]\nname = \"Toy Shop\"\nsector = \"retail/toys\"\n";
    fs::write(at("policy.toml"), policy).unwrap();
    fs::write(at("agreement.toml"), agreement).unwrap();
    fs::write(at("supply.csv"), format!("id,day,ok,of,from\n{record}\n")).unwrap();
    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml")).unwrap();
    let inputs = [at("supply.csv")];
    let supply = Supply::open(&inputs, SupplyOptions::default()).unwrap();
    let program = Program::compile(Arc::new(rules), supply.header(), &inputs[0]).unwrap();
    let mut walk = Walk::new(record.as_bytes(), 0, Delimiter::COMMA, 1 << 20);
    let record = walk.next_record().unwrap().unwrap();
    let explanation = program.explain(&record);
    let found = |reason| {
        let mut tests = explanation.tests.iter();
        tests
            .find(|test| test.reason == reason)
            .unwrap()
            .found
            .clone()
    };
    let recipients = found(Reason::RecipientNotDisclosed);
    let answer = found(Reason::ConsentUnknown);
    [explanation.notice.why.clone(), recipients, answer]
}

#[test]
fn why_a_notice_is_a_records_is_told() {
    let retail =
        "version = \"A\"\nfrom = 2015-01-01\nuntil = 2016-01-01\nrecipients = [\"retail\"]";
    let web = "version = \"B\"\nfrom = 2016-01-01\nsources = [\"web\"]\nrecipients = []";
    let shop = "version = \"B\"\nfrom = 2016-01-01\nrecipients = [\"retail\"]";
    let notices = [retail, web, shop];
    let by_day = "source = \"from\"";
    let by_version = "notice = \"of\"\nsource = \"from\"";
    let in_force = "the notice that was in force on the day of capture";
    let of_version = "the notice of the record's version";
    for (columns, record, expected) in [
        (
            by_day,
            "1,2016-09-05,Y,B,web",
            format!("{in_force} and lists the record's source"),
        ),
        (by_day, "1,2016-09-05,Y,B,shop", in_force.to_owned()),
        (by_day, "1,2015-09-05,Y,B,web", in_force.to_owned()),
        (
            by_day,
            "1,2014-09-05,Y,B,web",
            "no notice was in force on the day of capture".to_owned(),
        ),
        (
            by_day,
            "1,soon,Y,B,web",
            "the notice is chosen by the day of capture, which is not known".to_owned(),
        ),
        (
            by_day,
            "1,,Y,B,web",
            "the notice is chosen by the day of capture, which is not known".to_owned(),
        ),
        (
            by_version,
            "1,2016-09-05,Y,B,web",
            format!("{of_version} that lists its source"),
        ),
        (
            by_version,
            "1,2016-09-05,Y,B,shop",
            format!("{of_version} that lists no source: none of that version lists the record's"),
        ),
        (
            by_version,
            "1,2016-09-05,Y,C,web",
            "no notice of the policy has this version for this source".to_owned(),
        ),
    ] {
        let [why, recipients, answer] = notice_told(columns, &notices, record);
        assert_eq!(answer, "this answer means yes");
        assert_eq!(why, expected, "{columns}: {record}");
        // The notice for what came from the web names nobody.
        let names_nobody =
            expected.ends_with("its source") || expected.ends_with("record's source");
        assert_eq!(
            recipients.ends_with(": it disclosed nobody"),
            names_nobody,
            "{recipients}"
        );
    }
    for (answer, expected) in [
        ("", "there is no answer"),
        ("M", "this answer is none that the policy knows"),
        ("N", "this answer means no"),
    ] {
        let record = format!("1,2015-09-05,{answer},A,web");
        let told = notice_told("notice = \"of\"", &[retail], &record);
        let of_retail = "yes: it disclosed the categories retail";
        assert_eq!(told, [of_version, of_retail, expected]);
    }
}
