//! Loads policy, agreement and lists together and checks them against each other.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use super::lists::load_lists;
use super::parse::{FaultLog, parse_agreement, parse_policy};
use super::text_file::{TextFileError, describe, load_source};
use super::{Agreement, Faults, Policy, Source, SuppressionList};

/// Most bytes in a policy or an agreement.
const RULES_FILE_BYTES_MAX: u64 = 16 << 20;

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
    /// can be checked without a supply. Lists are loaded at the same time, on all cores.
    ///
    /// # Errors
    /// Every fault that was found; nothing is skipped and nothing is assumed.
    pub fn load(policy: &Path, agreement: &Path) -> Result<Self, Faults> {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::load_with(policy, agreement, cores)
    }

    /// The same, with so many threads at most.
    ///
    /// # Errors
    /// As above.
    pub fn load_with(
        policy: &Path,
        agreement: &Path,
        threads: NonZeroUsize,
    ) -> Result<Self, Faults> {
        let policy_log = open(policy, "policy");
        let agreement_log = open(agreement, "agreement");

        let policy_draft = if policy_log.is_empty() {
            parse_policy(&policy_log)
        } else {
            Default::default()
        };
        let agreement_draft = if agreement_log.is_empty() {
            parse_agreement(&policy_draft, &agreement_log)
        } else {
            Default::default()
        };
        let lists = load_lists(
            &policy_draft.suppressions,
            agreement_draft.delivery,
            &policy_log,
            threads,
        );

        let finished = policy_draft
            .finish(&policy_log)
            .zip(agreement_draft.agreement);
        let mut faults = policy_log.into_faults();
        faults.extend(agreement_log.into_faults());
        match finished {
            Some((policy, agreement)) if faults.is_empty() => {
                // INVARIANT: a list that could not be loaded left a fault; none ever goes missing in silence.
                assert_eq!(
                    lists.len(),
                    policy.suppressions.len(),
                    "every list is loaded"
                );
                Ok(Self {
                    policy,
                    agreement,
                    lists,
                })
            }
            _ => {
                // INVARIANT: whatever could not be read left a fault.
                assert!(!faults.is_empty(), "rules that cannot be used say why");
                Err(Faults(faults))
            }
        }
    }
}

/// The log of a rules file, which holds a fault if the file cannot be read.
fn open(path: &Path, what: &str) -> FaultLog {
    let error = match load_source(path, RULES_FILE_BYTES_MAX) {
        Ok(source) => return FaultLog::new(source),
        Err(error) => error,
    };
    let unread = Source {
        path: path.to_owned(),
        text: String::new(),
        blake3: [0; 32],
        sha256: [0; 32],
    };
    let log = FaultLog::new(Arc::new(unread));
    match error {
        TextFileError::Io(error) => {
            log.report_file(
                None,
                format!("the {what} cannot be read: {}", describe(&error)),
                format!("give the path of the {what}, a TOML file that can be read"),
            );
            log.blame(&error);
        }
        TextFileError::TooLong { bytes_max } => log.report_file(
            None,
            format!("the {what} is longer than {bytes_max} bytes"),
            format!("check that this is the {what}, and not a supply or a list"),
        ),
        TextFileError::NotUtf8 { line, offset } => log.report_file(
            Some((line, offset)),
            format!("the {what} is not UTF-8 text"),
            "save it as UTF-8 text",
        ),
    }
    log
}
