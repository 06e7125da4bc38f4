//! The progress bar on standard error: bytes, rate, time left, and of a run permitted and withheld so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::TellingArguments;
use super::colour::Colours;
use crate::compression::Compression;
use crate::pipeline::{Observer, Seen};
use crate::supply::Supply;

/// A bar, or nothing where nobody would see it move.
pub(super) struct Progress {
    bar: ProgressBar,
    permitted: AtomicU64,
    withheld: AtomicU64,
}

impl Progress {
    pub(super) fn start(telling: &TellingArguments, supply: &Supply) -> Self {
        // How much there is to read is known only where what is stored is what is read.
        let plain = supply
            .inputs()
            .iter()
            .all(|input| input.compression() == Compression::None);
        Self {
            bar: bar_of_bytes(telling, supply.stored_bytes().filter(|_| plain)),
            permitted: AtomicU64::new(0),
            withheld: AtomicU64::new(0),
        }
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar that counts so many bytes, if it is known how many; hidden where nobody would see it move.
pub(super) fn bar_of_bytes(telling: &TellingArguments, bytes: Option<u64>) -> ProgressBar {
    if telling.quiet || !Colours::of_environment().moving {
        return ProgressBar::hidden();
    }
    let (bar, template) = match bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {bytes}  {bytes_per_sec}  {elapsed}  {msg}",
        ),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

impl Observer for Progress {
    fn seen(&self, seen: Seen) {
        if self.bar.is_hidden() {
            return;
        }
        let permitted =
            self.permitted.fetch_add(seen.permitted, Ordering::Relaxed) + seen.permitted;
        let withheld = self.withheld.fetch_add(seen.withheld, Ordering::Relaxed) + seen.withheld;
        self.bar.set_message(format!(
            "permitted {}  withheld {}",
            HumanCount(permitted),
            HumanCount(withheld)
        ));
        self.bar.inc(seen.bytes);
    }

    fn started_over(&self) {
        self.permitted.store(0, Ordering::Relaxed);
        self.withheld.store(0, Ordering::Relaxed);
        self.bar.reset();
    }
}
