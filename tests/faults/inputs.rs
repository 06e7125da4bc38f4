//! Inputs of every kind and shape: what can be read is split right, what cannot is told, and nothing panics.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use crate::stage::{AGREEMENT, HEADER, PERMITTED, POLICY, REFUSED, Stage, many_records};

#[test]
fn what_is_no_file_is_told() {
    for (input, code, said) in [
        ("folder", 2, "folder is a directory"),
        ("socket", 2, "cannot open socket"),
        ("ring", 2, "cannot open ring"),
        ("dangling", 2, "cannot open dangling"),
        ("/dev/null", 2, "holds no record"),
        ("/dev/zero", 3, "/dev/zero"),
    ] {
        let stage = Stage::new();
        fs::create_dir(stage.path("folder")).unwrap();
        let _socket = UnixListener::bind(stage.path("socket")).unwrap();
        symlink("ring", stage.path("ring")).unwrap();
        symlink("nowhere", stage.path("dangling")).unwrap();
        stage.write("a.csv", HEADER);
        for inputs in [vec![input], vec!["a.csv", input]] {
            let output = stage.split(&inputs).output().unwrap();
            let told = stage.told(&output);
            assert_eq!(output.status.code(), Some(code), "{inputs:?}: {told}");
            assert!(told.contains(said), "{inputs:?}: {told}");
            stage.assert_nothing_left(input);
        }
    }
}

#[test]
fn links_are_followed_and_kept() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED, REFUSED].concat());
    symlink("a.csv", stage.path("link.csv")).unwrap();
    let output = stage.split(&["-q", "link.csv"]).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_eq!(
        stage.read("out/permitted.csv"),
        [HEADER, PERMITTED].concat().as_bytes()
    );
    assert!(
        fs::symlink_metadata(stage.path("link.csv"))
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn the_supply_itself_may_be_a_suppression_list() {
    let stage = Stage::new();
    let list = "\n[[suppression]]\nname = \"all\"\nfile = \"a.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\n\
                as_of = 2017-04-20\nmax_age = \"28 days\"\n";
    stage.write("policy.toml", [POLICY, list].concat());
    stage.write("a.csv", [HEADER, PERMITTED, REFUSED].concat());
    let output = stage.split(&["-q", "a.csv"]).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_eq!(stage.read("out/permitted.csv"), HEADER.as_bytes());
    let withheld = String::from_utf8(stage.read("out/withheld.csv")).unwrap();
    assert_eq!(withheld.matches("suppressed:all").count(), 2);
    assert_eq!(
        stage.read("a.csv"),
        [HEADER, PERMITTED, REFUSED].concat().as_bytes()
    );
}

#[test]
fn ten_thousand_inputs_are_one_supply() {
    let stage = Stage::new();
    fs::create_dir(stage.path("parts")).unwrap();
    for number in 0..10_000 {
        stage.write(&format!("parts/{number:05}"), [HEADER, PERMITTED].concat());
    }
    let output = stage.shell("ulimit -n 64 && cd parts && $W split -q -p ../policy.toml -a ../agreement.toml -o ../out --no-sync *");
    let output = { output }.output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    let right = [HEADER, &PERMITTED.repeat(10_000)].concat();
    assert!(stage.read("out/permitted.csv") == right.as_bytes());
}

/// Whether a record after them is still decided right, whatever stands before.
fn assert_next_record_permitted(stage: &Stage, hostile: &[u8], more: &[&str], what: &str) {
    let content = [HEADER.as_bytes(), hostile, b"\n", PERMITTED.as_bytes()].concat();
    stage.write("a.csv", content);
    let output = stage.split(&["-q", "a.csv"]).args(more).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n", "{what}");
    assert!(
        stage.read("out/permitted.csv") == [HEADER, PERMITTED].concat().as_bytes(),
        "{what}: the record after it is permitted, and it is not"
    );
    let withheld = stage.read("out/withheld.csv");
    let at = withheld.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    assert!(
        withheld[at..].starts_with(hostile),
        "{what}: it is withheld byte for byte"
    );
    fs::remove_dir_all(stage.path("out")).unwrap();
}

#[test]
fn hostile_records_are_withheld_byte_for_byte() {
    let stage = Stage::new();
    let wide = b"1,".repeat(1_000_000);
    let long = [b"9,2016-09-05,A,Y,".to_vec(), vec![b'x'; 1_000_000]].concat();
    let quotes = [
        b"9,2016-09-05,A,N,\"".to_vec(),
        b"\"\"".repeat(400_000),
        b"\"".to_vec(),
    ]
    .concat();
    let nested = ["9,2016-09-05,A,N,\"", &"[".repeat(900_000), "\""].concat();
    let records: [(&str, &[u8]); 9] = [
        ("a million fields", &wide[..]),
        ("a field of a megabyte", &long),
        ("quotes", &quotes),
        ("brackets", nested.as_bytes()),
        ("NUL", b"\0,\0,\0,\0,\0"),
        ("nothing but NUL", &[0; 5_000]),
        (
            "no UTF-8",
            b"\xff\xfe,\xc0\x80,\xed\xa0\x80,\xf4\x90\x80\x80,\x80",
        ),
        ("a formula", b"=HYPERLINK(\"\"x\"\"),@SUM(1),+1,-1,\t=1"),
        (
            "escapes",
            b"\x1b[2J\x07,\x1b]0;x\x07,\xe2\x80\xae,\x08\x08,\x7f",
        ),
    ];
    for (what, record) in records {
        let more: &[&str] = if record.len() > 1 << 20 {
            &["--max-record-bytes", "4000000"]
        } else {
            &[]
        };
        assert_next_record_permitted(&stage, record, more, what);
    }
}

#[test]
fn headers_of_any_width_are_read() {
    for columns in [1_000, 4_000] {
        let stage = Stage::new();
        let names: String = (0..columns).map(|number| format!(",c{number}")).collect();
        let blank = ",".repeat(columns);
        let header = format!("{}{names}\n", HEADER.trim_end());
        let record = |line: &str| format!("{}{blank}\n", line.trim_end());
        let categories: String = (0..columns)
            .map(|number| format!("\"c{number}\","))
            .collect();
        stage.write(
            "policy.toml",
            POLICY.replace("record = [", &format!("record = [{categories}")),
        );
        stage.write(
            "a.csv",
            [&header, &record(PERMITTED), &record(REFUSED)]
                .map(String::as_str)
                .concat(),
        );
        let output = stage.split(&["-q", "a.csv"]).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "{columns} columns");
        assert!(stage.read("out/permitted.csv") == [header, record(PERMITTED)].concat().as_bytes());
    }
}

#[test]
fn utf16_is_told() {
    for (name, bytes) in [
        (
            "little",
            [0xFF, 0xFE]
                .into_iter()
                .chain(HEADER.encode_utf16().flat_map(u16::to_le_bytes))
                .collect::<Vec<u8>>(),
        ),
        (
            "big",
            [0xFE, 0xFF]
                .into_iter()
                .chain(HEADER.encode_utf16().flat_map(u16::to_be_bytes))
                .collect(),
        ),
    ] {
        let stage = Stage::new();
        stage.write("a.csv", bytes);
        let output = stage.split(&["a.csv"]).output().unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {told}");
        assert!(told.contains("UTF-16"), "{name}: {told}");
        stage.assert_nothing_left(name);
    }
}

#[test]
fn rules_files_of_any_kind_and_size_are_told() {
    let supply = many_records(3);
    let deep = format!(
        "schema = 1\nx = {}{}\n",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let dotted = format!("schema = 1\n{} = 1\n", vec!["a"; 100_000].join("."));
    let tables = "[[notice]]\n".repeat(50_000);
    let long = format!("{POLICY}# {}\n", "x".repeat(16 << 20));
    let texts: [(&str, &[u8]); 8] = [
        ("deep", deep.as_bytes()),
        ("dotted", dotted.as_bytes()),
        ("many tables", tables.as_bytes()),
        ("long", long.as_bytes()),
        ("a supply", supply.as_bytes()),
        ("NUL", &[0; 100_000]),
        ("no UTF-8", b"schema = 1\n\xff"),
        ("nothing", b""),
    ];
    for (what, text) in texts {
        for file in ["policy.toml", "agreement.toml"] {
            let stage = Stage::new();
            stage.write("a.csv", &supply);
            stage.write(file, text);
            let output = stage.split(&["a.csv"]).output().unwrap();
            let told = stage.told(&output);
            assert_eq!(
                output.status.code(),
                Some(2),
                "{what} as {file}: {}",
                &told[..told.len().min(2_000)]
            );
            assert!(told.contains("help: "), "{what} as {file}");
            stage.assert_nothing_left(what);
        }
    }
    let stage = Stage::new();
    stage.write("a.csv", supply);
    for (path, code) in [("/dev/zero", 2), ("/dev/null", 2), (".", 2), ("no-such", 2)] {
        for arguments in [
            ["-p", path, "-a", "agreement.toml"],
            ["-p", "policy.toml", "-a", path],
        ] {
            let output = stage
                .command(&["check"])
                .args(arguments)
                .arg("a.csv")
                .output()
                .unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{arguments:?}: {}",
                stage.told(&output)
            );
        }
    }
}

/// What a policy may name: whatever its reader may read, by any path. Nothing of it is shown.
#[test]
fn lists_are_found_by_any_path_and_never_quoted() {
    let list = |file: &str| {
        format!(
            "{POLICY}\n[[suppression]]\nname = \"house\"\nfile = {file:?}\nmatch = [\"id:exact\"]\nlist = [\"id\"]\n\
             as_of = 2017-04-20\nmax_age = \"28 days\"\n"
        )
    };
    let stage = Stage::new();
    fs::create_dir_all(stage.path("rules/deep")).unwrap();
    stage.write("house.csv", "id\n1\n");
    symlink("../../house.csv", stage.path("rules/deep/link.csv")).unwrap();
    stage.write("rules/agreement.toml", AGREEMENT);
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    let absolute = stage.path("house.csv").to_string_lossy().into_owned();
    let check = |file: &str| {
        stage.write("rules/policy.toml", list(file));
        let arguments = [
            "check",
            "-p",
            "rules/policy.toml",
            "-a",
            "rules/agreement.toml",
            "a.csv",
        ];
        let output = stage.command(&arguments).output().unwrap();
        (output.status.code(), stage.told(&output))
    };
    for file in [
        "../house.csv",
        "deep/../../house.csv",
        "deep/link.csv",
        &absolute,
    ] {
        let (code, told) = check(file);
        assert_eq!(code, Some(0), "{file}: {told}");
        assert!(told.contains("suppressed:house"), "{file}: {told}");
    }
    // The secret of another file that is named by mistake, or on purpose.
    stage.write("secret", "root:x:0:0:secret\n");
    for (file, expected) in [
        ("../secret", Some(2)),
        ("/dev/zero", Some(2)),
        ("/dev/null", Some(2)),
        ("deep", Some(2)),
        ("../house.csv/", Some(2)),
        ("no-such", Some(2)),
    ] {
        let (code, told) = check(file);
        assert_eq!(code, expected, "{file}: {told}");
        assert!(!told.contains("root:x"), "{file}: {told}");
    }
}

/// Letters that look like others are others: nobody becomes disclosed by a look-alike.
#[test]
fn look_alikes_are_others() {
    let named = POLICY.replace(
        "recipients = [\"retail\"]",
        "recipients = []\nnamed_recipients = [\"Toy Shop\"]",
    );
    for (client, disclosed) in [
        ("Toy Shop", true),
        ("\u{ff34}oy  SHOP", true),
        ("T\u{043e}y Shop", false),
        ("Toy\u{200b} Shop", false),
        ("Toy \u{202e}Shop", false),
        ("Toy Sh\u{00f8}p", false),
    ] {
        let stage = Stage::new();
        stage.write("policy.toml", &named);
        stage.write("agreement.toml", AGREEMENT.replace("Toy Shop", client));
        stage.write("a.csv", [HEADER, PERMITTED].concat());
        let output = stage.split(&["-q", "a.csv"]).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "{client:?}");
        let permitted = stage.read("out/permitted.csv").len() > HEADER.len();
        assert_eq!(permitted, disclosed, "{client:?}");
    }
    // Terms are plain letters, so that none can look like another.
    for term in [
        "ret\u{0430}il/toys",
        "retail\u{200b}/toys",
        "retail\u{2044}toys",
        "Retail/toys",
    ] {
        let stage = Stage::new();
        stage.write("agreement.toml", AGREEMENT.replace("retail/toys", term));
        stage.write("a.csv", [HEADER, PERMITTED].concat());
        let output = stage.split(&["a.csv"]).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{term:?}: {}",
            stage.told(&output)
        );
    }
}
