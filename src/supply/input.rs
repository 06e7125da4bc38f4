//! One input: what it is, whether it is still what it was, and how to open it for reading.

use crate::hidden::Hidden;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::SupplyOptions;
use super::error::InputError;
use super::head::Head;
use crate::compression::{Compression, Ends, EndsRead, MAGIC_BYTES};
use crate::content_limit::ContentLimit;
use crate::identity::Identity;
use crate::records::{Delimiter, Preamble, PreambleError};

/// An input whose header has been read.
pub struct Input {
    path: PathBuf,
    compression: Compression,
    content_limit: ContentLimit,
    /// The bytes before its first record.
    preamble: Vec<u8>,
    blank_lines: u64,
    header_bytes: usize,
    kind: Kind,
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Input")
            .field("path", &self.path)
            .field("compression", &self.compression)
            .field("preamble", &Hidden(&self.preamble))
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

enum Kind {
    /// A regular file, opened again when its turn comes.
    File { identity: Identity, ends: Ends },
    /// Anything else: opened once, and read from where the header's search left it.
    Stream {
        rest: Mutex<Option<Box<dyn Read + Send>>>,
        /// Where it is a regular file all the same, as standard input may be: that file, and what it was.
        file: Option<(Arc<File>, Identity)>,
        ends: Arc<Mutex<Ends>>,
    },
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { identity, .. } => f.debug_tuple("File").field(identity).finish(),
            Self::Stream { .. } => f.write_str("Stream"),
        }
    }
}

/// An input opened for its records.
pub enum OpenInput {
    /// Plain bytes of a file, to be read at any offset.
    Plain {
        /// The file.
        file: Arc<File>,
        /// Its size in bytes.
        bytes: u64,
    },
    /// Bytes as they are stored, in order.
    Stored {
        /// The bytes.
        raw: Box<dyn Read + Send>,
        /// The file that is read, if it is one.
        file: Option<Arc<File>>,
    },
}

impl fmt::Debug for OpenInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain { file, bytes } => formatter
                .debug_struct("Plain")
                .field("file", file)
                .field("bytes", bytes)
                .finish(),
            Self::Stored { file, .. } => formatter
                .debug_struct("Stored")
                .field("file", file)
                .finish_non_exhaustive(),
        }
    }
}

impl Input {
    /// Opens an input and reads its header.
    pub(super) fn open(
        path: &Path,
        delimiter: Delimiter,
        options: SupplyOptions,
    ) -> Result<(Self, Preamble), InputError> {
        let SupplyOptions {
            record_bytes_max,
            content_limit,
            ..
        } = options;
        let opening = |error| InputError::Open {
            path: path.to_path_buf(),
            error,
        };
        let is_stdin = path.as_os_str() == "-";
        let (file, metadata) = if is_stdin {
            let file = io::stdin().as_fd().try_clone_to_owned();
            let file = File::from(file.map_err(opening)?);
            let metadata = file.metadata().map_err(opening)?;
            (file, metadata)
        } else {
            // A directory is told before it is opened, a FIFO only opens once somebody writes to it.
            let metadata = std::fs::metadata(path).map_err(opening)?;
            if metadata.is_dir() {
                return Err(InputError::Directory {
                    path: path.to_path_buf(),
                });
            }
            let file = File::open(path).map_err(opening)?;
            let metadata = file.metadata().map_err(opening)?;
            (file, metadata)
        };
        let identity = metadata.is_file().then(|| Identity::of(&metadata));
        let file = Arc::new(file);
        let (raw, ends) = EndsRead::new(ArcRead(Arc::clone(&file)));
        let mut raw: Box<dyn Read + Send> = Box::new(raw);
        let failing = |error: io::Error| InputError::Preamble {
            path: path.to_path_buf(),
            error: PreambleError::Read(error),
        };
        let mut start = Vec::new();
        (&mut raw)
            .take(MAGIC_BYTES as u64)
            .read_to_end(&mut start)
            .map_err(failing)?;
        let compression = Compression::of(&start);
        // Some system files have a size of zero, and content. What is read from standard input is read once.
        let regular = identity.filter(|of| !is_stdin && of.bytes >= start.len() as u64);
        if let Some(identity) = regular
            && compression == Compression::None
        {
            content_limit
                .check_plain(identity.bytes)
                .map_err(|error| InputError::TooLarge {
                    path: path.to_path_buf(),
                    error,
                })?;
        }
        let mut raw = Cursor::new(start).chain(raw);
        // A stream's header is found in a copy of what is read of it, so that its compressed bytes can still be digested.
        let mut replay = Vec::new();
        let preamble = {
            let copy = regular.is_none().then_some(&mut replay);
            let head = Head::new(&mut raw, copy, compression, record_bytes_max);
            let is_early = head.is_early();
            let mut decoded = content_limit.decode(compression, head).map_err(failing)?;
            Preamble::read_while(&mut decoded, delimiter, record_bytes_max, is_early)
        }
        .map_err(|error| InputError::preamble(path.to_path_buf(), error))?;
        let kind = match regular {
            Some(identity) => Kind::File {
                identity,
                ends: Ends::of_file(&file, identity.bytes).map_err(failing)?,
            },
            None => Kind::Stream {
                rest: Mutex::new(Some(Box::new(Cursor::new(replay).chain(raw)))),
                file: identity.map(|identity| (file, identity)),
                ends,
            },
        };
        let header_bytes = preamble.header.byte_order_mark().len()
            + preamble.header.raw().len()
            + preamble.header.terminator().len();
        let input = Self {
            path: path.to_path_buf(),
            compression,
            content_limit,
            preamble: preamble.read[..preamble.body].to_vec(),
            blank_lines: preamble.blank_lines,
            header_bytes,
            kind,
        };
        Ok((input, preamble))
    }

    /// Opens the input from its first byte.
    ///
    /// # Errors
    /// If it cannot be opened, or is no longer what it was, or can be read only once and was.
    pub fn reopen(&self) -> Result<OpenInput, InputError> {
        let opening = |error| InputError::Open {
            path: self.path.clone(),
            error,
        };
        match &self.kind {
            Kind::File { identity, .. } => {
                // Whatever took its place is opened without waiting: a FIFO would wait for somebody to write to it.
                let file = OpenOptions::new()
                    .read(true)
                    .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                    .open(&self.path)
                    .map_err(|error| match Errno::from_io_error(&error) {
                        // There is nothing any more, or a socket.
                        Some(Errno::NOENT | Errno::NXIO) => self.changed(),
                        _ => opening(error),
                    })?;
                let file = Arc::new(file);
                let metadata = file.metadata().map_err(opening)?;
                if !metadata.is_file() || Identity::of(&metadata) != *identity {
                    return Err(self.changed());
                }
                if self.compression == Compression::None {
                    return Ok(OpenInput::Plain {
                        file,
                        bytes: identity.bytes,
                    });
                }
                Ok(OpenInput::Stored {
                    raw: Box::new(ArcRead(Arc::clone(&file))),
                    file: Some(file),
                })
            }
            Kind::Stream { rest, file, .. } => {
                let rest = rest
                    .lock()
                    .expect("no thread panics while it opens an input")
                    .take();
                let path = self.path.clone();
                Ok(OpenInput::Stored {
                    raw: rest.ok_or(InputError::ReadAlready { path })?,
                    file: file.as_ref().map(|(file, _)| Arc::clone(file)),
                })
            }
        }
    }

    /// Whether the file that was opened is still what it was.
    ///
    /// # Errors
    /// If it is not, or cannot be told.
    pub fn check_unchanged(&self, file: &File) -> Result<(), InputError> {
        let (Kind::File { identity, .. }
        | Kind::Stream {
            file: Some((_, identity)),
            ..
        }) = &self.kind
        else {
            return Ok(());
        };
        let now = file.metadata().map_err(|error| self.unreadable(0, error))?;
        if Identity::of(&now) == *identity {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    /// The error that this input changed.
    pub fn changed(&self) -> InputError {
        InputError::Changed {
            path: self.path.clone(),
        }
    }

    /// The error that this input could not be read at an offset.
    pub fn unreadable(&self, offset: u64, error: io::Error) -> InputError {
        InputError::reading(self.path.clone(), offset, error)
    }

    /// Its path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much it may hold.
    pub fn content_limit(&self) -> ContentLimit {
        self.content_limit
    }

    /// Its compression.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The file's identity, if it is a regular file.
    pub fn identity(&self) -> Option<Identity> {
        match &self.kind {
            Kind::File { identity, .. } => Some(*identity),
            Kind::Stream { .. } => None,
        }
    }

    /// Whether it is BGZF without the member that tells its end: it may have been cut between two. Of a stream, once it has been read.
    pub fn lacks_end(&self) -> bool {
        match &self.kind {
            Kind::File { ends, .. } => ends.lacks_end(),
            Kind::Stream { ends, .. } => {
                let ends = ends.lock().expect("no thread panics while it notes");
                ends.lacks_end()
            }
        }
    }

    /// Where the file lies that it is read from; of standard input, as far as that can be found out and looked at.
    pub fn place(&self) -> Option<PathBuf> {
        match &self.kind {
            Kind::File { .. } => Some(self.path.clone()),
            Kind::Stream { file, .. } => {
                let (file, _) = file.as_ref()?;
                let place =
                    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
                let there = std::fs::metadata(&place).ok()?;
                let read = file.metadata().ok()?;
                ((there.dev(), there.ino()) == (read.dev(), read.ino())).then_some(place)
            }
        }
    }

    /// The bytes before its first record: byte order mark, blank lines, header and terminator.
    pub fn preamble(&self) -> &[u8] {
        &self.preamble
    }

    /// Blank lines before its header.
    pub fn blank_lines_before_header(&self) -> u64 {
        self.blank_lines
    }

    /// Bytes of its byte order mark, header and the header's terminator.
    pub fn header_bytes(&self) -> usize {
        self.header_bytes
    }
}

struct ArcRead(Arc<File>);

impl Read for ArcRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}
