//! Owns bytes that try a reader of records: quotes, terminators, delimiters and marks in places where they hurt.

use super::{dice::Dice, reader::BOM};

/// A piece of hostile text.
pub(crate) fn piece(dice: &mut Dice, delimiter: u8) -> Vec<u8> {
    let one = [delimiter];
    let closed_then_text = [b"\"a\"b".as_slice(), &one].concat();
    let opening = [one.as_slice(), b"\""].concat();
    let closing = [b"\"".as_slice(), &one].concat();
    let choices: [&[u8]; 22] = [
        b"\"",
        b"\"",
        b"\"\"",
        b"\"\"\"",
        &one,
        &one,
        &one,
        &opening,
        &closing,
        &closed_then_text,
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\r",
        b"\r\r\n",
        b"a",
        b"bc ",
        b"\t",
        BOM,
        b"\xff\x00\xc3",
        "\u{a0}\u{2028}é".as_bytes(),
    ];
    dice.pick(&choices).to_vec()
}

/// Up to `pieces_max` pieces of hostile text.
pub(crate) fn bytes(dice: &mut Dice, delimiter: u8, pieces_max: usize) -> Vec<u8> {
    let count = dice.below(pieces_max + 1);
    (0..count).flat_map(|_| piece(dice, delimiter)).collect()
}

/// A line's end, in one of the three forms.
pub(crate) fn terminator(dice: &mut Dice) -> &'static [u8] {
    dice.pick(&[b"\n".as_slice(), b"\r\n", b"\r"])
}

/// Some blank lines, of mixed ends.
pub(crate) fn blank_lines(dice: &mut Dice) -> Vec<u8> {
    let count = 1 + dice.below(3);
    (0..count).flat_map(|_| terminator(dice)).copied().collect()
}
