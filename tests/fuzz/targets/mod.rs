//! What each fuzz target does with its bytes. The same functions run as ordinary tests over the corpora, so nothing here
//! may depend on the fuzzer, on a clock or on chance.

pub(crate) mod boundaries;
pub(crate) mod decompress;
pub(crate) mod lists;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod split;
