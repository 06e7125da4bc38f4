//! What a run leaves behind: a directory that appears whole or not at all, and the manifest in it.
//! Knows no rules; decides nothing.

mod manifest;
mod new_file;
mod private_directory;
mod staging;

pub use manifest::{
    AgreementEntry, ByteEntry, CountsEntry, DigestSet, FileEntry, InputEntry, ListEntry, Manifest,
    ManifestError, NoticeEntry, OptionsEntry, OutputEntry, PREDICATE_TYPE, PartyEntry, Predicate,
    ReasonEntry, STATEMENT_TYPE, Subject, ToolEntry, digest_set, own_digest_of,
};
pub use new_file::NewFile;
pub use staging::{Existing, OUTPUT_NAMES, Staging, StagingError, Sync};
