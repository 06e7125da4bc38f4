"""The split with Polars, lazily, both outputs from one pass: `split_polars.py INPUT PERMITTED WITHHELD`."""
import sys

import polars as pl

source, permitted, withheld = sys.argv[1:]
version, form, captured, answer = map(pl.col, ["notice_version", "source", "captured_at", "third_party_opt_in"])
known = version.is_in(["2014-03", "2016-09"]) & form.is_in(["online", "offline"])
first = version == "2014-03"
in_force = (first & (captured >= "2014-03-01") & (captured < "2016-09-01")) | (~first & (captured >= "2016-09-01"))
expired = ((form == "online") & (captured <= "2015-05-05")) | ((form == "offline") & (captured <= "2014-05-05"))
reasons = [
    ("notice-unknown", ~known),
    ("notice-not-in-force", known & ~in_force),
    ("consent-unknown", ~answer.is_in(["Y", "N"])),
    ("consent-refused", answer == "N"),
    ("consent-expired", known & expired),
    ("captured-after-delivery", captured > "2017-05-05"),
    # No other channel of this supply has these letters: quicker than taking the list apart.
    ("channel-not-consented", ~pl.col("channels").str.contains("postal", literal=True)),
]
column = pl.concat_str(
    [pl.when(holds).then(pl.lit(reason)) for reason, holds in reasons], separator=" ", ignore_nulls=True
)
decided = pl.scan_csv(source, infer_schema=False, empty_string_is_null=False).with_columns(
    withheld_reasons=column
)
pl.collect_all(
    [
        decided.filter(pl.col("withheld_reasons") == "").drop("withheld_reasons").sink_csv(permitted, lazy=True),
        decided.filter(pl.col("withheld_reasons") != "").sink_csv(withheld, lazy=True),
    ],
    engine="streaming",
)
