//! Keeps records out of core dumps.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

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
