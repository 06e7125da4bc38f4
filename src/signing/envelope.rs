//! The DSSE envelope, version 1 (github.com/secure-systems-lab/dsse): a payload, its type, and signatures over both.
//! Read more strictly than DSSE asks, so that no bit of it can change unseen: every key is known and none is missing.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::key::{KEYID_DIGITS, PrivateKey, PublicKey};

/// The type of a payload that is an in-toto Statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload and its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What is signed.
    pub payload: Vec<u8>,
    /// What the payload is: a media type or a URI.
    pub payload_type: String,
    /// At least one.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature, and whose it says that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// The key's identifier, which the signature does not cover: it chooses the key, and proves nothing.
    pub keyid: String,
    /// The signature's bytes.
    pub bytes: Vec<u8>,
}

/// Why a text is no envelope. Nothing of the text is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not an envelope of this form.
    #[error("it is no envelope that this version can read: see line {line}, column {column}")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Payload or signature is no Base64.
    #[error("its payload or a signature is not in Base64")]
    Base64,
    /// A key identifier of another form than [`PublicKey::keyid`] gives.
    #[error("the identifier of a signature's key is none")]
    KeyId,
    /// There is no signature in it.
    #[error("it has no signature")]
    Unsigned,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<JsonSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonSignature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Signs a payload of this type.
    pub fn sign(payload: &[u8], payload_type: &str, key: &PrivateKey) -> Self {
        let signature = EnvelopeSignature {
            keyid: key.public().keyid(),
            bytes: key.sign(&signed_bytes(payload_type, payload)).to_vec(),
        };
        Self {
            payload: payload.to_vec(),
            payload_type: payload_type.to_owned(),
            signatures: vec![signature],
        }
    }

    /// Whether one of its signatures is this key's.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let (message, keyid) = (signed_bytes(&self.payload_type, &self.payload), key.keyid());
        self.signatures
            .iter()
            .filter(|signature| signature.keyid == keyid)
            .any(|signature| key.verifies(&message, &signature.bytes))
    }

    /// The envelope as it is written: JSON, indented by two spaces, with a final line feed.
    pub fn to_text(&self) -> String {
        let signatures = self.signatures.iter().map(|signature| JsonSignature {
            keyid: signature.keyid.clone(),
            sig: STANDARD.encode(&signature.bytes),
        });
        let json = Json {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: signatures.collect(),
        };
        let mut text = serde_json::to_string_pretty(&json).expect("an envelope is plain data");
        text.push('\n');
        text
    }

    /// Reads an envelope. Whose its signatures are is told by [`Envelope::is_signed_by`].
    ///
    /// # Errors
    /// If it is not of this form.
    pub fn from_text(text: &str) -> Result<Self, EnvelopeError> {
        let json: Json = serde_json::from_str(text).map_err(|error| EnvelopeError::Form {
            line: error.line(),
            column: error.column(),
        })?;
        if json.signatures.is_empty() {
            return Err(EnvelopeError::Unsigned);
        }
        let signatures = json.signatures.into_iter().map(|signature| {
            if !is_keyid(&signature.keyid) {
                return Err(EnvelopeError::KeyId);
            }
            Ok(EnvelopeSignature {
                keyid: signature.keyid,
                bytes: decode(&signature.sig)?,
            })
        });
        Ok(Self {
            payload: decode(&json.payload)?,
            payload_type: json.payload_type,
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }
}

/// What is signed: DSSE's pre-authentication encoding (PAE) of type and payload.
fn signed_bytes(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let start = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [start.as_bytes(), payload].concat()
}

/// Both alphabets are allowed, each with its padding and no second form.
fn decode(text: &str) -> Result<Vec<u8>, EnvelopeError> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .map_err(|_| EnvelopeError::Base64)
}

fn is_keyid(text: &str) -> bool {
    text.len() == KEYID_DIGITS
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
