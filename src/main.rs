//! The `withhold` binary.
fn main() {}
