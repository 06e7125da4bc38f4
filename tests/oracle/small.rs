//! Owns rules for runs in which only the bytes of the supply vary.

/// A policy that permits much, over four columns.
pub(crate) const POLICY: &str = r#"schema = 1
controller = "C"
[columns]
id = "id"
captured_at = "day"
[consent]
third_parties = { column = "opt", given = ["Y"], refused = ["N"] }
channels = { column = "ch", separator = "|" }
[data]
who = ["id", "day", "opt"]
how = ["ch"]
[[notice]]
version = "1"
from = 2016-01-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["postal"]
data = ["who", "how"]
valid_for = "unlimited"
"#;

/// An agreement that takes whole records.
pub(crate) const AGREEMENT: &str = r#"schema = 1
id = "A"
supplier = "C"
purpose = "marketing"
channels = ["postal"]
delivery = 2017-01-01
data = "all"
[[client]]
name = "Shop"
sector = "retail"
"#;

/// Its columns.
pub(crate) const HEADER: &[u8] = b"id,day,opt,ch";
