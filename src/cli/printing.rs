//! Standard output: what a command tells, in the form that was asked for, all of it or an error.

use std::io::{self, Write};

use serde::Serialize;

use super::args::{FormatArgument, TellingArguments};
use super::failure::Failure;
use super::harmless::is_harmful;

/// Widest column of a table; what is longer stands out of it. A wider one cannot be formatted.
pub(super) const COLUMN_WIDTH_MAX: usize = 1_000;

/// Prints what a run tells of itself, in the form that was asked for, unless nobody wants it; see [`print`].
pub(super) fn tell(
    telling: &TellingArguments,
    what: &str,
    stands: Option<&str>,
    json: impl FnOnce() -> String,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let told = match telling.format {
        FormatArgument::Json => json(),
        FormatArgument::Text if telling.quiet => return Ok(()),
        FormatArgument::Text => text(),
    };
    print(&told, what, stands)
}

/// Prints a text; if that fails, the failure says what it was and what stands all the same.
pub(super) fn print(text: &str, what: &str, stands: Option<&str>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| unprinted(&error, what, stands))
}

/// The failure that a text could not be printed.
pub(super) fn unprinted(error: &io::Error, what: &str, stands: Option<&str>) -> Failure {
    let cure = "check where standard output goes";
    let help = stands.map_or_else(|| cure.to_owned(), |stands| format!("{stands}; {cure}"));
    Failure::machine(format!("cannot print {what}: {error}"), &help)
}

/// A line of JSON in which nothing can deceive a terminal: what could stands in strings, where JSON allows its number.
pub(super) fn json_line(told: &impl Serialize) -> String {
    let text = serde_json::to_string(told).expect("what is told is plain data");
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if is_harmful(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

/// Lines as a text, without the spaces at their ends.
pub(super) fn text_of(lines: &[String]) -> String {
    let lines = lines.iter().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_of_json_says_all_and_deceives_nobody(text in "(\\PC|[\\x00-\\x1f\\u{7f}-\\u{a0}\\u{2028}\\u{202e}\\u{3164}\\u{f0000}\"\\\\]){0,20}") {
            let line = json_line(&text);
            prop_assert!(line.trim_end().chars().all(|character| !is_harmful(character)));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }
}
