//! Flushes outputs to disk while they grow, on a thread of its own that mostly sleeps, so that the flush at the end has little left to
//! wait for. What is on the disk for certain, only that one tells.

use std::fs::File;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::fdatasync;
use rustix::io::retry_on_intr;

use super::error::RunError;

/// Blocks' worth of bytes of an output after which it is flushed.
///
/// PERF: a disk's own cache is emptied by a flush alone, however early the system hands it what was written. With pages written back each
/// 4 MiB and a flush at the end alone, a `split` of 158 MB takes 1.14 to 1.18 times the wall time, and with a flush each 32 blocks 1.04
/// times (ext4 on a virtual disk; pairs of 21). It then takes 0.96 to 1.02 times as long as `cp` and a `sync` of the copy. A disk that is
/// slower than the writing gets larger flushes by itself: each has what was written during the one before.
const FLUSHED_BLOCKS: u64 = 16;

/// What was written of the outputs since each was flushed.
#[derive(Debug)]
pub(super) struct Flushing {
    /// Bytes after which an output is flushed.
    step: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes since each output was last flushed.
    written: [u64; 2],
    closed: bool,
}

/// Closes it, even where the work panics: its thread would wait for ever.
struct CloseOnDrop<'f>(&'f Flushing);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Flushing {
    pub(super) fn new(block_bytes: usize) -> Self {
        Self {
            step: FLUSHED_BLOCKS * block_bytes as u64,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// So many bytes more were written of an output.
    pub(super) fn wrote(&self, output: usize, bytes: u64) {
        let mut state = self.lock();
        let written = &mut state.written[output];
        *written += bytes;
        if *written >= self.step {
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Does some work, and flushes the outputs while it is done. If one cannot be flushed, `failed` is told so: the system tells it
    /// once, and a flush at the end may not tell it again.
    pub(super) fn flush_during<T>(
        &self,
        files: [(&'static str, &File); 2],
        failed: impl FnOnce(RunError) + Send,
        work: impl FnOnce() -> T,
    ) -> T {
        thread::scope(|scope| {
            let _close = CloseOnDrop(self);
            // Where there can be no such thread, the flush at the end has more to do.
            let _ = thread::Builder::new()
                .name("withhold-flush".to_owned())
                .spawn_scoped(scope, || self.flush(files).unwrap_or_else(failed));
            work()
        })
    }

    fn flush(&self, files: [(&'static str, &File); 2]) -> Result<(), RunError> {
        while let Some(output) = self.next_due() {
            let (file, handle) = files[output];
            retry_on_intr(|| fdatasync(handle)).map_err(|error| RunError::Flush {
                file,
                error: error.into(),
            })?;
        }
        Ok(())
    }

    /// Waits until an output is to be flushed; `None` once it is closed: the flush at the end has the rest, and what fails needs none.
    fn next_due(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let most = usize::from(state.written[1] > state.written[0]);
            if state.written[most] >= self.step {
                state.written[most] = 0;
                return Some(most);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
