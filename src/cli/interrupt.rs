//! Signals: an interrupted run removes what it was making and ends with 128 + the signal.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::failure::Failure;
use crate::output::Staging;

/// What an interrupted run must remove. Whoever holds the lock decides: a commit that has begun is not interrupted.
#[derive(Debug, Default)]
pub(super) struct Interrupt {
    staging: Mutex<Option<Staging>>,
}

impl Interrupt {
    /// Watches for SIGINT, SIGTERM and SIGHUP from now on.
    pub(super) fn watch() -> Result<Arc<Self>, Failure> {
        let interrupt = Arc::new(Self::default());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| {
            Failure::machine(
                format!("cannot watch for signals: {error}"),
                "nothing was written",
            )
        })?;
        let watcher = Arc::clone(&interrupt);
        std::thread::Builder::new()
            .name("withhold-signals".to_owned())
            .spawn(move || {
                if let Some(signal) = signals.forever().next() {
                    watcher.stop(signal);
                }
            })
            .map_err(|error| {
                Failure::machine(
                    format!("cannot watch for signals: {error}"),
                    "nothing was written",
                )
            })?;
        Ok(interrupt)
    }

    /// What is being made, to be handed over, or taken back for the commit; until the guard is dropped no signal ends the run.
    pub(super) fn staging(&self) -> MutexGuard<'_, Option<Staging>> {
        self.staging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, signal: i32) {
        // A reader may be blocked for ever, so the workers are not waited for: their files are removed under them.
        let mut staging = self.staging();
        drop(staging.take());
        let name = match signal {
            SIGINT => "SIGINT",
            SIGTERM => "SIGTERM",
            _ => "SIGHUP",
        };
        let _ = writeln!(
            std::io::stderr(),
            "interrupted by {name}; nothing was written"
        );
        std::process::exit(128 + signal);
    }
}
