//! Tests of what the person agreed to, and when: dates, the answer, withdrawal, expiry, channels.

use jiff::civil::Date;

use super::account::{Account, Finding, NO_CAPTURE_DAY, NO_NOTICE, ReadDay};
use super::words::joined;
use crate::program::consents::Channels;
use crate::program::fields::trimmed;
use crate::program::reasons::Reason;
use crate::program::said::split;
use crate::rules::Validity;

impl Account<'_, '_> {
    pub(super) fn dates(&self) -> Finding {
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

    pub(super) fn answer(&self, reason: Reason) -> Finding {
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

    pub(super) fn withdrawal(&self) -> Finding {
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

    pub(super) fn expiry(&self) -> Finding {
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

    pub(super) fn channels(&self) -> Finding {
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
}
