//! Tests of what the notice said: whether there is one, whether it was in force, and what it disclosed.

use jiff::civil::Date;

use super::account::{Account, Finding, NO_CAPTURE_DAY, NO_NOTICE, in_force};
use super::words::{described, joined, terms};
use crate::program::notices::{NoticeChoice, discloses_party, discloses_purpose, parties};
use crate::program::reasons::Reason;
use crate::rules::{Notice, RecipientTest};

impl Account<'_, '_> {
    pub(super) fn notice_known(&self) -> Finding {
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

    pub(super) fn notice_in_force(&self) -> Finding {
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

    pub(super) fn recipients(&self) -> Finding {
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
        if !notice.recipients.is_empty() {
            told.push(format!("the categories {}", terms(&notice.recipients)));
        }
        if told.is_empty() {
            told.push("nobody".to_owned());
        }
        let mut told = format!("it disclosed {}", told.join("; "));
        if notice.recipient_test == RecipientTest::Named {
            told.push_str("; a name alone counts here, and no category");
        }
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

    pub(super) fn purpose(&self) -> Finding {
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

    pub(super) fn purpose_and_sectors(&self) -> Finding {
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
    pub(super) fn disclosed<'a>(
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
}
