//! Ed25519 keys and their PEM text. A private key is wiped from memory when it is dropped, and never shown.

use std::fmt;
use std::io;

use ed25519::KeypairBytes;
use ed25519::pkcs8::spki::der::pem::LineEnding;
use ed25519::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::digest::Digest;

/// Hexadecimal digits of a key's identifier.
pub(super) const KEYID_DIGITS: usize = 64;

/// Why a text is no key. Nothing of the text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key of this kind.
    #[error("it is no Ed25519 private key in PKCS#8 PEM, unencrypted")]
    NotPrivate,
    /// Not a public key of this kind.
    #[error("it is no Ed25519 public key in PEM (SubjectPublicKeyInfo)")]
    NotPublic,
    /// One for which signatures prove nothing.
    #[error("it is a public key of low order, for which signatures prove nothing")]
    Weak,
}

/// A private key.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new one, from the system's source of randomness.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn generate() -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(io::Error::other)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads PKCS#8 PEM (RFC 8410), with the public key in it or without.
    ///
    /// # Errors
    /// If it is anything else, or its public key is another's.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(text)
            .map(Self)
            .map_err(|_| KeyError::NotPrivate)
    }

    /// The key as PKCS#8 PEM, without its public key: of the two forms the one that every tool reads.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let key = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        key.to_pkcs8_pem(LineEnding::LF)
            .expect("a key of fixed length is always encoded")
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey")
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in PEM (RFC 8410).
    ///
    /// # Errors
    /// If it is anything else, or of low order.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(text).map_err(|_| KeyError::NotPublic)?;
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// The key as SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .expect("a key of fixed length is always encoded")
    }

    /// Its identifier: SHA-256 of the SubjectPublicKeyInfo in DER, in lower-case hexadecimal.
    pub fn keyid(&self) -> String {
        let der = self
            .0
            .to_public_key_der()
            .expect("a key of fixed length is always encoded");
        Digest::sha256(Sha256::digest(der.as_bytes()).into()).hex()
    }

    /// Whether it is this key's signature of the message; by the strict rules, which leave no second form of a signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

#[cfg(test)]
pub(super) mod tests;
