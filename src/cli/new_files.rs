//! New files that appear whole or not at all, and all of them or none: each is made beside its place under another name, and what
//! a signal or a fault leaves unfinished is removed. Only SIGKILL comes between the first and the last.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::interrupt::{Interrupt, Making, Watched, wait_for_the_end};
use super::places::{check_place, exists, unwritable};
use crate::output::{Durability, Existing, NewFile, PlacedFile};
use crate::paths::parent_of;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner alone, whatever the umask.
    Owner,
    /// Whoever may read any new file here.
    Any,
}

/// Files that are being made.
pub(super) struct NewFiles {
    existing: Existing,
    readers: Readers,
    places: Vec<PathBuf>,
    /// Each of them open, to be flushed.
    files: Vec<File>,
    interrupt: Watched<Vec<NewFile>>,
}

impl NewFiles {
    /// Watches for signals from now on.
    pub(super) fn begin(existing: Existing, readers: Readers) -> Result<Self, Failure> {
        let interrupt = Interrupt::watch()?;
        // INVARIANT: what was made is missing only where a signal took it.
        *interrupt.making() = Making::Made(Vec::new());
        Ok(Self {
            existing,
            readers,
            places: Vec::new(),
            files: Vec::new(),
            interrupt,
        })
    }

    /// Makes the file that will lie there.
    pub(super) fn add(&mut self, out: &Path) -> Result<File, Failure> {
        self.add_for(out, self.readers)
    }

    /// Makes the file that will lie there, for these readers.
    pub(super) fn add_for(&mut self, out: &Path, readers: Readers) -> Result<File, Failure> {
        check_place(out, self.existing)?;
        // INVARIANT: no signal ends the run between the making of the file and the note of what is to be removed.
        let mut making = self.interrupt.making();
        let (new, file) = match readers {
            Readers::Owner => NewFile::begin_private(out),
            Readers::Any => NewFile::begin(out),
        }
        .map_err(|error| unwritable(out, &error))?;
        if let Making::Made(made) = &mut *making {
            made.push(new);
        }
        let open = file.try_clone().map_err(|error| unwritable(out, &error))?;
        self.files.push(open);
        self.places.push(out.to_path_buf());
        Ok(file)
    }

    /// Puts every file in its place if what was to be written is; removes them all otherwise.
    pub(super) fn place<T>(
        self,
        written: Result<T, Failure>,
        durability: Durability,
    ) -> Result<T, Failure> {
        // From here on no signal ends the run.
        let mut making = self.interrupt.making();
        let Some(made) = making.take() else {
            drop(making);
            wait_for_the_end()
        };
        let written = written?;
        if durability == Durability::Flushed {
            for (file, out) in self.files.iter().zip(&self.places) {
                file.sync_all().map_err(|error| unwritable(out, &error))?;
            }
        }
        // What was there before goes after what replaced it was flushed.
        let _placed = put_in_place(made, &self.places, self.existing)?;
        *making = Making::Placed;
        if durability == Durability::Flushed {
            for out in &self.places {
                File::open(parent_of(out))
                    .and_then(|parent| parent.sync_all())
                    .map_err(|error| {
                        Failure::machine(
                            format!(
                                "cannot flush to disk the place of {}: {error}",
                                out.display()
                            ),
                            "it is in place; whether it would survive a loss of power is not known",
                        )
                    })?;
            }
        }
        Ok(written)
    }
}

/// Puts all files in their places, or none. All but the last keep what they replaced for as long as they are held.
fn put_in_place(
    mut made: Vec<NewFile>,
    places: &[PathBuf],
    existing: Existing,
) -> Result<Vec<PlacedFile>, Failure> {
    // With the last one it is done: that one need not be taken back.
    let Some(last) = made.pop() else {
        return Ok(Vec::new());
    };
    let mut placed = Vec::new();
    for (new, out) in made.into_iter().zip(places) {
        match new.place(existing) {
            Ok(file) => placed.push(file),
            Err(error) => return Err(not_placed(out, &error, &placed, existing)),
        }
    }
    let out = &places[placed.len()];
    match last.commit(existing) {
        Ok(()) => Ok(placed),
        Err(error) => Err(not_placed(out, &error, &placed, existing)),
    }
}

/// Takes back the files that are in place; the failure that one could not be put there.
fn not_placed(out: &Path, error: &io::Error, placed: &[PlacedFile], existing: Existing) -> Failure {
    for file in placed.iter().rev() {
        if let Err(stuck) = file.take_back() {
            return Failure::machine(
                format!(
                    "cannot write {}: {error}; and {}, which is new, cannot be taken back: {stuck}",
                    out.display(),
                    file.path().display()
                ),
                "some of the files are new, and the others are not; run again with `--force`, once the disk is sound",
            );
        }
    }
    match (error.kind(), existing) {
        (io::ErrorKind::AlreadyExists, Existing::Refuse) => exists(out),
        _ => unwritable(out, error),
    }
}
