//! Hands a value from block to block in their order. A block waits only for the one before it, which was
//! claimed earlier, so the chain always moves.

use std::sync::{Condvar, Mutex};

/// A value that is passed along in order of sequence numbers.
#[derive(Debug)]
pub(super) struct Turnstile<T> {
    state: Mutex<State<T>>,
    /// One for those who wait for a sequence number with this remainder.
    ///
    /// PERF: so that only the next in order is woken, as long as there are no more threads than these.
    moved: [Condvar; LANES],
}

/// Conditions that are waited for apart.
const LANES: usize = 64;

#[derive(Debug)]
struct State<T> {
    next: u64,
    value: Option<T>,
    closed: bool,
}

impl<T> Turnstile<T> {
    pub(super) fn new(first: T) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                value: Some(first),
                closed: false,
            }),
            moved: [const { Condvar::new() }; LANES],
        }
    }

    /// Waits for the turn of `sequence` and takes the value; `None` once the turnstile is closed.
    pub(super) fn take(&self, sequence: u64) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if state.next == sequence
                && let Some(value) = state.value.take()
            {
                return Some(value);
            }
            state = self
                .lane(sequence)
                .wait(state)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Takes the value if it is the turn of `sequence` now and nobody has taken it.
    pub(super) fn take_now(&self, sequence: u64) -> Option<T> {
        let mut state = self.lock();
        let is_its_turn = state.next == sequence && !state.closed;
        is_its_turn.then(|| state.value.take()).flatten()
    }

    /// Gives the value to the next in order.
    pub(super) fn give(&self, value: T) {
        let mut state = self.lock();
        state.next += 1;
        state.value = Some(value);
        let next = self.lane(state.next);
        drop(state);
        next.notify_all();
    }

    /// Lets nobody through any more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.moved.iter().for_each(Condvar::notify_all);
    }

    /// The value after the last turn.
    pub(super) fn into_value(self) -> Option<T> {
        self.state
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .value
    }

    fn lane(&self, sequence: u64) -> &Condvar {
        &self.moved[(sequence % LANES as u64) as usize]
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
