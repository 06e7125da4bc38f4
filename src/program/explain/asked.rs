//! What each reason's test asks, in words of the rules. No value of a record stands in it.

use super::words::{described, joined};
use crate::program::compile::Program;
use crate::program::notices::{parties, requested_categories};
use crate::program::reasons::Reason;

impl Program {
    /// What a reason's test asks, in words of the rules.
    pub(super) fn asked(&self, reason: Reason) -> String {
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
