//! Why a record is permitted or withheld: each test in the order of reasons, with what it consulted and
//! what it found. Decides nothing: the verdict is `decide`'s, and an account that differs from it is a fault.

use jiff::civil::Date;

use super::compile::{Channels, Program};
use super::decide::{Decider, Verdict};
use super::fields::{RecordFields, trimmed};
use super::notices::{
    NoticeChoice, Party, by_day, by_version, discloses_party, discloses_purpose, parties,
    requested_categories,
};
use super::reasons::{Reason, Reasons};
use super::said::split;
use crate::rules::{CivilDay, Notice, RecipientTest, Term, Validity};

/// A record's verdict, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// Which notice was the record's, and why.
    pub notice: NoticeFinding,
    /// Every reason's test, in the order of reasons.
    pub tests: Vec<Test>,
}

/// Which notice was a record's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFinding {
    /// Its index in the policy, if there is one.
    pub notice: Option<usize>,
    /// Why it is this one, or none.
    pub why: String,
    /// What was consulted.
    pub consulted: Vec<Consulted>,
}

/// A column that was consulted, and the record's value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consulted {
    /// Index of the column.
    pub column: usize,
    /// The value: unescaped, without the spaces and tabs around it.
    pub value: Vec<u8>,
}

/// One reason's test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The reason.
    pub reason: Reason,
    /// Whether it stands against the record.
    pub outcome: TestOutcome,
    /// What was asked; no value of the record stands in it.
    pub asked: String,
    /// What was found, or why nothing was evaluated; no value of the record stands in it, but days that were read.
    pub found: String,
    /// The columns that were consulted, with their values.
    pub consulted: Vec<Consulted>,
}

/// What a test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    /// The reason stands against the record.
    Holds,
    /// It does not.
    DoesNotHold,
    /// There was nothing to evaluate it against.
    NotEvaluated,
}

/// A date column as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadDay {
    Blank,
    Unreadable,
    On(CivilDay),
}

impl ReadDay {
    fn day(self) -> Option<CivilDay> {
        match self {
            Self::On(day) => Some(day),
            Self::Blank | Self::Unreadable => None,
        }
    }

    fn says(self) -> String {
        match self {
            Self::Blank => "is blank".to_owned(),
            Self::Unreadable => "cannot be read as a date".to_owned(),
            Self::On(day) => format!("is {}", Date::from(day)),
        }
    }
}

/// What a test found, before it is put in its place.
struct Finding {
    outcome: TestOutcome,
    found: String,
    columns: Vec<usize>,
}

impl Finding {
    fn new(holds: bool, found: impl Into<String>, columns: Vec<usize>) -> Self {
        let outcome = if holds {
            TestOutcome::Holds
        } else {
            TestOutcome::DoesNotHold
        };
        Self {
            outcome,
            found: found.into(),
            columns,
        }
    }

    fn not_evaluated(why: impl Into<String>) -> Self {
        Self {
            outcome: TestOutcome::NotEvaluated,
            found: why.into(),
            columns: Vec::new(),
        }
    }
}

const NO_NOTICE: &str = "no notice is known that it could be tested against";
const NO_CAPTURE_DAY: &str = "the day of capture is not known";

impl Program {
    /// Explains the verdict on a well-formed record with as many fields as the header.
    ///
    /// INVARIANT: the tests that hold are the verdict's reasons, and nothing else is.
    pub fn explain(&self, record: &RecordFields<'_>) -> Explanation {
        let verdict = Decider::new(self).decide(record).clone();
        let account = Account::of(self, record);
        let notice = account.notice_finding();
        let tests: Vec<Test> = self
            .reasons()
            .map(|reason| {
                let Finding {
                    outcome,
                    found,
                    columns,
                } = account.test(reason);
                Test {
                    reason,
                    outcome,
                    asked: self.asked(reason),
                    found,
                    consulted: account.consulted(columns),
                }
            })
            .collect();
        let standing: Reasons = tests
            .iter()
            .filter(|test| test.outcome == TestOutcome::Holds)
            .map(|test| test.reason)
            .collect();
        let same = standing.iter().eq(verdict.reasons.iter());
        assert!(same, "an explanation is of the verdict");
        Explanation {
            verdict,
            notice,
            tests,
        }
    }

    /// Explains the verdict on a malformed record, whose faults are given in words.
    pub fn explain_malformed(&self, faults: &str) -> Explanation {
        let verdict = Decider::new(self).malformed().clone();
        let why = "the record is malformed: nothing else is evaluated";
        let tests = self.reasons().map(|reason| Test {
            reason,
            outcome: match reason {
                Reason::Malformed => TestOutcome::Holds,
                _ => TestOutcome::NotEvaluated,
            },
            asked: self.asked(reason),
            found: match reason {
                Reason::Malformed => faults.to_owned(),
                _ => why.to_owned(),
            },
            consulted: Vec::new(),
        });
        Explanation {
            verdict,
            notice: NoticeFinding {
                notice: None,
                why: why.to_owned(),
                consulted: Vec::new(),
            },
            tests: tests.collect(),
        }
    }

    /// Every reason that can stand against a record, in order.
    fn reasons(&self) -> impl Iterator<Item = Reason> {
        let lists = (0..self.suppressions.len()).map(Reason::Suppressed);
        Reason::FIXED.into_iter().chain(lists)
    }

    /// What a reason's test asks, in words of the rules.
    fn asked(&self, reason: Reason) -> String {
        let agreement = &self.rules.agreement;
        let policy = &self.rules.policy;
        match reason {
            Reason::Malformed => format!(
                "are there {} fields, as in the header, and every quote where it may be?",
                self.columns()
            ),
            Reason::DateUnreadable => {
                "can the day of capture be read, and the day of withdrawal if there is one?"
                    .to_owned()
            }
            Reason::NoticeUnknown => {
                "does the policy have a notice of this version for this source?".to_owned()
            }
            Reason::NoticeNotInForce => "was the notice in force on the day of capture?".to_owned(),
            Reason::RecipientNotDisclosed => format!(
                "did the notice disclose {}?",
                joined(parties(agreement).map(|party| described(&party)))
            ),
            Reason::PurposeNotDisclosed => format!(
                "did the notice disclose the purpose {}?",
                agreement.purpose.value
            ),
            Reason::PurposeSectorConflict => {
                "does the purpose say what the sectors of the recipients say?".to_owned()
            }
            Reason::ChannelNotDisclosed => {
                format!("did the notice disclose {}?", joined(&agreement.channels))
            }
            Reason::DataNotDisclosed => format!(
                "did the notice disclose the data {}?",
                joined(requested_categories(policy, agreement))
            ),
            Reason::ConsentUnknown => "is the answer about third parties a yes or a no?".to_owned(),
            Reason::ConsentRefused => "is the answer about third parties a no?".to_owned(),
            Reason::ConsentWithdrawn => {
                "was consent withdrawn on the day of capture or later?".to_owned()
            }
            Reason::ConsentExpired => format!(
                "had consent run out on the day of delivery, {}?",
                agreement.delivery
            ),
            Reason::CapturedAfterDelivery => format!(
                "was the record captured after the day of delivery, {}?",
                agreement.delivery
            ),
            Reason::ChannelNotConsented => {
                format!("does the record carry {}?", joined(&agreement.channels))
            }
            Reason::OutsideTerritory => "does the record lie in the agreed territory?".to_owned(),
            Reason::SuppressionUncheckable => {
                "can the record be looked up in every suppression list?".to_owned()
            }
            Reason::Suppressed(list) => {
                let list = &self.rules.lists[list];
                format!(
                    "is the record on the suppression list {}, as of {}?",
                    list.name, list.as_of
                )
            }
        }
    }
}

/// One record's values, read as the rules read them.
struct Account<'p, 'r> {
    program: &'p Program,
    record: &'r RecordFields<'r>,
    captured: ReadDay,
    withdrawn: Option<ReadDay>,
    choice: NoticeChoice,
    notice: Option<usize>,
}

impl<'p, 'r> Account<'p, 'r> {
    fn of(program: &'p Program, record: &'r RecordFields<'r>) -> Self {
        let value = |column: usize| value(record, column);
        let read = |column: usize| match value(column) {
            blank if blank.is_empty() => ReadDay::Blank,
            written => program
                .date_form
                .civil_day(&written, &program.timezone)
                .map_or(ReadDay::Unreadable, ReadDay::On),
        };
        let captured = read(program.captured_at);
        let source = program.source.map(value);
        let choice = match program.notice {
            Some(column) => by_version(&program.notices, &value(column), source.as_deref()),
            None => by_day(&program.notices, source.as_deref()),
        };
        let notice = match &choice {
            NoticeChoice::Known(index) => Some(*index),
            NoticeChoice::Unknown => None,
            NoticeChoice::InForce(candidates) => captured.day().and_then(|day| {
                candidates
                    .iter()
                    .copied()
                    .find(|&index| in_force(&program.rules.policy.notices[index], day))
            }),
        };
        Self {
            program,
            record,
            captured,
            withdrawn: program.withdrawn_at.map(read),
            choice,
            notice,
        }
    }

    fn value(&self, column: usize) -> Vec<u8> {
        value(self.record, column)
    }

    fn consulted(&self, columns: Vec<usize>) -> Vec<Consulted> {
        let mut shown: Vec<Consulted> = Vec::new();
        for column in columns {
            if shown.iter().all(|known| known.column != column) {
                shown.push(Consulted {
                    column,
                    value: self.value(column),
                });
            }
        }
        shown
    }

    fn notice_of_record(&self) -> Option<&'p Notice> {
        self.notice
            .map(|index| &self.program.rules.policy.notices[index])
    }

    fn notice_finding(&self) -> NoticeFinding {
        let program = self.program;
        let mut columns: Vec<usize> = program.notice.into_iter().chain(program.source).collect();
        let lists_source = self
            .notice_of_record()
            .is_some_and(|notice| notice.sources.is_some());
        let why = match (&self.choice, self.notice) {
            (NoticeChoice::Known(_), _) if lists_source => {
                "the notice of the record's version that lists its source"
            }
            (NoticeChoice::Known(_), _) if program.source.is_some() => {
                "the notice of the record's version that lists no source: none of that version lists the record's"
            }
            (NoticeChoice::Known(_), _) => "the notice of the record's version",
            (NoticeChoice::Unknown, _) => {
                "no notice of the policy has this version for this source"
            }
            (NoticeChoice::InForce(_), Some(_)) if lists_source => {
                "the notice that was in force on the day of capture and lists the record's source"
            }
            (NoticeChoice::InForce(_), Some(_)) => {
                "the notice that was in force on the day of capture"
            }
            (NoticeChoice::InForce(_), None) if self.captured.day().is_none() => {
                "the notice is chosen by the day of capture, which is not known"
            }
            (NoticeChoice::InForce(_), None) => "no notice was in force on the day of capture",
        };
        if program.notice.is_none() {
            columns.push(program.captured_at);
        }
        NoticeFinding {
            notice: self.notice,
            why: why.to_owned(),
            consulted: self.consulted(columns),
        }
    }

    fn test(&self, reason: Reason) -> Finding {
        match reason {
            Reason::Malformed => {
                let found = format!(
                    "there are {} fields, and no quote is out of place",
                    self.program.columns()
                );
                Finding::new(false, found, Vec::new())
            }
            Reason::DateUnreadable => self.dates(),
            Reason::NoticeUnknown => self.notice_known(),
            Reason::NoticeNotInForce => self.notice_in_force(),
            Reason::RecipientNotDisclosed => self.recipients(),
            Reason::PurposeNotDisclosed => self.purpose(),
            Reason::PurposeSectorConflict => self.purpose_and_sectors(),
            Reason::ChannelNotDisclosed => {
                let channels = &self.program.rules.agreement.channels;
                self.disclosed(channels.iter().map(String::as_str), |notice| {
                    &notice.channels
                })
            }
            Reason::DataNotDisclosed => {
                let rules = &self.program.rules;
                let asked = requested_categories(&rules.policy, &rules.agreement);
                self.disclosed(asked, |notice| &notice.data)
            }
            Reason::ConsentUnknown | Reason::ConsentRefused => self.answer(reason),
            Reason::ConsentWithdrawn => self.withdrawal(),
            Reason::ConsentExpired => self.expiry(),
            Reason::CapturedAfterDelivery => match self.captured {
                ReadDay::On(day) => Finding::new(
                    day > self.program.delivery,
                    format!("it was captured on {}", Date::from(day)),
                    vec![self.program.captured_at],
                ),
                ReadDay::Blank | ReadDay::Unreadable => Finding::not_evaluated(NO_CAPTURE_DAY),
            },
            Reason::ChannelNotConsented => self.channels(),
            Reason::OutsideTerritory => self.territory(),
            Reason::SuppressionUncheckable => self.lists_checkable(),
            Reason::Suppressed(list) => self.list(list),
        }
    }

    fn dates(&self) -> Finding {
        let program = self.program;
        let mut found = format!("the day of capture {}", self.captured.says());
        let mut columns = vec![program.captured_at];
        if let (Some(withdrawn), Some(column)) = (self.withdrawn, program.withdrawn_at) {
            columns.push(column);
            found.push_str(&format!("; the day of withdrawal {}", withdrawn.says()));
        }
        let unreadable =
            self.captured.day().is_none() || self.withdrawn == Some(ReadDay::Unreadable);
        Finding::new(unreadable, found, columns)
    }

    fn notice_known(&self) -> Finding {
        let program = self.program;
        if program.notice.is_none() {
            return Finding::not_evaluated(
                "the policy maps no notice column: the notice is chosen by the day of capture",
            );
        }
        let unknown = self.choice == NoticeChoice::Unknown;
        let found = if unknown { "it has none" } else { "it has" };
        let columns = program.notice.into_iter().chain(program.source).collect();
        Finding::new(unknown, found, columns)
    }

    fn notice_in_force(&self) -> Finding {
        let Some(day) = self.captured.day() else {
            return Finding::not_evaluated(NO_CAPTURE_DAY);
        };
        let columns = vec![self.program.captured_at];
        match (&self.choice, self.notice) {
            (NoticeChoice::Unknown, _) => Finding::not_evaluated(NO_NOTICE),
            (_, None) => Finding::new(
                true,
                format!("none was in force on {}", Date::from(day)),
                columns,
            ),
            (_, Some(index)) => {
                let in_force = in_force(&self.program.rules.policy.notices[index], day);
                let found = self.notice_of_record().map_or_else(String::new, |notice| {
                    let until = notice.until.map_or_else(
                        || "and still is".to_owned(),
                        |until| format!("until the day before {until}"),
                    );
                    format!(
                        "it was in force from {} {until}; the day of capture is {}",
                        notice.from,
                        Date::from(day)
                    )
                });
                Finding::new(!in_force, found, columns)
            }
        }
    }

    fn recipients(&self) -> Finding {
        let rules = &self.program.rules;
        let Some(notice) = self.notice_of_record() else {
            return Finding::not_evaluated(NO_NOTICE);
        };
        let missing: Vec<String> = parties(&rules.agreement)
            .filter(|party| !discloses_party(notice, *party, &rules.policy))
            .map(|party| described(&party))
            .collect();
        let named = notice.named_recipients.iter().map(|name| name.as_written());
        let mut told = Vec::new();
        if !notice.named_recipients.is_empty() {
            told.push(format!("by name {}", joined(named)));
        }
        if notice.recipient_test == RecipientTest::Named {
            told.push("only a name counts".to_owned());
        } else if !notice.recipients.is_empty() {
            told.push(format!("the categories {}", terms(&notice.recipients)));
        }
        if told.is_empty() {
            told.push("nobody".to_owned());
        }
        let told = format!("it disclosed {}", told.join("; "));
        let found = if missing.is_empty() {
            format!("yes: {told}")
        } else {
            format!("not {}: {told}", joined(missing.iter()))
        };
        Finding::new(
            self.undisclosed(Reason::RecipientNotDisclosed, !missing.is_empty()),
            found,
            Vec::new(),
        )
    }

    fn purpose(&self) -> Finding {
        let rules = &self.program.rules;
        let Some(notice) = self.notice_of_record() else {
            return Finding::not_evaluated(NO_NOTICE);
        };
        let missing = !discloses_purpose(notice, &rules.policy, &rules.agreement);
        let told = match notice.purposes.as_slice() {
            [] => "it disclosed no purpose".to_owned(),
            purposes => format!("it disclosed {}", terms(purposes)),
        };
        let found = format!("{}: {told}", if missing { "no" } else { "yes" });
        Finding::new(
            self.undisclosed(Reason::PurposeNotDisclosed, missing),
            found,
            Vec::new(),
        )
    }

    fn purpose_and_sectors(&self) -> Finding {
        let agreement = &self.program.rules.agreement;
        let conflict = self
            .program
            .for_every_record
            .contains(Reason::PurposeSectorConflict);
        let sectors = joined(parties(agreement).map(|party| party.sector.to_string()));
        let found = if conflict {
            format!(
                "no: a sector ({sectors}) bears an explicit term that the purpose {} does not; this stands against every record",
                agreement.purpose.value
            )
        } else {
            format!(
                "yes: no sector ({sectors}) bears an explicit term that the purpose {} does not",
                agreement.purpose.value
            )
        };
        Finding::new(conflict, found, Vec::new())
    }

    /// Whether everything that was asked for stands in a list of the notice.
    fn disclosed<'a>(
        &self,
        asked: impl Iterator<Item = &'a str>,
        list: impl Fn(&Notice) -> &Vec<String>,
    ) -> Finding {
        let Some(notice) = self.notice_of_record() else {
            return Finding::not_evaluated(NO_NOTICE);
        };
        let told = list(notice);
        let missing: Vec<&str> = asked
            .filter(|asked| told.iter().all(|told| told != asked))
            .collect();
        let listed = match told.as_slice() {
            [] => "it disclosed none".to_owned(),
            told => format!("it disclosed {}", joined(told)),
        };
        let found = if missing.is_empty() {
            format!("yes: {listed}")
        } else {
            format!("not {}: {listed}", joined(missing.iter()))
        };
        Finding::new(!missing.is_empty(), found, Vec::new())
    }

    /// INVARIANT: what was compiled of a notice is what is told of it.
    fn undisclosed(&self, reason: Reason, missing: bool) -> bool {
        let compiled = self
            .notice
            .is_some_and(|index| self.program.notices[index].undisclosed.contains(reason));
        assert_eq!(compiled, missing, "a notice is told as it was compiled");
        missing
    }

    fn answer(&self, reason: Reason) -> Finding {
        let answer = &self.program.third_parties;
        let value = self.value(answer.column);
        let (given, refused) = (answer.gives(&value), answer.refuses(&value));
        let found = match (given, refused) {
            (_, true) => "this answer means no",
            (true, false) => "this answer means yes",
            (false, false) if value.is_empty() => "there is no answer",
            (false, false) => "this answer is none that the policy knows",
        };
        let holds = match reason {
            Reason::ConsentRefused => refused,
            _ => !given && !refused,
        };
        Finding::new(holds, found, vec![answer.column])
    }

    fn withdrawal(&self) -> Finding {
        let program = self.program;
        let (Some(withdrawn), Some(column)) = (self.withdrawn, program.withdrawn_at) else {
            return Finding::not_evaluated("the policy maps no column for withdrawals");
        };
        let columns = vec![column, program.captured_at];
        match (withdrawn, self.captured.day()) {
            (ReadDay::Blank, _) => Finding::new(false, "there is no withdrawal", vec![column]),
            (ReadDay::Unreadable, _) => Finding {
                columns: vec![column],
                ..Finding::not_evaluated("the day of withdrawal cannot be read as a date")
            },
            (ReadDay::On(withdrawn), None) => Finding::new(
                true,
                format!(
                    "it was withdrawn on {}, and {NO_CAPTURE_DAY}",
                    Date::from(withdrawn)
                ),
                columns,
            ),
            (ReadDay::On(withdrawn), Some(captured)) => Finding::new(
                withdrawn >= captured,
                format!(
                    "it was withdrawn on {} and captured on {}",
                    Date::from(withdrawn),
                    Date::from(captured)
                ),
                columns,
            ),
        }
    }

    fn expiry(&self) -> Finding {
        let (Some(index), Some(notice)) = (self.notice, self.notice_of_record()) else {
            return Finding::not_evaluated(NO_NOTICE);
        };
        let Some(day) = self.captured.day() else {
            return Finding::not_evaluated(NO_CAPTURE_DAY);
        };
        let captured = Date::from(day);
        let expired = self.program.notices[index]
            .expired_through
            .is_some_and(|last| day <= last);
        let found = match notice.valid_for {
            Validity::Unlimited => "consent under this notice does not run out".to_owned(),
            Validity::For(period) => match period.after(captured) {
                Some(end) => format!(
                    "captured on {captured}, it lasts {period}: {end} is the first day without it"
                ),
                None => format!("captured on {captured}, it lasts {period}"),
            },
        };
        Finding::new(expired, found, vec![self.program.captured_at])
    }

    fn channels(&self) -> Finding {
        let asked = &self.program.rules.agreement.channels;
        let mut missing = Vec::new();
        let mut columns = Vec::new();
        match &self.program.channels {
            Channels::List {
                column,
                separator,
                wanted,
            } => {
                columns.push(*column);
                let value = self.value(*column);
                let parts: Vec<&[u8]> = split(&value, separator).map(trimmed).collect();
                for (channel, bytes) in asked.iter().zip(wanted) {
                    if !parts.contains(&bytes.as_slice()) {
                        missing.push(channel.clone());
                    }
                }
            }
            Channels::Flags(flags) => {
                for (channel, flag) in asked.iter().zip(flags) {
                    match flag {
                        None => missing.push(format!("{channel} (no column says it)")),
                        Some(answer) => {
                            columns.push(answer.column);
                            if !answer.gives(&self.value(answer.column)) {
                                missing.push(channel.clone());
                            }
                        }
                    }
                }
            }
        }
        let found = if missing.is_empty() {
            "it does".to_owned()
        } else {
            format!("not {}", joined(missing.iter()))
        };
        Finding::new(!missing.is_empty(), found, columns)
    }

    fn territory(&self) -> Finding {
        let Some(territory) = &self.program.territory else {
            return Finding::not_evaluated("the agreement sets no territory");
        };
        let inside = territory.values.contains(&self.value(territory.column));
        let found = format!(
            "it is {} of the {} values of the territory",
            if inside { "one" } else { "none" },
            territory.values.len()
        );
        Finding::new(!inside, found, vec![territory.column])
    }

    /// The record's key for a list; `None` if none can be made.
    fn key(&self, list: usize) -> Option<Vec<u8>> {
        let mut key = Vec::new();
        for (index, component) in self.program.suppressions[list].iter().enumerate() {
            if index > 0 {
                key.push(b'|');
            }
            if !component
                .normaliser
                .append(&self.value(component.column), &mut key)
            {
                return None;
            }
        }
        Some(key)
    }

    fn columns_of(&self, list: usize) -> impl Iterator<Item = usize> {
        self.program.suppressions[list]
            .iter()
            .map(|component| component.column)
    }

    fn lists_checkable(&self) -> Finding {
        let lists = 0..self.program.suppressions.len();
        if lists.is_empty() {
            return Finding::not_evaluated("the policy has no suppression list");
        }
        let columns = lists
            .clone()
            .flat_map(|list| self.columns_of(list))
            .collect();
        let names: Vec<&str> = lists
            .filter(|&list| self.key(list).is_none())
            .map(|list| self.program.rules.lists[list].name.as_str())
            .collect();
        let found = if names.is_empty() {
            "it can".to_owned()
        } else {
            format!(
                "not in {}: a value that it is looked up by is blank or not UTF-8",
                joined(names.iter())
            )
        };
        Finding::new(!names.is_empty(), found, columns)
    }

    fn list(&self, list: usize) -> Finding {
        let columns = self.columns_of(list).collect();
        match self.key(list) {
            None => Finding {
                columns,
                ..Finding::not_evaluated("the record cannot be looked up in it")
            },
            Some(key) => {
                let listed = self.program.rules.lists[list].contains(&key);
                let components = &self.program.suppressions[list];
                let how = joined(components.iter().map(|part| part.normaliser.as_str()));
                let found = format!(
                    "it is {}on the list (values compared as {how})",
                    if listed { "" } else { "not " }
                );
                Finding::new(listed, found, columns)
            }
        }
    }
}

fn in_force(notice: &Notice, day: CivilDay) -> bool {
    let day = Date::from(day);
    notice.from <= day && notice.until.is_none_or(|until| day < until)
}

fn value(record: &RecordFields<'_>, column: usize) -> Vec<u8> {
    record.value(column, &mut Vec::new()).to_vec()
}

fn described(party: &Party<'_>) -> String {
    format!("{} ({})", party.name.as_written(), party.sector)
}

fn joined(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect();
    words.join(", ")
}

fn terms(terms: &[Term]) -> String {
    joined(terms.iter().map(Term::as_str))
}
