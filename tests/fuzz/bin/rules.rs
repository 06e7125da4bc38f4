#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| withhold_fuzz::rules(data));
