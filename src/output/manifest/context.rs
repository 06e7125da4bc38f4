//! The manifest as linked data: what its keys mean in the W3C's Data Privacy Vocabulary (DPV), and that vocabulary's
//! terms for ours. Only terms of DPV 2.2 (<https://w3id.org/dpv/2.2>) stand here.

use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The JSON-LD 1.1 context of a manifest's predicate; always the same.
///
/// Keys without a meaning in DPV are of this tool's own vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context;

/// Keys stand in order, so that however they are kept they are written in the same one.
static CONTEXT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("context.json")).expect("the context is JSON")
});

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if Value::deserialize(deserializer)? == *CONTEXT {
            Ok(Self)
        } else {
            Err(D::Error::custom("another context"))
        }
    }
}

/// Our purposes and DPV's. Each stands for all below it that have no line of their own.
const PURPOSES: [(&str, &str); 7] = [
    ("advertising", "dpv:Advertising"),
    ("marketing", "dpv:Marketing"),
    ("marketing/advertising", "dpv:Advertising"),
    ("marketing/direct", "dpv:DirectMarketing"),
    ("marketing/political", "dpv:PoliticalCampaign"),
    ("political", "dpv:PoliticalCampaign"),
    ("research", "dpv:ResearchAndDevelopment"),
];

/// The narrowest purpose of DPV that is known to cover a purpose of ours; `dpv:Purpose`, the widest, covers any. What is explicit
/// in a purpose is never covered by one that does not say it.
pub fn purpose_term(purpose: &str, is_explicit: impl Fn(&str) -> bool) -> &'static str {
    let covers = |known: &str| {
        purpose.strip_prefix(known).is_some_and(|rest| {
            let mut words = rest.split('/');
            words.next() == Some("") && !words.any(&is_explicit)
        })
    };
    PURPOSES
        .iter()
        .filter(|(known, _)| covers(known))
        .max_by_key(|(known, _)| known.len())
        .map_or("dpv:Purpose", |(_, term)| term)
}

/// How the consent of a record stands against which this reason holds, by its code, where the reason tells.
pub fn consent_status(reason: &str) -> Option<&'static str> {
    match reason {
        "consent-unknown" => Some("dpv:ConsentUnknown"),
        "consent-refused" => Some("dpv:ConsentRefused"),
        "consent-withdrawn" => Some("dpv:ConsentWithdrawn"),
        "consent-expired" => Some("dpv:ConsentExpired"),
        _ => None,
    }
}

/// How the consent of every permitted record stands.
pub const CONSENT_GIVEN: &str = "dpv:ConsentGiven";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_purpose_that_covers_ours_is_taken() {
        for (ours, expected) in [
            ("marketing", "dpv:Marketing"),
            ("marketing/direct/postal", "dpv:DirectMarketing"),
            ("marketing/political", "dpv:PoliticalCampaign"),
            ("marketing/directories", "dpv:Marketing"),
            ("marketing-research", "dpv:Purpose"),
            ("research/market", "dpv:ResearchAndDevelopment"),
            ("insight", "dpv:Purpose"),
            ("marketing/party-political", "dpv:Purpose"),
            ("marketing/direct/political", "dpv:Purpose"),
            ("political/party", "dpv:PoliticalCampaign"),
        ] {
            let term = purpose_term(ours, |word| word.contains("political"));
            assert_eq!(term, expected, "{ours}");
        }
    }
}
