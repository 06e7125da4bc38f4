//! Keeps records out of core dumps and out of what a fault of this program says, and limits from ending it without a word.

use std::io::Write;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use signal_hook::consts::SIGXFSZ;

use super::failure::Failure;

/// No value of a record reaches a core dump: none is made.
pub(super) fn switch_off_core_dumps() -> Result<(), Failure> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A limit alone does not stop a dump that is piped to a program (core(5)); the process flag does.
    setrlimit(Resource::Core, none)
        .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable))
        .map_err(|error| {
            Failure::machine(
                format!("cannot switch core dumps off: {error}"),
                "nothing was read",
            )
        })
}

/// A write beyond the limit on file sizes fails, instead of ending the process.
pub(super) fn heed_file_size_limits() -> Result<(), Failure> {
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))
        .map(drop)
        .map_err(|error| {
            Failure::machine(
                format!("cannot watch for signals: {error}"),
                "nothing was read",
            )
        })
}

/// A panic says where it happened and nothing else.
pub(super) fn quiet_panics() {
    panic::set_hook(Box::new(|fault| {
        // INVARIANT: the message is not shown, since it may quote the text that it stumbled over.
        let place = fault.location().map_or_else(
            || "an unknown place".to_owned(),
            |place| format!("{}:{}", place.file(), place.line()),
        );
        let _ = writeln!(
            std::io::stderr(),
            "error: internal fault at {place}\n |\nhelp: please report this place with the version, and no data"
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn neither_the_limit_nor_the_process_itself_allows_a_core_dump() {
        switch_off_core_dumps().unwrap();
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
