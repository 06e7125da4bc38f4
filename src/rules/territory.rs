//! The file of a territory's values: one a line, trimmed, blank lines passed over.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parse::FaultLog;
use super::text_file::{TextFileError, describe, line_at, load_source};
use super::white_space::trim;
use super::{Cause, Fault, Place, Source};

/// Most bytes in a file of values.
const INCLUDE_FILE_BYTES_MAX: u64 = 64 << 20;

/// Why a file of values could not be used. The text of the file is not shown: a supply might have been named by mistake.
#[derive(Debug)]
pub(super) struct IncludeFileError {
    path: PathBuf,
    kind: IncludeFileErrorKind,
}

#[derive(Debug)]
enum IncludeFileErrorKind {
    Unreadable(TextFileError),
    ByteOrderMark,
    LoneCarriageReturn { line: u64, offset: u64 },
}

/// Loads a file of values.
pub(super) fn load_include_file(
    path: &Path,
) -> Result<(Arc<Source>, Vec<String>), IncludeFileError> {
    let failed = |kind| IncludeFileError {
        path: path.to_owned(),
        kind,
    };
    let source = load_source(path, INCLUDE_FILE_BYTES_MAX)
        .map_err(|error| failed(IncludeFileErrorKind::Unreadable(error)))?;
    let values = parse_lines(&source.text).map_err(failed)?;
    Ok((source, values))
}

fn parse_lines(text: &str) -> Result<Vec<String>, IncludeFileErrorKind> {
    if text.starts_with('\u{feff}') {
        return Err(IncludeFileErrorKind::ByteOrderMark);
    }
    let mut values = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = if content.len() < line.len() {
            content.strip_suffix('\r').unwrap_or(content)
        } else {
            content
        };
        if let Some(position) = content.find('\r') {
            return Err(IncludeFileErrorKind::LoneCarriageReturn {
                line: line_at(text.as_bytes(), offset),
                offset: (offset + position) as u64,
            });
        }
        let value = trim(content);
        if !value.is_empty() {
            values.push(value.to_owned());
        }
        offset += line.len();
    }
    Ok(values)
}

impl IncludeFileError {
    /// Records the fault: at the path in the agreement if the file cannot be read at all, else in the file.
    pub(super) fn report(self, named_at: &Range<usize>, log: &FaultLog) {
        let (at, message, help) = match self.kind {
            IncludeFileErrorKind::Unreadable(TextFileError::Io(error)) => {
                log.report(
                    named_at,
                    format!(
                        "the file of the territory's values cannot be read: {}",
                        describe(&error)
                    ),
                    format!(
                        "put the file there, or correct the path; it was looked for at {}",
                        self.path.display()
                    ),
                );
                log.blame(&error);
                return;
            }
            IncludeFileErrorKind::Unreadable(TextFileError::TooLong { bytes_max }) => (
                None,
                format!("this file of a territory's values is longer than {bytes_max} bytes"),
                "check that this is the right file",
            ),
            IncludeFileErrorKind::Unreadable(TextFileError::NotUtf8 { line, offset }) => (
                Some((line, offset)),
                "this file of a territory's values is not UTF-8 text".to_owned(),
                "save it as UTF-8 text, a value a line",
            ),
            IncludeFileErrorKind::ByteOrderMark => (
                Some((1, 0)),
                "this file of a territory's values begins with a byte order mark".to_owned(),
                "save it as UTF-8 text without a byte order mark",
            ),
            IncludeFileErrorKind::LoneCarriageReturn { line, offset } => (
                Some((line, offset)),
                "a carriage return without a line feed stands in this file of a territory's values"
                    .to_owned(),
                "save it with line feeds (LF or CRLF) at the ends of its lines",
            ),
        };
        log.add(Fault {
            place: Place::File {
                path: self.path,
                line: at.map(|(line, _)| line),
                record: None,
                offset: at.map(|(_, offset)| offset),
            },
            message,
            label: None,
            help: help.to_owned(),
            cause: Cause::Request,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_and_blank_ones_passed_over() {
        assert_eq!(
            parse_lines("E1\r\n\n \u{a0}E 2\t\n\u{1f}\nE3").expect("values"),
            ["E1", "E 2", "E3"]
        );
        assert!(parse_lines("").expect("no value").is_empty());
    }

    #[test]
    fn what_might_be_misread_is_refused() {
        for (text, expected) in [
            ("a\rb\n", (1, 1)),
            ("a\n\rb", (2, 2)),
            ("a\nb\r", (2, 3)),
            ("a\r\r\n", (1, 1)),
        ] {
            match parse_lines(text) {
                Err(IncludeFileErrorKind::LoneCarriageReturn { line, offset }) => {
                    assert_eq!((line, offset), expected, "{text:?}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
        assert!(matches!(
            parse_lines("\u{feff}a"),
            Err(IncludeFileErrorKind::ByteOrderMark)
        ));
    }
}
