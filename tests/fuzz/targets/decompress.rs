//! Owns compressed supplies, whole and damaged, as files and as streams: a run over what was packed gives what a run over
//! the plain bytes gives, and what another call of the decoders refuses ends the run as the bytes' fault.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;

use withhold::rules::Rules;

use super::runs::{self, Manner, NoRun, Ran};
use crate::oracle::{
    self,
    drawn_lists::{gzip, zstandard},
    small, split,
};

/// Content past this is not compared: the limit on memory is the fuzzer's own.
const CONTENT_BYTES_MAX: u64 = 4 << 20;

/// A fuzzer's bytes: how they are packed (five bytes), then the bytes themselves.
pub(crate) fn check(data: &[u8]) {
    let Some((&[packing, cut, damage_high, damage_low, flip], rest)) = data.split_first_chunk()
    else {
        return;
    };
    let stored = stored(packing, cut, rest);
    let damage = usize::from(u16::from_be_bytes([damage_high, damage_low]));
    let stored = damaged(stored, packing >> 4, damage, flip);
    let content = match content(&stored) {
        Content::TooLong => return,
        Content::Whole(bytes) => Some(bytes),
        Content::Broken => None,
    };

    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    runs::write(
        folder,
        &[
            ("policy.toml", small::POLICY.as_bytes()),
            ("agreement.toml", small::AGREEMENT.as_bytes()),
            ("stored", &stored),
        ],
    );
    let rules = runs::sound_rules(folder);
    let of_file = runs::run(folder, &rules, &[folder.join("stored")], Manner::PLAIN);
    let of_stream = run_streamed(folder, &rules, &stored);
    let Some(content) = content else {
        for ran in [of_file, of_stream] {
            ran.expect_err("what cannot be decompressed is refused")
                .assert_blames_the_bytes();
        }
        return;
    };
    runs::write(folder, &[("plain", &content)]);
    let of_plain = runs::run(folder, &rules, &[folder.join("plain")], Manner::PLAIN);
    for ran in [&of_file, &of_stream] {
        assert_same(ran, &of_plain);
    }
    if let Ok(ran) = of_file {
        let at = |name: &str| folder.join(name);
        let oracle = oracle::decide::Rules::load(&at("policy.toml"), &at("agreement.toml"));
        let input = &ran.outcome.inputs[0];
        assert_eq!(input.content_bytes, content.len() as u64);
        assert_eq!(input.stored_bytes, stored.len() as u64);
        let digest = input.digest.as_ref().expect("a digest was asked for");
        assert_eq!(digest.bytes, *blake3::hash(&stored).as_bytes());
        ran.assert_like(&split::split(&oracle, &[content], b',', true));
    }
}

/// The bytes as they lie on disk: as they are, or a supply in one or two members or frames.
fn stored(packing: u8, cut: u8, rest: &[u8]) -> Vec<u8> {
    let supply = [small::HEADER, b"\n", rest].concat();
    let (first, second) = supply.split_at(usize::from(cut).min(supply.len()));
    let parts: &[&[u8]] = if cut == 0 {
        &[&supply]
    } else {
        &[first, second]
    };
    match packing % 4 {
        0 => rest.to_vec(),
        1 => gzip(parts),
        2 => zstandard(parts),
        _ => supply,
    }
}

/// Bytes whole, cut short, with a bit turned over, or with some after their end.
fn damaged(mut bytes: Vec<u8>, kind: u8, at: usize, flip: u8) -> Vec<u8> {
    let length = bytes.len();
    match kind % 4 {
        1 => bytes.truncate(at % (length + 1)),
        2 if length > 0 => bytes[at % length] ^= flip,
        3 => bytes.extend(std::iter::repeat_n(flip, at % 40)),
        _ => {}
    }
    bytes
}

enum Content {
    Whole(Vec<u8>),
    Broken,
    TooLong,
}

/// What the decoders themselves make of the bytes.
fn content(stored: &[u8]) -> Content {
    let reader: Box<dyn Read + '_> = match stored {
        [0x1F, 0x8B, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
            Box::new(zstd::stream::read::Decoder::with_buffer(stored).expect("a decoder"))
        }
        _ => Box::new(stored),
    };
    let mut bytes = Vec::new();
    match reader.take(CONTENT_BYTES_MAX).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 == CONTENT_BYTES_MAX => Content::TooLong,
        Ok(_) => Content::Whole(bytes),
        Err(_) => Content::Broken,
    }
}

/// The same through a pipe, which is read once and in order.
fn run_streamed(folder: &Path, rules: &Arc<Rules>, stored: &[u8]) -> Result<Ran, NoRun> {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // What a pipe holds at least: more would wait for a reader, who is this thread.
    let held = &stored[..stored.len().min(60 << 10)];
    assert_eq!(held.len(), stored.len(), "inputs are short");
    writer.write_all(held).expect("written");
    drop(writer);
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    runs::run(folder, rules, &[path.into()], Manner::PLAIN)
}

/// Two runs over the same content came to the same.
fn assert_same(one: &Result<Ran, NoRun>, other: &Result<Ran, NoRun>) {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.permitted, other.permitted);
            assert_eq!(one.withheld, other.withheld);
            assert_eq!(one.outcome.counts, other.outcome.counts);
        }
        (Err(NoRun::Rules(one)), Err(NoRun::Rules(other))) => {
            assert_eq!(one.0.len(), other.0.len());
        }
        (Err(NoRun::Run(one)), Err(NoRun::Run(other))) => {
            assert_eq!(one.severity(), other.severity(), "{one}, {other}");
            assert_eq!(one.help(), other.help(), "{one}, {other}");
        }
        _ => panic!("one is refused, the other is not: {one:?}, {other:?}"),
    }
}
