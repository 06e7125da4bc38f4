//! What each reason means to who has to act on it, and what cures it. Decides nothing.

use crate::program::Reason;

/// A reason in words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    /// What it means for a record.
    pub(super) meaning: &'static str,
    /// What cures it; `None` where nothing does.
    pub(super) cure: Option<&'static str>,
}

const NEW_NOTICE: &str = "Tell people, and ask again: a new notice and a new capture";

/// What a reason's code says.
pub(super) fn told(code: &str) -> Told {
    let (meaning, cure) = match code {
        "malformed" => (
            "The record cannot be read, so nothing else was tested",
            Some("Mend the export"),
        ),
        "date-unreadable" => (
            "A date of capture or of withdrawal cannot be read",
            Some("Correct the dates, or say in the policy how they are written"),
        ),
        "notice-unknown" => (
            "No notice on file has this version for this source, so none could be tested",
            Some("Find out which notice was shown; if it is on file, add it to the policy"),
        ),
        "notice-not-in-force" => (
            "The notice was not in force on the day of capture",
            Some("Correct the version or the date, if the record of them is wrong"),
        ),
        "recipient-not-disclosed" => ("People were not told of this recipient", Some(NEW_NOTICE)),
        "purpose-not-disclosed" => ("People were not told of this purpose", Some(NEW_NOTICE)),
        "purpose-sector-conflict" => (
            "The stated purpose cannot be the real one, given who receives the data",
            Some("State the real purpose in the agreement"),
        ),
        "channel-not-disclosed" => (
            "People were not told of a channel that is to be used",
            Some("Leave the channel out, or tell people and ask again"),
        ),
        "data-not-disclosed" => (
            "People were not told that some of the data would be passed on",
            Some("Ask for fewer categories of data, or tell people and ask again"),
        ),
        "consent-unknown" => (
            "The answer about third parties is neither yes nor no",
            Some("Find the answer; it may be a no"),
        ),
        "consent-refused" => ("The answer about third parties is no", None),
        "consent-withdrawn" => (
            "Consent was withdrawn",
            Some("A new consent, captured after the withdrawal"),
        ),
        "consent-expired" => (
            "Consent had run out by the day of delivery",
            Some("A new consent"),
        ),
        "captured-after-delivery" => (
            "The record was captured after the day of delivery",
            Some("Correct the date, or the day of delivery"),
        ),
        "channel-not-consented" => (
            "The person did not agree to every channel that is to be used",
            Some("Leave the channel out, or a new consent"),
        ),
        "outside-territory" => ("The record lies outside the agreed territory", None),
        "suppression-uncheckable" => (
            "A suppression list could not be checked for this record",
            Some("Complete the record, or save the export as UTF-8"),
        ),
        _ if code.starts_with(Reason::Suppressed(0).code()) => {
            ("The person is on this suppression list", None)
        }
        _ => ("This version does not know the reason", None),
    };
    Told { meaning, cure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_of_its_own() {
        let unknown = told("consent-from-minor").meaning;
        let mut known: Vec<&str> = Reason::FIXED
            .iter()
            .map(|reason| told(reason.code()).meaning)
            .chain([told("suppressed:house").meaning])
            .collect();
        assert!(!known.contains(&unknown));
        let count = known.len();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), count);
    }
}
