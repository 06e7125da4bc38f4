//! What a run does with its files before it starts over.

use super::*;

#[test]
fn a_run_that_starts_over_finds_its_files_empty() {
    let files = [(); 2].map(|()| tempfile::tempfile().unwrap());
    let [permitted, withheld] = files.each_ref().map(|file| file.try_clone().unwrap());
    let split = SplitFiles {
        permitted,
        withheld,
    };
    for mut file in &files {
        std::io::Write::write_all(&mut file, b"of the first attempt").unwrap();
    }
    split.empty(Compression::None).unwrap();
    for file in &files {
        assert_eq!(file.metadata().unwrap().len(), 0);
    }
}
