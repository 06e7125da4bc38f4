//! Loads policy, agreement and lists together and checks them against each other.

use std::path::Path;

use super::{Agreement, Faults, Policy, SuppressionList};

/// All rules of one run, loaded and checked; what is left to check needs a supply's header.
#[derive(Debug)]
pub struct Rules {
    /// The policy.
    pub policy: Policy,
    /// The agreement.
    pub agreement: Agreement,
    /// The loaded suppression lists, in the policy's order.
    pub lists: Vec<SuppressionList>,
}

impl Rules {
    /// Loads policy, agreement, the territory file and every suppression list, and checks all that
    /// can be checked without a supply.
    ///
    /// # Errors
    /// Every fault that was found; nothing is skipped and nothing is assumed.
    pub fn load(policy: &Path, agreement: &Path) -> Result<Self, Faults> {
        unimplemented!("{} {}", policy.display(), agreement.display())
    }
}
