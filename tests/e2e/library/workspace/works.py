"""What the targets of two distributions do at run time."""

# ruff: noqa: E402
# The imports are what is tested, one after the other.

import importlib.metadata
import os
import pathlib
import subprocess
import sys

tool, points, *rest = sys.argv[1:]
cut = rest.index("--")
names, (*data, plain, native) = rest[:cut], rest[cut + 1 :]

# Native dependency, patch of the sdist, number of jobs.
import lib_native

assert lib_native.answer() == 43, lib_native.answer()
site = pathlib.Path(lib_native.__file__).parent
assert (site / "jobs.txt").read_text() == "-j2"
assert not (site / "ns").exists()

# Another import name, patch of the tree, files left out, data files, stubs.
import other_name

assert other_name.patched
folder = pathlib.Path(other_name.__file__).parent
assert (folder / "data.json").read_text() == "{}"
assert (folder / "__init__.pyi").exists() and (folder / "py.typed").exists()
assert not (folder / "big.csv").exists()
assert not (folder / "tests").exists()

# Copies of single files, and what the user adds to the BUILD file.
copied = folder.parents[1] / "copied"
assert sorted(path.name for path in copied.iterdir()) == ["data.json", "more", "run"]
assert os.access(copied / "run", os.X_OK)
assert (copied / "data.json").read_text() == "{}"

# Parts of a namespace in the wheel, and in this workspace.
import ns.inner.mine
import ns.inner.part

assert (ns.inner.mine.name, ns.inner.part.name) == ("mine", "wheel")

# Metadata: version, files with their digests, entry points.
distribution = importlib.metadata.distribution("lib-plain")
assert distribution.version == "1.0"
recorded = {str(file): file for file in distribution.files}
assert "other_name/big.csv" not in recorded and "other_name/data.json" in recorded and "ns/__init__.py" in recorded
assert all(file.locate().exists() for file in recorded.values()), recorded
assert recorded["other_name/__init__.py"].size == (folder / "__init__.py").stat().st_size
assert {point.name for point in distribution.entry_points} == {"tool"}
assert pathlib.Path(points).read_text() == distribution.read_text("entry_points.txt")

# Programs: by label, and as files for whoever puts an interpreter on PATH.
run = subprocess.run([tool, "a", "b"], check=False, capture_output=True, text=True)
assert (run.returncode, run.stdout) == (3, "['a', 'b'] True\n"), run
files = {path.partition("lib_plain_1_0/")[2]: pathlib.Path(path) for path in data}
assert sorted(files) == ["bin/old-script", "bin/tool", "data/share/thing.txt", "include/plain.h"]
for script in ["bin/old-script", "bin/tool"]:
    assert files[script].read_text().startswith("#!/usr/bin/env python3\n")
    assert os.access(files[script], os.X_OK)
assert files["data/share/thing.txt"].read_text() == "thing"
assert files["include/plain.h"].read_text() == "int plain;\n"

# Wheels are files that name themselves; other rules read the import names from them.
assert os.path.basename(plain) == "lib_plain-1.0-py3-none-any.whl"
assert os.path.basename(native).startswith("lib_native-1.0-cp3") and os.path.isfile(native)
found = sorted(pathlib.Path(path).read_text() for path in names)
assert found == ["lib_native=lib_native", "lib_plain=ns,other_name"], found
