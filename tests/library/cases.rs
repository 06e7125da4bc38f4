//! A case is what its records are: around every day that a policy or an agreement names, and every month by which
//! consent may have expired, records decided by case have the verdict that each has alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use withhold::program::{Decider, Decision, Program, RecordFields, Verdict};
use withhold::records::{Cpu, Delimiter, PADDING, Tokens, Walk};
use withhold::rules::Rules;
use withhold::supply::{Supply, SupplyOptions};

/// Records of a supply that are written anew for each day.
const RECORDS_MAX: usize = 6;

fn days(rules: &Rules, texts: [&str; 2]) -> Vec<String> {
    let named = texts.into_iter().flat_map(|text| {
        text.as_bytes()
            .windows(10)
            .filter_map(|ten| std::str::from_utf8(ten).ok()?.parse::<Date>().ok())
    });
    let delivery = rules.agreement.delivery;
    let expiring = (0..100).map(|months| delivery.saturating_sub(months.months()));
    let mut days = BTreeSet::new();
    for day in named.chain(expiring) {
        days.extend((-1..=1).map(|by: i64| day.saturating_add(by.days()).to_string()));
    }
    let odd = [
        "",
        "\"\"",
        "0001-01-01",
        "9999-12-31",
        "2015-02-29",
        " 2015-06-01 ",
    ];
    days.into_iter()
        .chain(odd.map(str::to_owned))
        .chain(["\"2015-06-01\"".to_owned()])
        .collect()
}

/// Compares; how many records were decided by case, and how many in all.
fn compare(folder: &Path, agreement: &str) -> (u64, u64) {
    let (policy, agreement) = (folder.join("policy.toml"), folder.join(agreement));
    let input = folder.join("supply.csv");
    let opened = Rules::load(&policy, &agreement).ok().and_then(|rules| {
        let supply = Supply::open(std::slice::from_ref(&input), SupplyOptions::default()).ok()?;
        let program = Program::compile(Arc::new(rules), supply.header(), &input).ok()?;
        Some((supply, program))
    });
    let Some((supply, program)) = opened else {
        return (0, 0);
    };
    let rules = program.rules();
    let texts = [&policy, &agreement].map(|path| fs::read_to_string(path).unwrap());
    let captured_at = &rules.policy.columns.captured_at.value;
    let names = supply.header().names();
    let captured_at = names
        .iter()
        .position(|name| *name == captured_at.as_bytes())
        .unwrap();

    let delimiter = supply.delimiter();
    let body = &fs::read(&input).unwrap()[supply.inputs()[0].preamble().len()..];
    let mut walk = Walk::new(body, 0, delimiter, 1 << 20);
    let mut records = Vec::new();
    while let Some(record) = walk.next_record().unwrap() {
        if !record.quote_fault && record.field_ends.len() == program.columns() {
            records.push(record);
        }
    }
    records.truncate(RECORDS_MAX);
    // By day and then by record, so that records of one case do not follow each other.
    let mut text = Vec::new();
    for day in days(rules, [&texts[0], &texts[1]]) {
        for record in &records {
            let fields = RecordFields::of_walked(record);
            for column in 0..program.columns() {
                if column > 0 {
                    text.push(delimiter.byte());
                }
                if column == captured_at {
                    text.extend_from_slice(day.as_bytes());
                } else {
                    text.extend_from_slice(fields.raw(column));
                }
            }
            text.push(b'\n');
        }
    }
    let end = text.len();
    text.resize(end + PADDING, 0);
    let counts: Vec<(u64, u64)> = Cpu::all()
        .map(|cpu| {
            let tokens = Tokens::new(cpu, delimiter);
            let by_case = Decider::with_cpu(&program, cpu);
            decided_as_alone((&text, end), (tokens, delimiter), by_case, &program, folder)
        })
        .collect();
    assert!(
        counts.iter().all(|count| *count == counts[0]),
        "whatever the kind of CPU"
    );
    counts[0]
}

/// How many of a text's records were decided as others of their case, and how many there are.
fn decided_as_alone(
    (text, end): (&[u8], usize),
    (mut tokens, delimiter): (Tokens, Delimiter),
    mut by_case: Decider<'_>,
    program: &Program,
    folder: &Path,
) -> (u64, u64) {
    tokens.start(0, end);
    let mut alone = Decider::new(program);
    let mut walk = Walk::new(&text[..end], 0, delimiter, 1 << 20);
    let (mut cases, mut all) = (0, 0);
    while tokens.advance(text) {
        let records = tokens.records();
        let mut decisions = vec![Decision::ALONE; records.len()];
        let mut verdicts = vec![None; records.len()];
        by_case.decide_all(text, &tokens, records, &mut decisions, |index, verdict| {
            verdicts[index] = Some(verdict.clone());
        });
        for ((&record, decision), verdict) in records.iter().zip(decisions).zip(verdicts) {
            let verdict = match decision.case() {
                Some(case) => {
                    assert_eq!(verdict, None, "it is decided in one way");
                    cases += 1;
                    Verdict {
                        captured: decision.captured(),
                        ..by_case.verdict_of_case(case).clone()
                    }
                }
                None => verdict.expect("it is decided"),
            };
            assert_eq!(&verdict, by_case.decide_scanned(text, &tokens, record));
            let walked = walk.next_record().unwrap().unwrap();
            assert_eq!(walked.offset, u64::from(record.start), "the same record");
            assert_eq!(&verdict, alone.decide(&walked), "{}", folder.display());
            all += 1;
        }
    }
    (cases, all)
}

#[test]
fn records_decided_by_case_are_decided_as_each_alone() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut folders: Vec<(PathBuf, String)> = fs::read_dir(testdata.join("cases"))
        .unwrap()
        .map(|entry| (entry.unwrap().path(), "agreement.toml".to_owned()))
        .collect();
    for entry in fs::read_dir(testdata.join("2017")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("agreement") {
            folders.push((testdata.join("2017"), name));
        }
    }
    let (mut cases, mut all) = (0, 0);
    for (folder, agreement) in folders {
        let (by_case, compared) = compare(&folder, &agreement);
        cases += by_case;
        all += compared;
    }
    assert!(cases > 20_000 && all > 50_000, "{cases} of {all}");
}

/// With more changes than a case can tell apart, every record is decided alone.
#[test]
fn many_notices_by_day_have_no_cases() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases/notice-by-day");
    let folder = tempfile::tempdir().unwrap();
    for name in ["agreement.toml", "supply.csv"] {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let policy = fs::read_to_string(from.join("policy.toml")).unwrap();
    let (head, _) = policy.split_once("[[notice]]").unwrap();
    let mut policy = head.to_owned();
    for month in 1..=9 {
        let recipients = if month % 2 == 0 { "retail" } else { "charity" };
        policy.push_str(&format!(
            "[[notice]]\nversion = \"{month}\"\nfrom = 2015-{month:02}-03\nuntil = 2015-{month:02}-21\n\
             recipients = [\"{recipients}\"]\npurposes = [\"marketing\"]\nchannels = [\"postal\"]\n\
             data = [\"record\"]\nvalid_for = \"{} months\"\n",
            30 - 2 * month,
        ));
    }
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    let (by_case, all) = compare(folder.path(), "agreement.toml");
    assert!(by_case == 0 && all > 1_000, "{by_case} of {all}");
}
