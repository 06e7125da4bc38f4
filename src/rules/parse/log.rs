//! Collects the faults of one rules file, so that all of them are told and not the first alone.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::rules::text_file::is_of_machine;
use crate::rules::{Cause, Fault, Place, Source};

/// The faults of one file while it is read.
#[derive(Debug)]
pub(in crate::rules) struct FaultLog {
    source: Arc<Source>,
    faults: RefCell<Vec<Fault>>,
}

impl FaultLog {
    pub(in crate::rules) fn new(source: Arc<Source>) -> Self {
        Self {
            source,
            faults: RefCell::new(Vec::new()),
        }
    }

    pub(in crate::rules) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Records a fault in the text.
    pub(in crate::rules) fn report(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(span, message.into(), None, help.into());
    }

    /// Records a fault in the text, with a few words under the caret.
    pub(in crate::rules) fn report_labelled(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(span, message.into(), Some(label.into()), help.into());
    }

    /// Records a fault of the file as a whole, or at a line and an offset of what is not text.
    pub(in crate::rules) fn report_file(
        &self,
        at: Option<(u64, u64)>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults.borrow_mut().push(Fault {
            place: Place::File {
                path: self.source.path.clone(),
                line: at.map(|(line, _)| line),
                record: None,
                offset: at.map(|(_, offset)| offset),
            },
            message: message.into(),
            label: None,
            help: help.into(),
            cause: Cause::Request,
        });
    }

    /// Says that the fault recorded last comes of this error of reading a file.
    pub(in crate::rules) fn blame(&self, error: &io::Error) {
        if let Some(fault) = self.faults.borrow_mut().last_mut()
            && is_of_machine(error)
        {
            fault.cause = Cause::Machine;
            fault.help =
                "check the device or the connection that it is read from, and run again".to_owned();
        }
    }

    /// Records a fault found by another part of the load.
    pub(in crate::rules) fn add(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    pub(in crate::rules) fn is_empty(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// How many there are so far.
    pub(in crate::rules) fn count(&self) -> usize {
        self.faults.borrow().len()
    }

    /// The faults in the order of the text; those of the file as a whole, and of other files, last.
    pub(in crate::rules) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| match &fault.place {
            Place::Text { source, span } if Arc::ptr_eq(source, &self.source) => span.start,
            _ => usize::MAX,
        });
        faults
    }

    fn push(&self, span: &Range<usize>, message: String, label: Option<String>, help: String) {
        let text = &self.source.text;
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        self.faults.borrow_mut().push(Fault {
            place: Place::Text {
                source: Arc::clone(&self.source),
                span: start..end,
            },
            message,
            label,
            help,
            cause: Cause::Request,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library that finds faults byte by byte may stop within a character; what is shown may not.
    #[test]
    fn a_fault_within_a_character_is_that_character() {
        let source = Arc::new(Source {
            path: "policy.toml".into(),
            text: "a\u{20ac}z".to_owned(),
            blake3: [0; 32],
            sha256: [0; 32],
        });
        for (span, expected) in [
            (2..3, "\u{20ac}"),
            (3..3, "\u{20ac}"),
            (0..2, "a\u{20ac}"),
            (3..5, "\u{20ac}z"),
            (4..9, "z"),
            (9..9, ""),
        ] {
            let log = FaultLog::new(Arc::clone(&source));
            log.report(&span, "wrong", "mend it");
            let faults = log.into_faults();
            let Place::Text { span: place, .. } = &faults[0].place else {
                panic!("the fault lies in the text");
            };
            assert_eq!(&source.text[place.clone()], expected, "{span:?}");
        }
    }
}
