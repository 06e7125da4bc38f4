//! The built binary as its users meet it: exit codes, what is said, what is left behind.
//! Every message is a snapshot, to be read as a night operator would read it.

mod stage;

mod arguments;
mod canaries;
mod chain;
mod check;
mod compress;
mod corrupt_inputs;
mod diff;
mod digests;
mod explain;
mod generate;
mod headers;
mod help;
mod init;
mod machine;
mod manifest;
mod out_directory;
mod places;
mod progress;
mod remarks;
mod report;
mod shell;
mod signals;
mod signing;
mod summary;
mod unattended;
mod untrusted_inputs;
mod verify;
