//! One at a time and in order, whoever waits for whom; nobody waits at a turnstile that is closed.

use std::thread;
use std::time::Duration;

use super::*;

#[test]
fn turns_are_taken_in_order() {
    let turnstile = Turnstile::new(Vec::new());
    let threads = 3 * LANES as u64;
    thread::scope(|scope| {
        // The last is there first.
        for sequence in (0..threads).rev() {
            let turnstile = &turnstile;
            scope.spawn(move || {
                let mut taken: Vec<u64> = turnstile.take(sequence).expect("it is open");
                taken.push(sequence);
                turnstile.give(taken);
            });
        }
    });
    assert_eq!(turnstile.into_value(), Some((0..threads).collect()));
}

#[test]
fn closing_ends_every_wait() {
    let turnstile = Turnstile::new(());
    thread::scope(|scope| {
        for sequence in 1..=LANES as u64 + 1 {
            let turnstile = &turnstile;
            scope.spawn(move || assert_eq!(turnstile.take(sequence), None));
        }
        // So that some of them wait by now; those that come later find it closed.
        thread::sleep(Duration::from_millis(100));
        turnstile.close();
    });
    assert_eq!(turnstile.take(0), None, "it was closed before its turn");
    assert_eq!(turnstile.into_value(), Some(()));
}

/// A value that somebody took and did not give is nobody's.
#[test]
fn what_is_not_given_is_not_there() {
    let turnstile = Turnstile::new(7);
    assert_eq!(turnstile.take(0), Some(7));
    assert_eq!(turnstile.into_value(), None);
}
