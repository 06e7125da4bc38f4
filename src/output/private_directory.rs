//! A directory for one run alone: made under a name that nobody can foretell, locked while its run lives, used
//! through its handle so that no link planted in its place is followed, and removed when it is dropped. Owns what may be made in one.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, RawDir, SeekFrom, chmodat, fchmod,
    flock, fstat, mkdirat, openat, seek, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::geteuid;
use rustix::rand::{GetRandomFlags, getrandom};

/// A kind of private directory: what their names start with, and every name that may be made in them.
#[derive(Debug)]
pub(super) struct Kind {
    prefix: &'static str,
    pub(super) names: &'static [&'static str],
}

/// Those in which an output directory is made.
pub(super) const SPLITS: Kind = Kind {
    prefix: ".withhold-split-",
    names: &OUTPUT_NAMES,
};

/// Those in which a single file is made.
pub(super) const FILES: Kind = Kind {
    prefix: ".withhold-file-",
    names: &["file"],
};

/// Everything that a run may leave in its output directory.
pub const OUTPUT_NAMES: [&str; 8] = [
    "permitted.csv",
    "withheld.csv",
    "permitted.csv.gz",
    "withheld.csv.gz",
    "permitted.csv.zst",
    "withheld.csv.zst",
    "manifest.json",
    "manifest.dsse.json",
];

/// Random bytes in a name.
const RANDOM_BYTES: usize = 16;

/// Bytes of a directory's entries that are read at once.
const ENTRIES_BYTES: usize = 4 << 10;

/// Names that are tried before the system is believed to be at fault.
const ATTEMPTS_MAX: usize = 100;

/// A directory of mode 0700 with a random name, that only its run uses.
#[derive(Debug)]
pub(super) struct PrivateDirectory {
    path: PathBuf,
    /// Holds the lock that tells this directory from what a killed run left.
    handle: File,
    /// Every name that may be made in it.
    names: &'static [&'static str],
    placed: bool,
}

impl PrivateDirectory {
    /// Makes one of a kind in `parent`.
    pub(super) fn make(parent: &Path, kind: &Kind) -> io::Result<Self> {
        for _ in 0..ATTEMPTS_MAX {
            let path = parent.join(random_name(kind.prefix)?);
            match retry_on_intr(|| mkdirat(CWD, &path, Mode::RWXU)) {
                Ok(()) => {}
                Err(Errno::EXIST) => continue,
                Err(error) => return Err(error.into()),
            }
            match lock_new(&path) {
                Ok(Some(handle)) => {
                    return Ok(Self {
                        path,
                        handle,
                        names: kind.names,
                        placed: false,
                    });
                }
                // Another run took the directory for a left-over before it was locked, and removes it.
                Ok(None) => {}
                Err(error) => {
                    let _ = unlinkat(CWD, &path, AtFlags::REMOVEDIR);
                    return Err(error.into());
                }
            }
        }
        Err(io::Error::other(format!(
            "each of the {ATTEMPTS_MAX} names that were tried is taken"
        )))
    }

    /// Makes a file in it, as readable as any new file.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        Ok(self.create_with(name, Mode::from_raw_mode(0o666))?)
    }

    /// Makes a file in it, for its owner alone.
    pub(super) fn create_private(&self, name: &str) -> io::Result<File> {
        let mode = Mode::RUSR | Mode::WUSR;
        let file = self.create_with(name, mode)?;
        // Whatever the umask took away is given back to the owner, to nobody else.
        retry_on_intr(|| fchmod(&file, mode))?;
        Ok(file)
    }

    fn create_with(&self, name: &str, mode: Mode) -> Result<File, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        retry_on_intr(|| openat(&self.handle, name, flags, mode)).map(File::from)
    }

    /// Itself, open.
    pub(super) fn handle(&self) -> &File {
        &self.handle
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until its entries are on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// Notes that it has been put in its place, and is not to be removed.
    pub(super) fn placed(&mut self) {
        self.placed = true;
    }

    /// Removes the earlier one that it was exchanged for, and that now lies where it was made.
    pub(super) fn remove_earlier(&self, earlier: &File) -> io::Result<()> {
        remove(earlier, &self.path, self.names)
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed now, the next run beside it removes.
            let _ = remove(&self.handle, &self.path, self.names);
        }
    }
}

/// Clears what killed runs left in `parent`, whatever they were making.
pub(super) fn clear_left_overs(parent: &Path) {
    for kind in [&SPLITS, &FILES] {
        clear_kind(parent, kind);
    }
}

/// Removes such directories in `parent` whose run is gone, for their lock is free; whatever it was to make there, since the next night
/// may make something else. One that holds anything but its kind's names stays.
fn clear_kind(parent: &Path, kind: &Kind) {
    // What cannot be looked at or removed is left; it is nobody's output.
    let Ok(entries) = File::open(parent).and_then(|parent| Ok(Dir::new(parent)?)) else {
        return;
    };
    for entry in entries.flatten() {
        if !is_random_name(entry.file_name().to_bytes(), kind.prefix) {
            continue;
        }
        let path = parent.join(OsStr::from_bytes(entry.file_name().to_bytes()));
        // A link or a file has never been one, nor has what somebody else owns.
        let Ok(handle) = open_directory(&path) else {
            continue;
        };
        let Ok(found) = fstat(&handle) else {
            continue;
        };
        let own = found.st_uid == geteuid().as_raw();
        if !own || flock(&handle, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        // INVARIANT: a run holds its lock until its directory is in place. So one that still has this name now that the lock is
        // free was left; one that has lost it since it was opened is an output.
        let left = statat(CWD, &path, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|there| (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino));
        // What somebody put there is not to lose what it lies beside.
        if left && retry_on_intr(|| holds_only(&handle, kind.names)) == Ok(true) {
            let _ = remove(&handle, &path, kind.names);
        }
    }
}

/// The names in a directory, and whether each is a regular file.
pub(super) fn entries_of(path: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    let handle = open_directory(path)?;
    for entry in Dir::read_from(&handle)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                FileType::from_raw_mode(statat(&handle, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)
            }
            kind => kind,
        };
        let path = PathBuf::from(OsStr::from_bytes(name.to_bytes()));
        entries.push((path, kind == FileType::RegularFile));
    }
    Ok(entries)
}

/// Locks a directory that was just made; `None`, if another run was about to remove it.
fn lock_new(path: &Path) -> Result<Option<File>, Errno> {
    let opened = match open_directory(path) {
        Err(Errno::ACCESS) => {
            // The umask took the owner's rights away.
            chmodat(CWD, path, Mode::RWXU, AtFlags::empty())?;
            open_directory(path)
        }
        opened => opened,
    };
    let handle = match opened {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened?,
    };
    let made = retry_on_intr(|| fstat(&handle))?;
    if made.st_uid != geteuid().as_raw() {
        return Err(Errno::PERM);
    }
    // Whatever the umask took away is given back to the owner, to nobody else.
    retry_on_intr(|| fchmod(&handle, Mode::RWXU))?;
    match retry_on_intr(|| flock(&handle, FlockOperation::NonBlockingLockExclusive)) {
        Err(Errno::WOULDBLOCK) => return Ok(None),
        locked => locked?,
    }
    match retry_on_intr(|| statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)) {
        Ok(there) if (there.st_dev, there.st_ino) == (made.st_dev, made.st_ino) => Ok(Some(handle)),
        Ok(_) | Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a directory, and no link to one.
pub(super) fn open_directory(path: &Path) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| openat(CWD, path, flags, Mode::empty())).map(File::from)
}

/// Removes a directory with these names in it: through its handle, and without opening anything, since there may be no file left
/// that can be opened. One that holds anything else stays.
fn remove(handle: &File, path: &Path, names: &[&str]) -> io::Result<()> {
    let removed = match remove_named(handle, path, names) {
        // Another run may have put its own in this place since the handle was opened.
        Err(Errno::NOTEMPTY) => {
            open_directory(path).and_then(|now| remove_named(&now, path, names))
        }
        removed => removed,
    };
    match removed {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn remove_named(handle: &File, path: &Path, names: &[&str]) -> Result<(), Errno> {
    for name in names {
        let unlink = || retry_on_intr(|| unlinkat(handle, *name, AtFlags::empty()));
        // A file that cannot be removed is told by the directory, which then cannot be removed either.
        if unlink() == Err(Errno::ACCESS) && fchmod(handle, Mode::RWXU).is_ok() {
            let _ = unlink();
        }
    }
    retry_on_intr(|| unlinkat(CWD, path, AtFlags::REMOVEDIR))
}

/// Whether a directory holds no other names than these.
fn holds_only(handle: &File, names: &[&str]) -> Result<bool, Errno> {
    seek(handle, SeekFrom::Start(0))?;
    let mut buffer = [MaybeUninit::uninit(); ENTRIES_BYTES];
    let mut entries = RawDir::new(handle, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let known = names.iter().any(|known| known.as_bytes() == name);
        if !known && !matches!(name, b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

fn random_name(prefix: &str) -> io::Result<String> {
    let mut random = [0; RANDOM_BYTES];
    let count = retry_on_intr(|| getrandom(&mut random, GetRandomFlags::empty()))?;
    // INVARIANT: so few bytes are never given in part (getrandom(2)).
    assert_eq!(count, RANDOM_BYTES, "a name is random as a whole");
    Ok(random.iter().fold(prefix.to_owned(), |mut name, byte| {
        write!(name, "{byte:02x}").expect("writing to a string does not fail");
        name
    }))
}

/// Whether a name is one that [`random_name`] gives.
fn is_random_name(name: &[u8], prefix: &str) -> bool {
    name.strip_prefix(prefix.as_bytes()).is_some_and(|random| {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        random.len() == 2 * RANDOM_BYTES && random.iter().all(is_digit)
    })
}
