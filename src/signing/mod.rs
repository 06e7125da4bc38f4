//! Signatures: Ed25519 keys as files hold them, and the DSSE envelope in which a text is signed.
//! Reads and writes no file; knows nothing of what is signed.

mod envelope;
mod key;

pub use envelope::{Envelope, EnvelopeError, EnvelopeSignature, PAYLOAD_TYPE};
pub use key::{KeyError, PrivateKey, PublicKey};
