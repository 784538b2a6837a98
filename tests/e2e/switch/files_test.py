"""argv: files of `:data`, `--`, files of `:dist_info`, `--`, files of `:whl`; all relative to the runfiles."""

import sys
import zipfile
from pathlib import Path


def files(words):
    for word in words:
        path = Path(word)
        yield from (path.rglob("*") if path.is_dir() else [path])


groups = [[]]
for word in sys.argv[1:]:
    if word == "--":
        groups.append([])
    else:
        groups[-1].append(word)
data, dist_info, whl = (sorted(str(path) for path in files(group)) for group in groups)
assert [p for p in data if p.endswith("/share/alpha/notes.txt")], data
assert [p for p in dist_info if p.endswith(".dist-info/METADATA")], dist_info
assert [p for p in dist_info if p.endswith(".dist-info/entry_points.txt")], dist_info
wheels = [p for p in whl if p.endswith(".whl")]
assert [Path(p).name for p in wheels] == ["alpha_data-1.0-py3-none-any.whl"], whl
assert "alpha_data/words.txt" in zipfile.ZipFile(wheels[0]).namelist()
