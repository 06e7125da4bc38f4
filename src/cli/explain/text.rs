//! An explanation as text that can be sent to the person who asks. What a terminal would obey is written as a number.

use super::telling::{Telling, verdict};
use crate::cli::harmless::{visible, visible_bytes};
use crate::cli::printing::text_of;
use crate::program::{
    Consulted, Explanation, NoticeFinding, Test, TestOutcome, parties, requested_categories,
};
use crate::records::WalkedRecord;
use crate::rules::Rules;
use crate::supply::{Input, shown};

impl Telling<'_> {
    pub(super) fn text(
        &self,
        input: &Input,
        record: &WalkedRecord,
        explanation: &Explanation,
    ) -> String {
        let Rules {
            policy, agreement, ..
        } = self.program.rules();
        let mut lines = vec![
            format!(
                "Record {} of {}, at byte {}: {}",
                record.number,
                visible(&shown(input.path())),
                record.offset,
                verdict(explanation)
            ),
            String::new(),
            format!("What was asked: {}", visible(&agreement.id)),
        ];
        let mut asked = |what: &str, value: String| {
            lines.push(format!("  {what:<9}  {}", visible(&value)));
        };
        asked("supplier", agreement.supplier.value.as_written().to_owned());
        for party in parties(agreement) {
            asked(
                "recipient",
                format!("{} ({})", party.name.as_written(), party.sector),
            );
        }
        if let Some(processor) = agreement.processor() {
            let name = processor.as_written();
            asked("through", format!("{name} (acts for the recipient)"));
        }
        asked("purpose", agreement.purpose.value.to_string());
        asked("channels", agreement.channels.join(", "));
        let data: Vec<&str> = requested_categories(policy, agreement).collect();
        asked("data", data.join(", "));
        asked("delivery", agreement.delivery.to_string());
        if let Some(day) = agreement.delete_by {
            asked("delete by", day.to_string());
        }
        if let Some(territory) = &agreement.territory {
            let count = territory.values.len();
            let areas = if count == 1 { "area" } else { "areas" };
            let column = &territory.column.value;
            asked("territory", format!("{column} in {count} {areas}"));
        }

        let NoticeFinding {
            notice,
            why,
            consulted,
        } = &explanation.notice;
        lines.push(String::new());
        lines.push(match notice.map(|index| &policy.notices[index]) {
            None => "What the person was told: not known".to_owned(),
            Some(notice) => {
                let version = &notice.version.value;
                let label = match &notice.sources {
                    Some(sources) => format!("{version} ({})", sources.join(", ")),
                    None => version.clone(),
                };
                format!("What the person was told: notice {}", visible(&label))
            }
        });
        lines.push(format!("  {}", visible(why)));
        self.push_values(&mut lines, "    ", consulted);

        lines.push(String::new());
        lines.push("Tests: each reason to withhold a record, in order".to_owned());
        for test in &explanation.tests {
            self.push_test(&mut lines, test);
        }
        lines.push(String::new());
        lines.push(match self.reasons(explanation).as_slice() {
            [] => "Verdict: permitted: no reason stands against it".to_owned(),
            reasons => format!("Verdict: withheld: {}", reasons.join(" ")),
        });
        text_of(&lines)
    }

    fn push_test(&self, lines: &mut Vec<String>, test: &Test) {
        let (mark, outcome) = match test.outcome {
            TestOutcome::Holds => ("x", "stands against the record"),
            TestOutcome::DoesNotHold => (" ", "does not stand"),
            TestOutcome::NotEvaluated => ("-", "not evaluated"),
        };
        lines.push(format!(
            "{mark} {}: {outcome}",
            self.program.code(test.reason)
        ));
        lines.push(format!("    asked: {}", visible(&test.asked)));
        self.push_values(lines, "    ", &test.consulted);
        lines.push(format!("    found: {}", visible(&test.found)));
    }

    fn push_values(&self, lines: &mut Vec<String>, indent: &str, consulted: &[Consulted]) {
        for Consulted { column, value } in consulted {
            let name = visible_bytes(&self.supply.header().names()[*column]);
            lines.push(format!("{indent}{name} = \"{}\"", quoted(value)));
        }
    }
}

/// A value in quotes: what it holds itself of quotes and backslashes is escaped.
fn quoted(value: &[u8]) -> String {
    let mut escaped = Vec::with_capacity(value.len());
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    visible_bytes(&escaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cli::harmless::is_harmful;

    proptest! {
        #[test]
        fn nothing_visible_is_harmful(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "(\\PC|[\\x00-\\x1f\\u{80}-\\u{9f}\\u{202e}\\u{200b}]){0,20}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                prop_assert!(quoted(bytes).chars().all(|character| !is_harmful(character) && character != '\t'));
            }
        }
    }
}
