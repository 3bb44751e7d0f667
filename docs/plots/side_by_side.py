#!/usr/bin/env python3
"""Draw every kind of plot with matplotlib beside labbroker's own.

    python3 docs/plots/side_by_side.py

Run it from the repository's root. It needs Go, and Python with matplotlib,
numpy and Pillow. The test of internal/plot hands out data, options and
labbroker's picture; matplotlib draws the same data as the course's plot
server did, in its default style; left matplotlib, right labbroker.
"""
import json
import pathlib
import subprocess
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


def main():
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        subprocess.run(["go", "test", "-count=1", "-run", "TestGolden", "./internal/plot", "-args", "-dump", str(tmp)], check=True)
        for case in sorted(tmp.glob("*.json")):
            theirs = tmp / (case.stem + "-matplotlib.png")
            draw(json.loads(case.read_text()), theirs)
            beside(theirs, case.with_suffix(".png"), HERE / (case.stem + ".png"))


if __name__ == "__main__":
    main()
