//! Reading as much as there is room for, whatever comes at a time.

use std::io::{self, Read};

/// Reads until the room is full or the input ends; `filled` says how far it came, where it fails too.
pub(crate) fn fill(
    reader: &mut (impl Read + ?Sized),
    room: &mut [u8],
    filled: &mut usize,
) -> io::Result<()> {
    while *filled < room.len() {
        match reader.read(&mut room[*filled..]) {
            Ok(0) => break,
            Ok(count) => *filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
