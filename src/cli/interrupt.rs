//! Signals: an interrupted run removes what it was making and ends with 128 + the signal; one whose output is in place ends by itself.

use std::ffi::c_int;
use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU,
};
use signal_hook::iterator::Signals;

use super::failure::Failure;

/// Signals that would end a run where it stands: what a person types, and what schedulers, timers, watchdogs and limits send. Not
/// those by which the system tells a fault of the process itself, after which it cannot go on (signal(7)).
const ENDING: [c_int; 14] = [
    SIGABRT, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGVTALRM, SIGUSR1, SIGUSR2,
    SIGPROF, SIGIO, SIGSTKFLT, SIGPWR,
];

/// Signals of Linux that no other system has.
const SIGSTKFLT: c_int = rustix::process::Signal::STKFLT.as_raw();
const SIGPWR: c_int = rustix::process::Signal::POWER.as_raw();

/// Real-time signals that programs may send each other; the C library keeps those before them for itself.
const REAL_TIME: std::ops::RangeInclusive<c_int> =
    if cfg!(target_env = "musl") { 35 } else { 34 }..=64;

/// How far the making of an output has come.
#[derive(Debug)]
pub(super) enum Making<T> {
    /// Nothing is made yet, or what was made is taken away again.
    Nothing,
    /// To be removed by dropping it.
    Made(T),
    /// The output is in place.
    Placed,
}

/// What an interrupted run must remove. Whoever holds the lock decides: a commit that has begun is not interrupted.
#[derive(Debug)]
pub(super) struct Interrupt<T> {
    making: Mutex<Making<T>>,
}

/// The run's own hold on it. A run that ends before its output is in place, by a panic too, drops it and so removes what it made.
#[derive(Debug)]
pub(super) struct Watched<T>(Arc<Interrupt<T>>);

impl<T: Send + 'static> Interrupt<T> {
    /// Watches for signals from now on. What the run was started to ignore (`nohup`) it ignores.
    pub(super) fn watch() -> Result<Watched<T>, Failure> {
        let failing = |error: io::Error| {
            Failure::machine(
                format!("cannot watch for signals: {error}"),
                "nothing was written",
            )
        };
        let interrupt = Arc::new(Self {
            making: Mutex::new(Making::Nothing),
        });
        let ignored = ignored_signals();
        let heeds = |signal: &c_int| ignored >> (signal - 1) & 1 == 0;
        let mut signals = Signals::new(ENDING.into_iter().filter(heeds)).map_err(failing)?;
        for signal in REAL_TIME.filter(heeds) {
            // What runs a program in its stead, an emulator or a debugger, may keep some of these for itself.
            let _ = signals.handle().add_signal(signal);
        }
        let watcher = Arc::clone(&interrupt);
        std::thread::Builder::new()
            .name("withhold-signals".to_owned())
            .spawn(move || {
                let mut signals = signals.forever();
                // What is in place stands, and the run ends by itself, with the code of what it did; but whoever reads its summary may
                // keep it waiting for ever.
                if let Some(signal) = signals.next() {
                    watcher.heed(signal);
                }
                if let Some(signal) = signals.next() {
                    stop(watcher.lock(), signal);
                }
            })
            .map_err(failing)?;
        Ok(Watched(interrupt))
    }

    /// Ends a run, or lets it end by itself if its output is in place. INVARIANT: looked at and acted on under one lock, so that
    /// no commit comes between.
    fn heed(&self, signal: c_int) {
        let making = self.lock();
        if !matches!(*making, Making::Placed) {
            stop(making, signal);
        }
        drop(making);
        let name = name_of(signal);
        say(&format!(
            "{name} came too late: the output is in place; another signal ends the run here"
        ));
    }
}

/// Says something on standard error, unless whoever reads that has stopped reading: a signal is not kept waiting for it.
fn say(text: &str) {
    let stderr = io::stderr();
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if poll(&mut ready, Some(&now)) == Ok(1) && ready[0].revents().contains(PollFlags::OUT) {
        let _ = writeln!(&stderr, "{text}");
    }
}

/// Removes what was made and ends the process. A reader may be blocked for ever, so the workers are not waited for: their files are
/// removed under them.
fn stop<T>(mut making: MutexGuard<'_, Making<T>>, signal: c_int) -> ! {
    let left = match &*making {
        Making::Nothing | Making::Made(_) => "nothing was written",
        Making::Placed => "the output is in place",
    };
    *making = Making::Nothing;
    let name = name_of(signal);
    say(&format!("interrupted by {name}; {left}"));
    std::process::exit(128 + signal);
}

impl<T> Interrupt<T> {
    fn lock(&self) -> MutexGuard<'_, Making<T>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Watched<T> {
    /// What is being made, to be handed over, or taken back for the commit; until the guard is dropped no signal ends the run.
    pub(super) fn making(&self) -> MutexGuard<'_, Making<T>> {
        self.0.lock()
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        let mut making = self.0.lock();
        if matches!(*making, Making::Made(_)) {
            *making = Making::Nothing;
        }
    }
}

impl<T> Making<T> {
    /// Takes what was made; `None` if a signal was faster, whose thread is about to end the process.
    pub(super) fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Made(made) => Some(made),
            Self::Nothing | Self::Placed => None,
        }
    }
}

fn name_of(signal: c_int) -> String {
    signal_hook::low_level::signal_name(signal)
        .map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// The signal's thread has taken the output away and is about to end the process.
pub(super) fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// Signals that are ignored, from the lowest bit for signal 1 (proc_pid_status(5)); none where the system does not tell.
fn ignored_signals() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(line.trim(), 16).ok()
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched<T>(making: Making<T>) -> (Watched<T>, Arc<Interrupt<T>>) {
        let making = Mutex::new(making);
        let shared = Arc::new(Interrupt { making });
        (Watched(Arc::clone(&shared)), shared)
    }

    #[test]
    fn a_run_that_panics_removes_what_it_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_path_buf();
        // The signals' thread keeps its share for ever.
        let (watched, _share) = watched(Making::Made(folder));
        let run = std::thread::spawn(move || {
            let _watched = watched;
            std::panic::resume_unwind(Box::new("a fault"));
        });
        assert!(run.join().is_err());
        assert!(!path.exists());
    }

    #[test]
    fn what_is_in_place_stays_there() {
        let (watched, share) = watched(Making::<()>::Placed);
        drop(watched);
        assert!(matches!(*share.lock(), Making::Placed));
    }
}
