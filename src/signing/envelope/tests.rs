//! Envelopes against DSSE's own example, and every wrong bit of one.

use super::super::key::tests::{KEYID, PRIVATE};
use super::*;

fn key() -> PrivateKey {
    PrivateKey::from_pem(PRIVATE).unwrap()
}

#[test]
fn what_is_signed_is_the_example_of_the_specification() {
    assert_eq!(
        signed_bytes("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

#[test]
fn an_envelope_is_what_other_tools_make() {
    let envelope = Envelope::sign(b"hello world", "http://example.com/HelloWorld", &key());
    // The signature that OpenSSL 3.0 and Python's `cryptography` 48 make of the bytes above with this key.
    let text = format!(
        r#"{{
  "payload": "aGVsbG8gd29ybGQ=",
  "payloadType": "http://example.com/HelloWorld",
  "signatures": [
    {{
      "keyid": "{KEYID}",
      "sig": "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw=="
    }}
  ]
}}
"#
    );
    assert_eq!(envelope.to_text(), text);
    assert_eq!(Envelope::from_text(&text), Ok(envelope));
    // The other alphabet, in one line.
    let other: String = text.replace("pB/SP", "pB_SP").replace(['\n', ' '], "");
    assert!(
        Envelope::from_text(&other)
            .unwrap()
            .is_signed_by(&key().public())
    );
}

#[test]
fn every_wrong_bit_is_found() {
    let envelope = Envelope::sign("a text – 1".as_bytes(), PAYLOAD_TYPE, &key());
    let is_right = |bytes: &[u8]| {
        std::str::from_utf8(bytes).is_ok_and(|text| {
            Envelope::from_text(text).is_ok_and(|read| read.is_signed_by(&key().public()))
        })
    };
    let whole = envelope.to_text().into_bytes();
    assert!(is_right(&whole));
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!is_right(&changed), "bit {bit}");
    }
    // But for its final line feed, which says nothing.
    for length in 0..whole.len() - 1 {
        assert!(!is_right(&whole[..length]), "cut at {length}");
    }
}

#[test]
fn of_several_signatures_each_key_finds_its_own() {
    let other = PrivateKey::generate().unwrap();
    let mut envelope = Envelope::sign(b"text", PAYLOAD_TYPE, &key());
    assert!(!envelope.is_signed_by(&other.public()));
    let theirs = Envelope::sign(b"text", PAYLOAD_TYPE, &other).signatures;
    envelope.signatures.extend(theirs);
    assert!(envelope.is_signed_by(&key().public()) && envelope.is_signed_by(&other.public()));
    // A signature under another's name is nobody's.
    envelope.signatures.remove(0);
    envelope.signatures[0].keyid = KEYID.to_owned();
    assert!(!envelope.is_signed_by(&key().public()) && !envelope.is_signed_by(&other.public()));
}

#[test]
fn what_is_no_envelope_is_refused() {
    let text = Envelope::sign(b"text", PAYLOAD_TYPE, &key()).to_text();
    let error = |from: &str, to: &str| {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        Envelope::from_text(&changed).unwrap_err()
    };
    assert_eq!(error("dGV4dA==", "dGV4dA"), EnvelopeError::Base64);
    assert_eq!(error("dGV4dA==", "dGV4dB=="), EnvelopeError::Base64);
    assert_eq!(error(KEYID, &KEYID.to_uppercase()), EnvelopeError::KeyId);
    assert_eq!(error(KEYID, ""), EnvelopeError::KeyId);
    let form = |line, column| EnvelopeError::Form { line, column };
    assert_eq!(error("\"sig\"", "\"more\": 1, \"sig\""), form(7, 12));
    assert_eq!(error("payloadType", "payload"), form(3, 11));
    let unsigned = "{\"payload\": \"\", \"payloadType\": \"\", \"signatures\": []}";
    assert_eq!(
        Envelope::from_text(unsigned).unwrap_err(),
        EnvelopeError::Unsigned
    );
}
