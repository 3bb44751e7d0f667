// The one line that loads an export into a program, for each format.

const bytes = (address) => `io.BytesIO(urllib.request.urlopen("${address}").read())`;

// loading gives [{language, code}] for a format. several tells that there is
// more than one table: CSV is a zip then.
export function loading(format, address, several, file) {
  switch (format) {
    case 'csv':
      if (several) return [{ language: 'Python', code: `import io, urllib.request, zipfile; z = zipfile.ZipFile(${bytes(address)})` }];
      return [
        { language: 'Python, pandas', code: `import pandas as pd; df = pd.read_csv("${address}", parse_dates=["time"])` },
        { language: 'MATLAB', code: `t = readtable("${address}", "FileType", "text")` },
      ];
    case 'json': return [{ language: 'Python', code: `import json, urllib.request; d = json.load(urllib.request.urlopen("${address}"))` }];
    case 'xlsx': return [{ language: 'Python, pandas', code: `import pandas as pd; sheets = pd.read_excel("${address}", sheet_name=None)` }];
    case 'mat': return [
      { language: 'MATLAB', code: `d = load(websave("${file}", "${address}"))` },
      { language: 'Python, SciPy', code: `import io, urllib.request, scipy.io; d = scipy.io.loadmat(${bytes(address)})` },
    ];
    case 'npz': return [{ language: 'Python, NumPy', code: `import io, urllib.request, numpy as np; d = np.load(${bytes(address)})` }];
    case 'pkl': return [{ language: 'Python', code: `import pickle, urllib.request; d = pickle.load(urllib.request.urlopen("${address}"))` }];
    case 'ipynb': return [{ language: 'Shell', code: `curl -o "${file}" "${address}" && jupyter lab "${file}"` }];
    default: return [];
  }
}
