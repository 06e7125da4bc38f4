//! Digests of what is read and written. BLAKE3's tree lets the pieces of one stream be digested by
//! different threads; other digests are taken in order.

mod tree;

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use sha2::Digest as _;

pub use tree::{CHUNK_BYTES, Subtree, TreeDigest, subtrees};

/// Which digest a run takes of its inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DigestKind {
    /// BLAKE3, 256 bits.
    #[default]
    Blake3,
    /// SHA-256.
    Sha256,
    /// None.
    None,
}

impl DigestKind {
    /// The kind that a digest set calls by this name.
    pub fn of_algorithm(name: &str) -> Option<Self> {
        match name {
            "blake3" => Some(Self::Blake3),
            "sha256" => Some(Self::Sha256),
            _ => None,
        }
    }
}

/// A digest and its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// `blake3` or `sha256`, as in an in-toto digest set.
    pub algorithm: &'static str,
    /// 32 bytes.
    pub bytes: [u8; 32],
}

impl Digest {
    /// A BLAKE3 digest.
    pub fn blake3(bytes: [u8; 32]) -> Self {
        Self {
            algorithm: "blake3",
            bytes,
        }
    }

    /// A SHA-256 digest.
    pub fn sha256(bytes: [u8; 32]) -> Self {
        Self {
            algorithm: "sha256",
            bytes,
        }
    }

    /// The digest in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.bytes
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                write!(text, "{byte:02x}").expect("writing to a string does not fail");
                text
            })
    }
}

/// A digest of a stream that is taken in order.
#[derive(Debug)]
pub enum OrderedDigest {
    /// BLAKE3.
    Blake3(Box<blake3::Hasher>),
    /// SHA-256.
    Sha256(sha2::Sha256),
    /// None is wanted.
    None,
}

impl OrderedDigest {
    /// The start of a stream.
    pub fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Blake3 => Self::Blake3(Box::default()),
            DigestKind::Sha256 => Self::Sha256(sha2::Sha256::new()),
            DigestKind::None => Self::None,
        }
    }

    /// The stream's next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::None => {}
        }
    }

    /// The digest of what came so far.
    pub fn finish(&self) -> Option<Digest> {
        match self {
            Self::Blake3(hasher) => Some(Digest::blake3(*hasher.finalize().as_bytes())),
            Self::Sha256(hasher) => Some(Digest::sha256(hasher.clone().finalize().into())),
            Self::None => None,
        }
    }
}

/// A reader that digests what passes through it, and counts it.
#[derive(Debug)]
pub struct DigestRead<R> {
    inner: R,
    seen: Arc<Mutex<Seen>>,
}

/// What has passed through a [`DigestRead`].
#[derive(Debug)]
pub struct Seen {
    /// Its digest so far.
    pub digest: OrderedDigest,
    /// Bytes.
    pub bytes: u64,
}

impl<R: Read> DigestRead<R> {
    /// Digests what `inner` reads; the digest so far can be taken from the second value at any time.
    pub fn new(inner: R, kind: DigestKind) -> (Self, Arc<Mutex<Seen>>) {
        let seen = Arc::new(Mutex::new(Seen {
            digest: OrderedDigest::new(kind),
            bytes: 0,
        }));
        (
            Self {
                inner,
                seen: Arc::clone(&seen),
            },
            seen,
        )
    }
}

impl<R: Read> Read for DigestRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut seen = self.seen.lock().expect("no thread panics while it digests");
        seen.digest.update(&buffer[..count]);
        seen.bytes += count as u64;
        Ok(count)
    }
}
