//! Keys and signatures against RFC 8032, RFC 8410, and what OpenSSL 3.0 and Python's `cryptography` 48 made of the same key.

use super::*;

/// The key of RFC 8032, 7.1, test 1, as OpenSSL writes it.
pub(crate) const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// Its public key, as OpenSSL writes it.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";

/// `openssl pkey -in KEY -pubout -outform DER | sha256sum`.
pub(crate) const KEYID: &str = "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9";

/// The key of RFC 8410, 10.3, with attributes and its public key, and that public key.
const WITH_PUBLIC: &str = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";
const ITS_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn rfc_8032_test_1() {
    let key = PrivateKey::from_pem(PRIVATE).unwrap();
    let signature = key.sign(b"");
    assert_eq!(
        hex(&signature),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
    let public = PublicKey::from_pem(PUBLIC).unwrap();
    assert!(public.verifies(b"", &signature));
    assert!(!public.verifies(b"0", &signature));
    for bit in 0..64 * 8 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!public.verifies(b"", &changed), "bit {bit}");
    }
    assert!(!public.verifies(b"", &signature[..63]));
}

#[test]
fn keys_are_written_as_other_tools_write_them() {
    let key = PrivateKey::from_pem(PRIVATE).unwrap();
    assert_eq!(*key.to_pem(), PRIVATE);
    assert_eq!(key.public().to_pem(), PUBLIC);
    assert_eq!(key.public().keyid(), KEYID);
    assert_eq!(key.public().keyid().len(), KEYID_DIGITS);
    let key = PrivateKey::from_pem(WITH_PUBLIC).unwrap();
    assert_eq!(key.public().to_pem(), ITS_PUBLIC);
}

#[test]
fn new_keys_differ_and_are_read_again() {
    let (one, other) = (
        PrivateKey::generate().unwrap(),
        PrivateKey::generate().unwrap(),
    );
    assert_ne!(one.public(), other.public());
    let again = PrivateKey::from_pem(&one.to_pem()).unwrap();
    let public = PublicKey::from_pem(&one.public().to_pem()).unwrap();
    assert!(public.verifies(b"message", &again.sign(b"message")));
    assert!(!public.verifies(b"message", &other.sign(b"message")));
    assert_eq!(format!("{one:?}"), "PrivateKey");
}

#[test]
fn what_is_no_key_is_refused() {
    let x25519 = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIDj3pG4Tm+XIzzDWnanl/J4K2hMtWvAYbWyU/V74i9J+
-----END PRIVATE KEY-----
";
    let another_public = WITH_PUBLIC.replace("gSEAGb9ECWmE", "gSEAGb9ECWmF");
    let encrypted = PRIVATE.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for text in [
        "",
        PUBLIC,
        x25519,
        &another_public,
        &encrypted,
        &PRIVATE[..60],
    ] {
        assert_eq!(
            PrivateKey::from_pem(text).unwrap_err(),
            KeyError::NotPrivate
        );
    }
    for text in ["", PRIVATE, &PUBLIC[..60]] {
        assert_eq!(PublicKey::from_pem(text).unwrap_err(), KeyError::NotPublic);
    }
    // The neutral element: of any message, a signature can be made without a private key.
    let weak = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
-----END PUBLIC KEY-----
";
    assert_eq!(PublicKey::from_pem(weak).unwrap_err(), KeyError::Weak);
}
