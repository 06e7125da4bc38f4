//! Records and fields lie where the `csv` crate and the naive reader find them, on either side of every
//! step's and every block's edge.

#[allow(
    dead_code,
    reason = "the corpora of the fuzz target are another test's"
)]
#[path = "fuzz/targets/boundaries.rs"]
mod reading;

use proptest::prelude::*;
use proptest::sample::select;
use reading::{assert_as_csv_crate, assert_cut, assert_scanned_as_naively};
use withhold::records::Delimiter;

/// Bytes that a step's masks hold.
const STEP: usize = 64;

/// What can stand at an edge, each with what makes it so.
const CONSTRUCTS: [&[u8]; 18] = [
    b"a\"b,c\n",
    b"a\"\",\"b\n",
    b"\"a\"b,c\n",
    b"\"a\" \"b\",c\n",
    b"\"a\"\"b\",c\n",
    b"\"\"\"\",\"\"\n",
    b"\"\"\"a\n\"\"\",b\r\n",
    b"a,b\r\n",
    b"a,b\rc\r",
    b"a,b\n\n\nc\n",
    b"a\r\n\r\nb\r\r\n",
    b"\n\r\n\r\r\na,b\n",
    b"\xEF\xBB\xBFa,\xEF\xBB\xBF\"b\"\n",
    b"\"a\nb\",\"\r\n,\r\",c\n",
    b"\"a,b\",,\"\",\n",
    b",,\n,\"\",\n",
    b"\"open,\nand never closed",
    b"a,\"\r\"\r\"\n\"\r\n",
];

/// Short enough for Miri, which runs each kind of CPU's instructions here.
#[test]
fn all_constructs_in_one_text() {
    let bytes = [CONSTRUCTS.concat(), CONSTRUCTS.concat()].concat();
    assert_as_csv_crate(&bytes, Delimiter::COMMA);
    for shift in [0, 1, 33] {
        assert_scanned_as_naively(&bytes, shift, Delimiter::COMMA);
    }
    for at in [0, STEP - 1, STEP, 2 * STEP + 1, bytes.len()] {
        assert_cut(&bytes, at, Delimiter::COMMA);
    }
}

#[test]
fn every_construct_on_either_side_of_a_steps_edge() {
    for construct in CONSTRUCTS {
        for lead in [&b"x,y\n"[..], b"x,\"y\"\r\n", b"\"x\ny\",z\r"] {
            for edge in [STEP, 2 * STEP] {
                for before in 0..=construct.len() + 1 {
                    // Filled up with text so that the construct starts `before` bytes before the edge.
                    let Some(fill) = (edge + 1).checked_sub(lead.len() + before + 2) else {
                        continue;
                    };
                    let mut bytes = lead.to_vec();
                    bytes.extend(std::iter::repeat_n(b'f', fill));
                    bytes.push(b'\n');
                    bytes.extend_from_slice(construct);
                    bytes.extend_from_slice(b"1,\"2\"\n3");
                    assert_as_csv_crate(&bytes, Delimiter::COMMA);
                    for shift in [0, 1, 63] {
                        assert_scanned_as_naively(&bytes, shift, Delimiter::COMMA);
                    }
                }
            }
        }
    }
}

#[test]
fn every_construct_in_a_long_quoted_field_and_after_one() {
    for construct in CONSTRUCTS {
        for length in (0..=3 * STEP)
            .step_by(13)
            .chain([63, 64, 65, 16_383, 16_384])
        {
            let text = "q".repeat(length);
            for lead in [
                format!("\"{text}\","),
                format!("\"{text}"),
                format!("{text},"),
            ] {
                let bytes = [lead.as_bytes(), construct, b"\"x\"\n", construct].concat();
                assert_as_csv_crate(&bytes, Delimiter::COMMA);
                assert_scanned_as_naively(&bytes, 7, Delimiter::COMMA);
            }
        }
    }
}

#[test]
fn every_construct_on_either_side_of_a_blocks_edge() {
    for construct in CONSTRUCTS {
        for next in CONSTRUCTS {
            let bytes = [b"x,y\n", construct, next, b"z,\"\"\n"].concat();
            for at in 0..=bytes.len() {
                assert_cut(&bytes, at, Delimiter::COMMA);
            }
        }
    }
}

/// Quotes are looked for in four steps at once; before these there are some without.
#[test]
fn every_construct_on_either_side_of_an_edge_between_groups() {
    const EDGE: usize = 3 * 4 * STEP;
    for construct in CONSTRUCTS {
        for next in CONSTRUCTS {
            for before in 0..=construct.len() {
                let fill = vec![b'f'; EDGE - before];
                let bytes = [&fill, construct, next, b"z,\"\"\n"].concat();
                for at in [EDGE, bytes.len()] {
                    assert_cut(&bytes, at, Delimiter::COMMA);
                }
            }
        }
    }
}

/// Bytes of which few are plain text.
fn hostile(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(b"\"".to_vec()),
        2 => Just(b"\"\"".to_vec()),
        3 => Just(b",".to_vec()),
        2 => Just(b"\n".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b";".to_vec()),
        2 => Just(b"a".to_vec()),
        1 => (1_usize..70).prop_map(|count| vec![b'x'; count]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..length).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_as_the_csv_crate_does(bytes in hostile(200), delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'a')]) {
        let delimiter = Delimiter::new(delimiter).unwrap_or(Delimiter::COMMA);
        assert_as_csv_crate(&bytes, delimiter);
    }

    #[test]
    fn any_bytes_are_scanned_as_they_are_read_naively(bytes in hostile(400), shift in 0_usize..130) {
        assert_scanned_as_naively(&bytes, shift, Delimiter::COMMA);
    }

    #[test]
    fn any_bytes_may_be_cut_anywhere(bytes in hostile(120), at in 0_usize..1000) {
        assert_cut(&bytes, at % (bytes.len() + 1), Delimiter::COMMA);
    }
}

/// Bytes at a block's end in which its last record is looked for first, in the state in which they begin.
const TAIL: usize = 16 << 10;

/// What changes the meaning of what follows.
const SPECIALS: [&[u8]; 6] = [b"\"", b",\"", b"\",\n", b"x\"y", b"\"\"", b"\r\n"];

/// What a block's last bytes may begin with.
const FILLS: [&[u8]; 3] = [b"z", b"zzzzzzz,\n", b"zz,z\r\n"];

/// Last records that have no end.
const LAST: [&[u8]; 4] = [b"\"x\ny", b"x\"y", b"\"x\",\ny\"", b"xy"];

/// Some bytes of lines, and then what changes what the next ones mean.
fn lines_and_quotes() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![0_usize..80, 0_usize..900];
    (bytes, 1_usize..120, select(&SPECIALS[..])).prop_map(|(bytes, width, special)| {
        let line = [&vec![b'x'; width], &b",y\n"[..]].concat();
        let lines = line.into_iter().cycle().take(bytes);
        lines.chain(special.iter().copied()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_blocks_last_record_ends_before_its_last_bytes_or_within(
        head in proptest::collection::vec(lines_and_quotes(), 0..12),
        fill in select(&FILLS[..]),
        tail in proptest::collection::vec(lines_and_quotes(), 1..4),
        short in 0_usize..700,
        last in select(&LAST[..]),
    ) {
        let tail = [&tail.concat(), last].concat();
        let filled = (TAIL + 350).saturating_sub(tail.len() + short);
        let fill = fill.iter().copied().cycle().take(filled).collect();
        let block = [head.concat(), fill, tail].concat();
        assert_cut(&block, block.len(), Delimiter::COMMA);
    }
}
