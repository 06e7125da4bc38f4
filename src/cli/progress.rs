//! The progress bar on standard error: bytes, rate, time left, and of a run permitted and withheld so far.

use std::io::stderr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::termios::tcgetwinsize;

use super::args::TellingArguments;
use super::colour::Colours;
use crate::compression::Compression;
use crate::pipeline::{Observer, Seen};
use crate::supply::Supply;

/// What is shown of a bar, each with the least columns that it is for: as many as all of it takes where there are less than
/// 10,000 million records. What has no room after all is cut off, so that there is never a second line.
const OF_KNOWN_LENGTH: [(u16, &str); 4] = [
    (
        140,
        "{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {wide_msg}",
    ),
    (80, "{bar:10} {percent:>3} %  {eta} left  {wide_msg}"),
    (20, "{percent:>3} %  {wide_msg}"),
    (0, "{wide_msg}"),
];

/// The same where it is not known how much there is.
const OF_UNKNOWN_LENGTH: [(u16, &str); 4] = [
    (
        90,
        "{spinner} {bytes}  {bytes_per_sec}  {elapsed}  {wide_msg}",
    ),
    (70, "{spinner} {bytes}  {wide_msg}"),
    (20, "{spinner} {wide_msg}"),
    (0, "{wide_msg}"),
];

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
    let columns = columns();
    let (bar, templates) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), &OF_KNOWN_LENGTH[..]),
        None => (ProgressBar::new_spinner(), &OF_UNKNOWN_LENGTH[..]),
    };
    let fitting = templates.iter().find(|(least, _)| *least <= columns);
    let (_, template) = fitting.expect("the last template fits any terminal");
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Columns of the terminal at standard error.
fn columns() -> u16 {
    const USUAL: u16 = 80;
    match tcgetwinsize(stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => size.ws_col,
        _ => USUAL,
    }
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
