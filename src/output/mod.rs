//! What a run leaves behind: a directory that appears whole or not at all, and the manifest in it.
//! Knows no rules; decides nothing.

mod manifest;
mod new_file;
mod private_directory;
mod staging;

pub use manifest::{
    AgreementEntry, AnswerEntry, ByteEntry, CONSENT_GIVEN, CapturedEntry, CategoryEntry,
    ChannelsEntry, ConsultedEntry, Context, ControllerEntry, CountsEntry, DigestSet,
    DisclosureEntry, FileEntry, InputEntry, ListEntry, MalformedEntry, Manifest, ManifestError,
    MonthEntry, NoticeEntry, OptionsEntry, OutputEntry, PREDICATE_TYPE, PartyEntry, PartyKind,
    Predicate, ReasonEntry, STATEMENT_TYPE, Subject, TerritoryEntry, ToolEntry, UndisclosedEntry,
    VerdictEntry, consent_status, digest_set, own_digest_of, purpose_term,
};
pub use new_file::{NewFile, PlacedFile};
pub use private_directory::OUTPUT_NAMES;
pub use staging::{Durability, Existing, Staging, StagingError, split_names};
