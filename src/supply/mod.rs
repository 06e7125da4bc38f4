//! The inputs of one supply: opened, told apart, their headers compared. Hands them on to be read;
//! decides nothing about their records.

mod error;
mod head;
mod input;

use std::path::PathBuf;

pub(crate) use error::shown;
pub use error::{InputError, Severity};
pub use input::{Input, OpenInput};

use crate::content_limit::ContentLimit;
use crate::records::{Delimiter, Header, Preamble};

/// A supply: one or more inputs with the same header.
#[derive(Debug)]
pub struct Supply {
    inputs: Vec<Input>,
    delimiter: Delimiter,
    header: Header,
    record_bytes_max: usize,
}

/// How a supply is read.
#[derive(Debug, Clone, Copy)]
pub struct SupplyOptions {
    /// The delimiter, where it is not to be told by the inputs' names.
    pub delimiter: Option<Delimiter>,
    /// Longest record, header included and terminator not, in bytes.
    pub record_bytes_max: usize,
    /// Limit on the bytes of each input, after decompression.
    pub content_limit: ContentLimit,
}

/// The largest [`SupplyOptions::record_bytes_max`]: positions in a region take 32 bits.
pub const RECORD_BYTES_LIMIT: usize = 1 << 30;

impl Default for SupplyOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            record_bytes_max: 1 << 20,
            content_limit: ContentLimit::default(),
        }
    }
}

impl Supply {
    /// Opens every input and reads its header; `-` is standard input.
    ///
    /// # Errors
    /// If there is no input, if one cannot be opened or read, is too large, has no usable header, or another header or delimiter than the first.
    pub fn open(paths: &[PathBuf], options: SupplyOptions) -> Result<Self, InputError> {
        let Some(first) = paths.first() else {
            return Err(InputError::NoInput);
        };
        assert!(
            options.record_bytes_max <= RECORD_BYTES_LIMIT,
            "the limit was checked when the options were read"
        );
        if paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(InputError::StandardInputTwice);
        }
        let delimiter = options
            .delimiter
            .unwrap_or_else(|| Delimiter::implied_by(first));
        let implies_another = |path: &&PathBuf| Delimiter::implied_by(path) != delimiter;
        if options.delimiter.is_none()
            && let Some(other) = paths.iter().find(implies_another)
        {
            let (first, other) = (first.clone(), other.clone());
            return Err(InputError::MixedDelimiters { first, other });
        }
        let mut inputs: Vec<Input> = Vec::with_capacity(paths.len());
        let mut header: Option<Header> = None;
        for path in paths {
            let (
                input,
                Preamble {
                    header: its_header, ..
                },
            ) = Input::open(path, delimiter, options)?;
            match &header {
                Some(header) if header.raw() != its_header.raw() => {
                    return Err(InputError::OtherHeader {
                        path: path.clone(),
                        first: first.clone(),
                        column: first_difference(header, &its_header) + 1,
                    });
                }
                Some(_) => {}
                None => header = Some(its_header),
            }
            inputs.push(input);
        }
        let header = header.expect("there is at least one input");
        Ok(Self {
            inputs,
            delimiter,
            header,
            record_bytes_max: options.record_bytes_max,
        })
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The delimiter of them all.
    pub fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// The first input's header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Longest record, terminator not included, in bytes.
    pub fn record_bytes_max(&self) -> usize {
        self.record_bytes_max
    }

    /// Whether all inputs can be read once more: none is a stream.
    pub fn is_rereadable(&self) -> bool {
        self.inputs.iter().all(|input| input.identity().is_some())
    }

    /// Bytes of all inputs as they lie on disk; `None` if one is a stream.
    pub fn stored_bytes(&self) -> Option<u64> {
        self.inputs
            .iter()
            .map(|input| input.identity().map(|identity| identity.bytes))
            .sum()
    }
}

/// Index of the first column whose bytes differ, or that one of the two lacks.
fn first_difference(one: &Header, other: &Header) -> usize {
    let same = |column: usize| one.column(column) == other.column(column);
    let columns = one.names().len().min(other.names().len());
    (0..columns)
        .find(|&column| !same(column))
        .unwrap_or(columns)
}
