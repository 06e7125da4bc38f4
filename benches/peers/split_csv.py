"""The split with Python's own csv module: `split_csv.py INPUT PERMITTED WITHHELD`."""
import csv
import sys

# Version and source of each notice: its first day, the first day on which it was no longer shown, and the last day of
# capture from which consent has expired on the day of delivery, 2017-05-05.
NOTICES = {
    ("2014-03", "online"): ("2014-03-01", "2016-09-01", "2015-05-05"),
    ("2014-03", "offline"): ("2014-03-01", "2016-09-01", "2014-05-05"),
    ("2016-09", "online"): ("2016-09-01", "9999-12-31", "2015-05-05"),
    ("2016-09", "offline"): ("2016-09-01", "9999-12-31", "2014-05-05"),
}


def split(source, permitted, withheld):
    records = csv.reader(source)
    into_permitted = csv.writer(permitted, lineterminator="\n").writerow
    into_withheld = csv.writer(withheld, lineterminator="\n").writerow
    header = next(records)
    into_permitted(header)
    into_withheld(header + ["withheld_reasons"])
    for record in records:
        form, captured, version, answer, channels = record[12:]
        reasons = []
        notice = NOTICES.get((version, form))
        if notice is None:
            reasons.append("notice-unknown")
        elif not notice[0] <= captured < notice[1]:
            reasons.append("notice-not-in-force")
        if answer == "N":
            reasons.append("consent-refused")
        elif answer != "Y":
            reasons.append("consent-unknown")
        if notice is not None and captured <= notice[2]:
            reasons.append("consent-expired")
        if captured > "2017-05-05":
            reasons.append("captured-after-delivery")
        if "postal" not in channels.split("|"):
            reasons.append("channel-not-consented")
        if reasons:
            record.append(" ".join(reasons))
            into_withheld(record)
        else:
            into_permitted(record)


def main():
    source, permitted, withheld = sys.argv[1:]
    with (
        open(source, newline="", encoding="utf-8") as source,
        open(permitted, "w", newline="", encoding="utf-8") as permitted,
        open(withheld, "w", newline="", encoding="utf-8") as withheld,
    ):
        split(source, permitted, withheld)


main()
