"""Open exports with their own readers and print what they hold as JSON.

stdin: [{"format": "csv", "path": "..."}, ...]. For each file a list of tables
[name, [[heading, [values...]], ...], info]: times as Unix seconds, gaps null,
infinities as text. A file that does not open is {"error": ...}.
"""
import collections
import datetime
import io
import json
import math
import pickle
import sys
import zipfile


def plain(v):
    if v is None or v == "":
        return None
    if isinstance(v, datetime.datetime):
        if v.tzinfo is None:
            v = v.replace(tzinfo=datetime.timezone.utc)
        return round(v.timestamp(), 3)
    if isinstance(v, str):
        return v
    v = float(v)
    if math.isnan(v):
        return None
    return str(v) if math.isinf(v) else v


def column(values):
    return [plain(v) for v in values]


def read_csv(path):
    import pandas as pd

    def frame(f):
        head = f.readline().decode()
        f.seek(0)
        times = [c for c in ("time", "device_time") if c in head]
        d = pd.read_csv(f, parse_dates=times, skipinitialspace=False)
        return [[c, column(d[c].astype(object).where(d[c].notna(), None))] for c in d.columns]

    if not zipfile.is_zipfile(path):
        return [["", frame(open(path, "rb")), None]]
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        return [[n, frame(io.BytesIO(z.read(n))), None] for n in z.namelist()]


def read_json(path):
    def moment(h, v):
        if h in ("time", "device_time") and v is not None:
            return datetime.datetime.fromisoformat(v.replace("Z", "+00:00"))
        return v

    out = []
    for t in json.load(open(path, encoding="utf-8"))["tables"]:
        heads = t["headings"]
        cols = [[h, column(moment(h, r[i]) for r in t["rows"])] for i, h in enumerate(heads)]
        out.append([t["series"], cols, {k: t[k] for k in ("session", "run", "start", "columns", "analysis")}])
    return out


def read_xlsx(path):
    import openpyxl

    book = openpyxl.load_workbook(path)
    out = []
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows())
        for r in rows:
            for c in r:
                assert c.data_type != "f", "a formula in %s" % c.coordinate
        cols = []
        for i, head in enumerate(rows[0]):
            cols.append([head.value, column(r[i].value for r in rows[1:])])
            dates = [r[i] for r in rows[1:] if r[i].is_date]
            assert all(d.number_format == "yyyy-mm-dd hh:mm:ss.000" for d in dates)
        out.append([sheet.title, cols, {"dates": rows[1][0].is_date if len(rows) > 1 else None}])
    return out


def numbers(a):
    import numpy as np

    a = np.atleast_1d(a)
    if a.dtype.kind == "M":
        return [None if np.isnat(v) else round(int(v.astype("datetime64[ns]").astype("int64")) / 1e9, 3) for v in a]
    assert a.dtype == "float64", a.dtype
    return column(a)


def read_mat(path):
    import scipy.io

    found = scipy.io.loadmat(path, simplify_cells=True)
    found = {k: v for k, v in found.items() if not k.startswith("__")}

    def table(name, d):
        d = dict(d)
        info = d.pop("info")
        info["headings"] = [str(h) for h in info["headings"]]
        cols = [[k, numbers(v)] for k, v in d.items()]
        return [name, cols, json.loads(json.dumps(info, default=lambda a: a.tolist()))]

    if "info" in found:
        return [table("", found)]
    return [table(k, v) for k, v in found.items()]


def read_npz(path):
    import numpy as np

    found = np.load(path, allow_pickle=False)
    tables = collections.OrderedDict()
    for key in found.files:
        name, _, array = key.rpartition("/")
        tables.setdefault(name, []).append((array, found[key]))
    out = []
    for name, arrays in tables.items():
        info = [json.loads(str(a)) for n, a in arrays if n == "info"]
        assert len(info) == 1
        out.append([name, [[n, numbers(a)] for n, a in arrays if n != "info"], info[0]])
    return out


def read_pkl(path):
    found = pickle.load(open(path, "rb"))
    assert type(found) is collections.OrderedDict, type(found)

    def table(name, d):
        assert type(d) is collections.OrderedDict, type(d)
        for v in d.values():
            assert type(v) is list
        return [name, [[k, column(v)] for k, v in d.items()], None]

    if found and all(isinstance(v, collections.OrderedDict) for v in found.values()):
        return [table(k, v) for k, v in found.items()]
    return [table("", found)]


results = []
for f in json.load(sys.stdin):
    try:
        results.append(globals()["read_" + f["format"]](f["path"]))
    except Exception as e:
        results.append({"error": "%s: %s" % (type(e).__name__, e)})
json.dump(results, sys.stdout)
