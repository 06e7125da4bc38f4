"""Draws a result of the peers: `plot.py RESULT.json RESULT.svg`."""
import json
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "withhold", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9})
import matplotlib.pyplot as plt

MIB = 1 << 20
PANELS = [
    ("wall", "wall, s", 1, "{:.3g}"),
    ("cpu", "CPU, s", 1, "{:.3g}"),
    ("memory", "peak memory, MiB", MIB, "{:.0f}"),
]


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        found = json.load(file)
    rows = found["rows"][::-1]
    names = [row["name"].replace("`", "") for row in rows]
    colours = ["#1f6f8b" if row["key"].startswith("withhold") else "#9a9a9a" for row in rows]
    figure, axes = plt.subplots(1, len(PANELS), sharey=True, figsize=(10, 0.8 + 0.36 * len(rows)), layout="constrained")
    for axis, (key, title, unit, form) in zip(axes, PANELS):
        values = [row[key] / unit for row in rows]
        floor = 1.1 * found["memory_floor"] / unit if key == "memory" else 0
        labels = [form.format(value) if value > floor else "< " + form.format(floor) for value in values]
        bars = axis.barh(names, values, color=colours)
        axis.set_xscale("log")
        axis.bar_label(bars, labels=labels, padding=3)
        axis.set_xlim(min(values) / 2, max(values) * 3)
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
    figure.suptitle(
        f"{found['records']:,} records, {found['bytes'] / 1e6:.0f} MB, split in two; medians of {found['runs']} rounds, {found['date'][:10]}"
        f"\n{found['machine']}; logarithmic scales",
        fontsize=9,
    )
    figure.savefig(target, metadata={"Date": None})


main()
