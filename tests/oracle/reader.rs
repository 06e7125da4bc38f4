//! Owns the record boundaries, one byte at a time. It never looks ahead but for the LF of a CRLF.

/// One field: its bytes as they came, and what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) raw: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// One record; `raw` holds all of it but the terminator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) offset: usize,
    pub(crate) raw: Vec<u8>,
    pub(crate) terminator: Vec<u8>,
    pub(crate) fields: Vec<Field>,
    /// A quoting defect. A wrong number of fields is for whoever knows the header.
    pub(crate) broken: bool,
}

/// One input, header record included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) bom: bool,
    pub(crate) records: Vec<Record>,
    pub(crate) blank_lines: u64,
}

pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

enum State {
    BetweenRecords,
    FieldStart,
    Plain,
    Quoted,
    /// After a quote inside a quoted field: a closing one, or the first half of `""`.
    QuoteSeen,
}

pub(crate) fn read(input: &[u8], delimiter: u8) -> Sheet {
    let mut sheet = Sheet {
        bom: input.starts_with(BOM),
        ..Sheet::default()
    };
    let mut at = if sheet.bom { BOM.len() } else { 0 };
    let mut state = State::BetweenRecords;
    let mut record = Record::default();
    let mut field = Field::default();

    while at < input.len() {
        let byte = input[at];
        let ends_line = byte == b'\n' || byte == b'\r';
        let quoted = matches!(state, State::Quoted);

        if ends_line && !quoted {
            let crlf = byte == b'\r' && input.get(at + 1) == Some(&b'\n');
            let terminator = if crlf {
                &input[at..at + 2]
            } else {
                &input[at..at + 1]
            };
            at += terminator.len();
            if matches!(state, State::BetweenRecords) {
                sheet.blank_lines += 1;
            } else {
                record.fields.push(std::mem::take(&mut field));
                record.terminator = terminator.to_vec();
                sheet.records.push(std::mem::take(&mut record));
            }
            state = State::BetweenRecords;
            continue;
        }

        if matches!(state, State::BetweenRecords) {
            record.offset = at;
            state = State::FieldStart;
        }
        record.raw.push(byte);
        at += 1;

        if byte == delimiter && !quoted {
            record.fields.push(std::mem::take(&mut field));
            state = State::FieldStart;
            continue;
        }

        field.raw.push(byte);
        state = match (state, byte) {
            (State::FieldStart, b'"') => State::Quoted,
            (State::Quoted, b'"') => State::QuoteSeen,
            (State::Quoted, _) => {
                field.value.push(byte);
                State::Quoted
            }
            (State::QuoteSeen, b'"') => {
                field.value.push(b'"');
                State::Quoted
            }
            (State::QuoteSeen, _) => {
                record.broken = true;
                field.value.push(byte);
                State::Plain
            }
            (_, b'"') => {
                record.broken = true;
                field.value.push(b'"');
                State::Plain
            }
            _ => {
                field.value.push(byte);
                State::Plain
            }
        };
    }

    if matches!(state, State::Quoted) {
        record.broken = true;
    }
    if !matches!(state, State::BetweenRecords) {
        record.fields.push(field);
        sheet.records.push(record);
    }
    sheet
}
