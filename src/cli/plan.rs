//! What was typed, resolved: rules loaded, inputs opened, everything checked before a record is read.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::args::{
    CompressArgument, DigestArgument, ReadingArguments, ReasonsArgument, RulesArguments,
    ShapeArguments,
};
use super::failure::Failure;
use crate::compression::Compression;
use crate::content_limit::ContentLimit;
use crate::digest::DigestKind;
use crate::output::Existing;
use crate::pipeline::{ReasonsColumn, RunOptions, suitable_block_bytes};
use crate::program::Program;
use crate::rules::Rules;
use crate::supply::{Supply, SupplyOptions};

/// A supply and the program for it.
pub(super) struct Plan {
    pub(super) supply: Supply,
    pub(super) program: Program,
}

pub(super) fn load_rules(
    arguments: &RulesArguments,
    threads: Option<NonZeroUsize>,
) -> Result<Arc<Rules>, Failure> {
    let threads = threads.unwrap_or(RunOptions::default().threads);
    Ok(Arc::new(Rules::load_with(
        &arguments.policy,
        &arguments.agreement,
        threads,
    )?))
}

/// What `--force` says of what is there already.
pub(super) fn existing(force: bool) -> Existing {
    if force {
        Existing::Replace
    } else {
        Existing::Refuse
    }
}

/// How a supply of this shape is read.
pub(super) fn supply_options(shape: &ShapeArguments) -> SupplyOptions {
    SupplyOptions {
        delimiter: shape.delimiter,
        record_bytes_max: shape.max_record_bytes as usize,
        content_limit: ContentLimit {
            bytes_max: shape.max_input_bytes,
        },
    }
}

impl Plan {
    /// Opens the inputs and compiles the rules against their header.
    pub(super) fn make(
        rules: Arc<Rules>,
        shape: &ShapeArguments,
        inputs: &[PathBuf],
    ) -> Result<Self, Failure> {
        let options = supply_options(shape);
        let supply = Supply::open(inputs, options)?;
        let program = Program::compile(rules, supply.header(), supply.inputs()[0].path())?;
        Ok(Self { supply, program })
    }
}

pub(super) fn run_options(
    reading: &ReadingArguments,
    digest: DigestArgument,
    reasons: ReasonsArgument,
    compress: Option<CompressArgument>,
) -> RunOptions {
    let defaults = RunOptions::default();
    let threads = reading.threads.unwrap_or(defaults.threads);
    let block_bytes = reading.block_bytes.map(|bytes| bytes as usize);
    RunOptions {
        threads,
        block_bytes: block_bytes
            .and_then(NonZeroUsize::new)
            .unwrap_or_else(|| suitable_block_bytes(threads)),
        digest: digest_kind(digest),
        reasons: match reasons {
            ReasonsArgument::Column => ReasonsColumn::Appended,
            ReasonsArgument::None => ReasonsColumn::None,
        },
        strict: reading.strict,
        compression: match compress {
            None => Compression::None,
            Some(CompressArgument::Gz) => Compression::Gzip,
            Some(CompressArgument::Zst) => Compression::Zstd,
        },
        write_back: defaults.write_back,
    }
}

pub(super) fn digest_kind(digest: DigestArgument) -> DigestKind {
    match digest {
        DigestArgument::Blake3 => DigestKind::Blake3,
        DigestArgument::Sha256 => DigestKind::Sha256,
        DigestArgument::None => DigestKind::None,
    }
}
