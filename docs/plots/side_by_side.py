#!/usr/bin/env python3
"""Draw every kind of plot with matplotlib beside labbroker's own.

    python3 docs/plots/side_by_side.py           # the pictures of this folder
    python3 docs/plots/side_by_side.py --ticks   # internal/plot/testdata/ticks.json

Run it from the repository's root. It needs Go, and Python with matplotlib,
numpy and Pillow. The test of internal/plot hands out data, options and
labbroker's picture; matplotlib draws the same data as the course's plot
server did, in its default style; left matplotlib, right labbroker. --ticks
writes where matplotlib puts ticks on many axes, and what it writes at them.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent


def column(values):
    return np.array([np.nan if v is None else float(v) for v in values])


def draw(case, file):
    options = case["options"]
    titles = [c["title"] for c in case["columns"]]
    data = [column(c["values"]) for c in case["columns"]]
    plt.figure(figsize=options.get("figsize", (5, 3)))
    if "hist" in options:
        plt.hist(data, histtype="bar", rwidth=0.7, label=titles)
    elif len(data) == 1:
        plt.plot(data[0], label=titles[0])
    else:
        formats = options.get("format", [])
        for i, (title, y) in enumerate(zip(titles[1:], data[1:])):
            plt.plot(data[0], y, formats[i] if i < len(formats) else "", label=title)
    for name in ("title", "xlabel", "ylabel"):
        if name in options:
            getattr(plt, name)(options[name])
    if options.get("xlog"):
        plt.xscale("log", nonpositive="mask")
    if options.get("ylog"):
        plt.yscale("log", nonpositive="mask")
    plt.grid(options.get("grid", True))
    if len(data) > (1 if "hist" in options else 2):
        plt.legend()
    plt.savefig(file, bbox_inches="tight")
    plt.close()


def beside(left, right, file):
    a, b = Image.open(left).convert("RGB"), Image.open(right).convert("RGB")
    gap = 12
    m = Image.new("RGB", (a.width + b.width + gap, max(a.height, b.height)), "#d0d0d0")
    m.paste(a, (0, 0))
    m.paste(b, (a.width + gap, 0))
    m.quantize(96, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}: matplotlib {a.size}, labbroker {b.size}, {file.stat().st_size // 1024} KB")


def ticks():
    random.seed(49)
    cases = []
    for kind in ("linear", "log"):
        for i in range(150):
            inches = random.choice([1, 2, 3.875, 6, 12])
            if kind == "log":
                lo = 10 ** random.uniform(-9, 6)
                hi = lo * 10 ** random.choice([0.05, 0.3, 0.7, 1.5, 3, 6, 14, 30])
            elif i % 3 == 0:
                lo = random.uniform(-10, 10)
                hi = lo + random.uniform(0.1, 20)
            elif i % 3 == 1:
                lo = random.choice([-1, 1]) * 10 ** random.uniform(-8, 9)
                hi = lo + abs(lo) * 10 ** random.uniform(-7, 2)
            else:
                lo = 0.0
                hi = 10 ** random.uniform(-12, 12)
            lo, hi = float("%.9g" % lo), float("%.9g" % hi)
            fig = plt.figure(figsize=(inches / 0.775, 3))
            ax = fig.gca()
            ax.set_xscale(kind)
            ax.set_xlim(lo, hi)
            fig.canvas.draw()
            axis = ax.xaxis
            found = []
            for minor in (False, True):
                locs = axis.get_ticklocs(minor=minor)
                texts = [t.get_text() for t in axis.get_ticklabels(minor=minor)]
                found += [[float(v), t] for v, t in zip(locs, texts) if lo <= v <= hi]
            shared = axis.get_offset_text().get_text()
            cases.append({"log": kind == "log", "points": inches * 72, "lo": lo, "hi": hi, "ticks": found, "shared": shared})
            plt.close(fig)
    file = HERE.parent.parent / "internal/plot/testdata/ticks.json"
    file.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def main():
    if "--ticks" in sys.argv:
        return ticks()
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        subprocess.run(["go", "test", "-count=1", "-run", "TestGolden", "./internal/plot", "-args", "-dump", str(tmp)], check=True)
        for case in sorted(tmp.glob("*.json")):
            theirs = tmp / (case.stem + "-matplotlib.png")
            draw(json.loads(case.read_text()), theirs)
            beside(theirs, case.with_suffix(".png"), HERE / (case.stem + ".png"))


if __name__ == "__main__":
    main()
