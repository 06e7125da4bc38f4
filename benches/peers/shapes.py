"""Supplies that are hard to split fast. Each is about as large as the normal one, and repeats some thousands of records."""
import csv
import io
import json
import random
import subprocess

BASE_RECORDS = 50_000

SIMPLE_POLICY = """schema = 1
controller = "Club"
[columns]
id = {id}
captured_at = {captured_at}
[consent]
third_parties = {{ column = {answer}, given = {given}, refused = {refused} }}
[consent.channels.flags]
postal = {{ column = {answer}, given = {given}, refused = {refused} }}
[data]
record = {columns}
[[notice]]
version = "1"
from = 2010-01-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["postal"]
data = ["record"]
valid_for = "24 months"
"""

SIMPLE_AGREEMENT = """schema = 1
id = "SHAPE"
supplier = "Club"
purpose = "marketing"
channels = ["postal"]
delivery = 2017-05-05
data = "all"
[[client]]
name = "Shop"
sector = "retail"
"""


class Base:
    """Records of the normal supply, and which of them are permitted."""

    def __init__(self, policy, agreement, header, permitted, withheld, mixed):
        self.policy, self.agreement, self.header = policy, agreement, header
        self.permitted, self.withheld, self.mixed = permitted, withheld, mixed

    @classmethod
    def of(cls, withhold, policy, agreement, scratch):
        supply, out = scratch / "base.csv", scratch / "base"
        subprocess.run([withhold, "generate", "--records", str(BASE_RECORDS), "--out", supply], check=True)
        subprocess.run(
            [withhold, "split", "-p", policy, "-a", agreement, "--reasons", "none", "--quiet", "--no-sync", "-o", out, supply],
            check=True,
        )
        header, mixed = records_of(supply)
        return cls(policy, agreement, header, records_of(out / "permitted.csv")[1], records_of(out / "withheld.csv")[1], mixed)


class Shape:
    """A shape: how it is made, and whether it is one of those that no release may be slow on."""

    def __init__(self, key, name, make, asked_for):
        self.key, self.name, self.make, self.asked_for = key, name, make, asked_for


ALL = []


def shape(key, name, asked_for=True):
    """Declares a shape by the function that makes it: from the base, a folder and a size to supply, policy and agreement."""

    def declare(make):
        ALL.append(Shape(key, name, make, asked_for))
        return make

    return declare


def records_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        records = list(csv.reader(file))
    return records[0], records[1:]


def lines(records, quoting=csv.QUOTE_MINIMAL, terminator="\n"):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=terminator).writerows(records)
    return text.getvalue().encode()


def repeat(path, header, body, size):
    """A file of a header, and the body over and over, up to a size."""
    with open(path, "wb") as file:
        file.write(header)
        for _ in range(max(1, round((size - len(header)) / len(body)))):
            file.write(body)


def of_base(base, folder, size, body, header=None):
    supply = folder / "supply.csv"
    repeat(supply, header or lines([base.header]), body, size)
    return supply, base.policy, base.agreement


def simple(folder, size, columns, roles, body, given=("Y",), refused=("N",)):
    """A supply with rules of its own: which column is the id, the day of capture, and the answer."""
    supply, policy, agreement = folder / "supply.csv", folder / "policy.toml", folder / "agreement.toml"
    repeat(supply, (",".join(columns) + "\n").encode(), body, size)
    words = {name: json.dumps(column) for name, column in zip(["id", "captured_at", "answer"], roles)}
    text = SIMPLE_POLICY.format(**words, columns=json.dumps(columns), given=json.dumps(given), refused=json.dumps(refused))
    policy.write_text(text)
    agreement.write_text(SIMPLE_AGREEMENT)
    return supply, policy, agreement


def dice():
    return random.Random(2017)


def without_quotes(records):
    table = str.maketrans({",": " ", '"': " ", "\n": " "})
    return [[field.translate(table) for field in record] for record in records]


def answer(chance):
    """Yes in as many records as are permitted of the normal supply."""
    return "Y" if chance.random() < 0.62 else "N"


@shape("all-quoted", "all fields quoted")
def all_quoted(base, folder, size):
    return of_base(base, folder, size, lines(base.mixed, csv.QUOTE_ALL))


@shape("none-quoted", "none quoted")
def none_quoted(base, folder, size):
    return of_base(base, folder, size, lines(without_quotes(base.mixed)))


@shape("illegal-in-block", "an illegal quote in every block")
def illegal_in_block(base, folder, size):
    records = [list(record) for record in base.mixed]
    # Some 30 KB apart: no block is as small as that.
    for record in records[::200]:
        record[4] = "illegal"
    return of_base(base, folder, size, lines(records).replace(b",illegal,", b',12" Row,'))


@shape("illegal-in-record", "an illegal quote in every record", asked_for=False)
def illegal_in_record(base, folder, size):
    records = [[*record[:4], "illegal", *record[5:]] for record in without_quotes(base.mixed)]
    return of_base(base, folder, size, lines(records).replace(b",illegal,", b',12" Row,'))


@shape("columns-2000", "2,000 columns")
def columns_2000(base, folder, size):
    chance = dice()
    columns = [f"c{number:04}" for number in range(2_000)]
    records = []
    for number in range(500):
        record = [str(chance.randrange(10 ** chance.randrange(1, 7))) for _ in columns]
        # What is consulted stands last.
        record[-3:] = [f"{number}", "2016-10-10", answer(chance)]
        records.append(record)
    return simple(folder, size, columns, columns[-3:], lines(records))


@shape("one-column", "one column")
def one_column(base, folder, size):
    chance = dice()
    days = [f"{2015 + (chance.random() < 0.62)}-{chance.randrange(1, 5):02}-{chance.randrange(1, 29):02}" for _ in range(20_000)]
    every_day = sorted(set(days))
    return simple(folder, size, ["day"], ["day"] * 3, lines([[day] for day in days]), given=every_day, refused=[])


@shape("records-20-bytes", "records of 20 bytes")
def records_20_bytes(base, folder, size):
    chance = dice()
    records = [["2016-10-10", answer(chance), f"{number:06}"] for number in range(BASE_RECORDS)]
    return simple(folder, size, ["day", "answer", "id"], ["id", "day", "answer"], lines(records))


def long_records(folder, size, text, quoting):
    chance = dice()
    records = [[f"{number:06}", text, "2016-10-10", answer(chance)] for number in range(64)]
    return simple(folder, size, ["id", "text", "day", "answer"], ["id", "day", "answer"], lines(records, quoting))


@shape("records-100-kb", "records of 100 KB")
def records_100_kb(base, folder, size):
    return long_records(folder, size, "no quotes, no line ends ".replace(",", ";") * 4_200, csv.QUOTE_MINIMAL)


@shape("records-100-kb-quoted", "records of 100 KB, quoted, with line ends", asked_for=False)
def records_100_kb_quoted(base, folder, size):
    return long_records(folder, size, 'a "word", and\na line\n' * 4_300, csv.QUOTE_ALL)


@shape("records-1-mb-illegal", "records of 1 MB, of illegal quotes", asked_for=False)
def records_1_mb_illegal(base, folder, size):
    body = lines([[f"{number:06}", "text", "2016-10-10", "Y"] for number in range(16)])
    body = body.replace(b",text,", b",x" + b'"' * 1_000_000 + b",")
    return simple(folder, size, ["id", "text", "day", "answer"], ["id", "day", "answer"], body)


@shape("all-permitted", "everything permitted")
def all_permitted(base, folder, size):
    return of_base(base, folder, size, lines(base.permitted))


@shape("all-withheld", "everything withheld")
def all_withheld(base, folder, size):
    return of_base(base, folder, size, lines(base.withheld))


@shape("alternation", "strict alternation")
def alternation(base, folder, size):
    pairs = zip(base.permitted, base.withheld)
    return of_base(base, folder, size, lines([record for pair in pairs for record in pair]))


@shape("crlf", "CRLF", asked_for=False)
def crlf(base, folder, size):
    return of_base(base, folder, size, lines(base.mixed, terminator="\r\n"), lines([base.header], terminator="\r\n"))


@shape("doubled-quotes", "fields full of doubled quotes", asked_for=False)
def doubled_quotes(base, folder, size):
    records = [[*record[:4], '"' * 40, *record[5:]] for record in base.mixed]
    return of_base(base, folder, size, lines(records, csv.QUOTE_ALL))


@shape("new-words", "words that never come again", asked_for=False)
def new_words(base, folder, size):
    records = [[*record[:16], f"{record[16]}|x{number}"] for number, record in enumerate(base.mixed)]
    return of_base(base, folder, size, lines(records))


@shape("times", "times of day with an offset instead of days", asked_for=False)
def times(base, folder, size):
    records = [[*record[:13], f"{record[13]}T12:34:56+01:00", *record[14:]] for record in base.mixed]
    return of_base(base, folder, size, lines(records))
