//! What comes to a run from elsewhere than files: through standard input, and through FIFOs. Owns who writes it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// What a pipe holds without anybody reading it (pipe(7)).
const PIPE_BYTES: usize = 64 << 10;

/// Bytes for a run; all of them are there when it begins to read.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) standard_input: Option<Vec<u8>>,
    pub(crate) fifo: Option<(PathBuf, Vec<u8>)>,
}

impl Feed {
    /// Runs a command to its end.
    pub(crate) fn output(&self, mut command: Command) -> Output {
        if let Some(bytes) = &self.standard_input {
            let (reader, mut writer) = io::pipe().unwrap();
            assert!(bytes.len() <= PIPE_BYTES, "a pipe takes it at once");
            writer.write_all(bytes).unwrap();
            command.stdin(reader);
        }
        let Some((path, bytes)) = &self.fifo else {
            return command.output().unwrap();
        };
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                if let Some(mut fifo) = open_fifo(path, &ended) {
                    assert!(bytes.len() <= PIPE_BYTES, "a FIFO takes it at once");
                    match fifo.write_all(bytes) {
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                        written => written.unwrap(),
                    }
                }
            });
            let output = command.output();
            ended.store(true, Ordering::Release);
            output.unwrap()
        })
    }
}

/// Opens a FIFO once somebody reads it; `None` if nobody ever does.
fn open_fifo(path: &Path, ended: &AtomicBool) -> Option<File> {
    loop {
        let opened = OpenOptions::new()
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(path);
        match opened {
            Ok(file) => return Some(file),
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {}
            Err(error) => panic!("{}: {error}", path.display()),
        }
        if ended.load(Ordering::Acquire) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
