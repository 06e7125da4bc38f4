//! Headers that are refused before a record is read, and those that are taken for the same.

use super::stage::{AGREEMENT, HEADER, Log, PERMITTED, POLICY, REFUSED, Stage, gzip};

#[test]
fn a_header_that_cannot_be_used_is_refused() {
    let utf16 = |big_endian: bool| -> Vec<u8> {
        format!("\u{feff}{HEADER}{PERMITTED}")
            .encode_utf16()
            .flat_map(|unit| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let cases: [(&str, Vec<u8>); 20] = [
        ("an empty input", b"".into()),
        ("a byte order mark alone", b"\xEF\xBB\xBF".into()),
        ("blank lines alone", b"\n\r\n\r\r\n".into()),
        (
            "a column is missing",
            b"id,captured,notice,ok\n1,2016-09-05,A,Y\n".into(),
        ),
        (
            "a column has nearly the name",
            b"ID,captured,notice,ok,Channels \n1,2016-09-05,A,Y,postal\n".into(),
        ),
        ("every column is missing: no header", PERMITTED.into()),
        (
            "a column is there twice",
            b"id,captured,notice,ok,channels,ok\n".into(),
        ),
        (
            "the withheld part of a run",
            b"id,captured,notice,ok,channels,withheld_reasons\n".into(),
        ),
        (
            "columns in no category",
            b"id,captured,notice,ok,channels,age,\n".into(),
        ),
        (
            "a quote in an unquoted name",
            b"id,capt\"ured,notice,ok,channels\n".into(),
        ),
        (
            "text after a closing quote",
            b"\"id\" ,captured,notice,ok,channels\n".into(),
        ),
        (
            "an unclosed quote",
            b"id,captured,notice,ok,\"channels\n1,2016-09-05,A,Y,postal\n".into(),
        ),
        ("UTF-16, little end first", utf16(false)),
        ("UTF-16, big end first", utf16(true)),
        (
            "UTF-16 without a mark",
            utf16(false).split_off("\u{feff}".encode_utf16().count() * 2),
        ),
        (
            "compressed twice",
            gzip(b"\x1F\x8B\x08\0\0\0\0\0,\x03\n1,2\n"),
        ),
        (
            "a workbook",
            b"PK\x03\x04\x14\0\x06\0,\x08\0\n\x01,2\n".into(),
        ),
        ("another delimiter", HEADER.replace(',', ";").into()),
        ("a tab", HEADER.replace(',', "\t").into()),
        (
            "two byte order marks",
            format!("\u{feff}\u{feff}{HEADER}").into(),
        ),
    ];
    let mut log = Log::default();
    for (title, content) in cases {
        let stage = Stage::new();
        stage.write("supply.csv", content);
        let output = stage.split(&["supply.csv"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{title}");
        log.add(title, &stage.told(&output));
        stage.assert_nothing_left(title);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn columns_in_no_category_matter_only_where_all_data_is_asked_for() {
    let stage = Stage::new();
    stage.write(
        "agreement.toml",
        AGREEMENT.replace("\"all\"", "[\"record\"]"),
    );
    stage.write(
        "supply.csv",
        "id,age,captured,notice,ok,age,channels,,\n1,33,2016-09-05,A,Y,33,postal,,\n",
    );
    let output = stage.split(&["-q", "supply.csv"]).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_eq!(
        stage.read("out/permitted.csv"),
        [HEADER, PERMITTED].concat().as_bytes()
    );
}

#[test]
fn a_second_input_has_the_first_ones_header() {
    let cases = [
        ("another name", "id,captured,notice,ok,channel\n"),
        ("another order", "captured,id,notice,ok,channels\n"),
        ("a quoted name", "\"id\",captured,notice,ok,channels\n"),
        ("a space", "id,captured,notice,ok,channels \n"),
        ("no header", PERMITTED),
        ("empty", ""),
    ];
    let mut log = Log::default();
    for (title, second) in cases {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, PERMITTED].concat());
        stage.write("b.csv", second);
        let output = stage.split(&["a.csv", "b.csv"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{title}");
        log.add(title, &stage.told(&output));
        stage.assert_nothing_left(title);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn byte_order_marks_terminators_and_blank_lines_make_no_other_header() {
    let bare = HEADER.trim_end();
    for (mark, terminator) in [
        ("\u{feff}", "\n"),
        ("", "\r\n"),
        ("\u{feff}", "\r"),
        ("\n\r\n", "\n"),
    ] {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, PERMITTED].concat());
        stage.write(
            "b.csv",
            format!("{mark}{bare}{terminator}{REFUSED}{PERMITTED}"),
        );
        let output = stage.split(&["-q", "a.csv", "b.csv"]).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n");
        assert_eq!(
            stage.read("out/permitted.csv"),
            [HEADER, PERMITTED, PERMITTED].concat().as_bytes()
        );
    }
    // A header is all of an input, and ends with it.
    let stage = Stage::new();
    stage.write("a.csv", bare);
    stage.write("b.csv", [HEADER, PERMITTED].concat());
    let output = stage.split(&["-q", "a.csv", "b.csv"]).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_eq!(
        stage.read("out/permitted.csv"),
        [HEADER, PERMITTED].concat().as_bytes()
    );
}

#[test]
fn names_imply_delimiters_and_may_not_differ() {
    let mut log = Log::default();
    let cases: [&[&str]; 5] = [
        &["a.csv", "b.tsv"],
        &["b.tsv.gz", "a.csv"],
        &["b.tsv", "c.psv"],
        &["-", "b.tsv"],
        &["-", "-"],
    ];
    for inputs in cases {
        let stage = Stage::new();
        let output = stage.split(inputs).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        log.add(&inputs.join(" "), &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());

    let stage = Stage::new();
    stage.write(
        "policy.toml",
        POLICY.replace("separator = \"|\"", "separator = \"/\""),
    );
    let with = |delimiter: &str| [HEADER, PERMITTED].concat().replace(',', delimiter);
    stage.write("b.tsv", with("\t"));
    stage.write("c.psv.zst", super::stage::zstd(with("|").as_bytes()));
    stage.write("d.csv", with("\u{1}"));
    for (arguments, delimiter) in [
        (&["b.tsv"][..], "\t"),
        (&["c.psv.zst"], "|"),
        (&["--delimiter", "\u{1}", "d.csv"], "\u{1}"),
        (&["--delimiter", "tab", "b.tsv"], "\t"),
        (&["--delimiter=\t", "b.tsv", "b.tsv"], "\t"),
    ] {
        let output = stage
            .split(arguments)
            .args(["-q", "--force"])
            .output()
            .unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "{arguments:?}");
        assert!(
            stage
                .read("out/permitted.csv")
                .starts_with(with(delimiter).as_bytes())
        );
    }
}
