//! Faults as text for a terminal: what is wrong, the line of the rules file, and how to mend it.
//! Whatever a file holds, nothing that is shown can move the cursor or hide other text.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::harmless::harmless;
use crate::rules::{Fault, Faults, Place, Source};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With terminal escape sequences.
    Styled,
    /// Without.
    Plain,
}

/// Most faults that are told one by one.
const FAULTS_TOLD_MAX: usize = 100;

/// Most characters of a message, and of a line on each side of what is marked in it.
const SHOWN_CHARACTERS_MAX: usize = 500;

/// Faults as text, in their order, with a blank line after each.
pub fn render(faults: &Faults, colour: Colour) -> String {
    let renderer = renderer(colour);
    let mut text: String = faults
        .0
        .iter()
        .take(FAULTS_TOLD_MAX)
        .map(|fault| format!("{}\n\n", render_fault(fault, &renderer)))
        .collect();
    let more = faults.0.len().saturating_sub(FAULTS_TOLD_MAX);
    if more > 0 {
        let told = format!("there are {more} faults more");
        text.push_str(&message(&told, "mend those above first", colour));
    }
    text
}

/// An error that lies in no rules file: what is wrong, and how to mend it.
pub fn message(message: &str, help: &str, colour: Colour) -> String {
    let (message, help) = (harmless(message), harmless(help));
    let title = Group::with_title(Level::ERROR.primary_title(message.as_str()));
    let help = Group::with_title(Level::HELP.secondary_title(help.as_str()));
    renderer(colour).render(&[title, help])
}

fn renderer(colour: Colour) -> Renderer {
    match colour {
        Colour::Styled => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    }
}

fn render_fault(fault: &Fault, renderer: &Renderer) -> String {
    let message = brief(&fault.message);
    let help = brief(&fault.help);
    let title = Level::ERROR.primary_title(message.as_str());
    let help = Group::with_title(Level::HELP.secondary_title(help.as_str()));
    match &fault.place {
        Place::Text { source, span } => {
            let line = Line::around(source, span.start, span.end);
            let label = fault.label.as_deref().map(harmless);
            let path = harmless_path(&source.path);
            let snippet = Snippet::source(line.text.as_str())
                .line_start(line.number)
                .path(path.as_str())
                .annotation(
                    AnnotationKind::Primary
                        .span(line.span)
                        .label(label.as_deref()),
                );
            renderer.render(&[title.element(snippet), help])
        }
        Place::File {
            path,
            line,
            record,
            offset,
        } => {
            let mut place = harmless_path(path);
            if let Some(line) = line {
                place.push_str(&format!(":{line}"));
            }
            if let Some(record) = record {
                place.push_str(&format!(", row {record}"));
            }
            if let Some(offset) = offset {
                place.push_str(&format!(", at byte {offset}"));
            }
            renderer.render(&[title.element(Origin::path(place.as_str())), help])
        }
    }
}

/// A line of a rules file, made harmless, and what is marked in it.
struct Line {
    text: String,
    number: usize,
    span: std::ops::Range<usize>,
}

impl Line {
    /// The line in which a span starts; of a span of several lines its first is marked.
    fn around(source: &Source, start: usize, end: usize) -> Self {
        let text = source.text.as_str();
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let end = end.min(line_end);
        let line_end = line_end
            - usize::from(text[..line_end].ends_with('\r') && line_end > end && line_end > start);

        let before = brief_end(&text[line_start..start]);
        let marked = brief(&text[start..end]);
        let after = brief(&text[end..line_end]);
        Self {
            span: before.len()..before.len() + marked.len(),
            text: [before, marked, after].concat(),
            number: text[..line_start]
                .bytes()
                .filter(|&byte| byte == b'\n')
                .count()
                + 1,
        }
    }
}

fn harmless_path(path: &Path) -> String {
    harmless(&path.to_string_lossy())
}

/// The text, harmless and not too long.
fn brief(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => harmless(&text[..end]) + "...",
        None => harmless(text),
    }
}

/// The text, harmless, its end where it is too long.
fn brief_end(text: &str) -> String {
    match text.char_indices().rev().nth(SHOWN_CHARACTERS_MAX) {
        Some((at, last)) => "...".to_owned() + &harmless(&text[at + last.len_utf8()..]),
        None => harmless(text),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::cli::harmless::is_harmful;
    use crate::rules::Cause;

    fn fault(text: &str, span: std::ops::Range<usize>) -> Faults {
        Faults(vec![Fault {
            place: Place::Text {
                source: Arc::new(Source {
                    path: "policy\u{1b}[2J.toml".into(),
                    text: text.to_owned(),
                    blake3: [0; 32],
                    sha256: [0; 32],
                }),
                span,
            },
            message: "a message\r\u{202e}".to_owned(),
            label: Some("a label\u{9b}".to_owned()),
            help: "help\u{200b}".to_owned(),
            cause: Cause::Request,
        }])
    }

    #[test]
    fn what_is_shown_is_not_endless() {
        let text = format!("{}here{}", "é".repeat(100_000), "x".repeat(100_000));
        let mut faults = fault(&text, 200_000..200_004);
        faults.0 = vec![faults.0.remove(0); 1_000];
        let shown = render(&faults, Colour::Plain);
        assert!(shown.contains("éhere"), "{shown}");
        assert!(shown.contains("there are 900 faults more"));
        assert!(shown.len() < 1_000_000, "{} bytes", shown.len());
    }

    #[test]
    fn nothing_shown_can_move_the_cursor_or_hide_text() {
        let text = "a = \"\u{1b}[31m\u{202e}\u{9b}x\u{a0}\u{200b}\"\r\n";
        let shown = render(&fault(text, 4..text.len() - 2), Colour::Plain);
        assert!(
            shown
                .chars()
                .all(|character| character == '\n' || !is_harmful(character)),
            "{shown:?}"
        );
        assert!(
            shown.contains(r#"a = "\u{1b}[31m\u{202e}\u{9b}x\u{a0}\u{200b}""#),
            "{shown}"
        );
    }

    #[test]
    fn colour_only_if_asked() {
        let faults = fault("a = 1\n", 0..1);
        assert!(!render(&faults, Colour::Plain).contains('\u{1b}'));
        assert!(render(&faults, Colour::Styled).contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_is_shown(text in "(\\PC|[\\r\\n\\t]){0,40}", a in 0_usize..200, b in 0_usize..200) {
            let boundary = |mut index: usize| {
                index = index.min(text.len());
                while !text.is_char_boundary(index) {
                    index -= 1;
                }
                index
            };
            let (a, b) = (boundary(a), boundary(b));
            let shown = render(&fault(&text, a.min(b)..a.max(b)), Colour::Plain);
            prop_assert!(shown.contains("error: a message"));
        }
    }
}
