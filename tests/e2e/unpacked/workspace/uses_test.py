"""What users see of a package. It is the same whether the package comes as a wheel or as an sdist."""

import importlib.metadata
import importlib.resources
import os
import pathlib
import sys

import space.part
import two_ways

modules = sys.argv[1:]

# Modules, data, namespace.
assert two_ways.NAME == "two ways"
assert importlib.resources.files("two_ways").joinpath("words.txt").read_text() == "one two\n"
assert space.part.NAME == "part"
folder = pathlib.Path(two_ways.__file__).parent
assert not (folder / "left_out.csv").exists() and not (folder / "tests").exists()

# Metadata: every file that RECORD names is there.
distribution = importlib.metadata.distribution("two-ways")
assert distribution.version == "1.0"
recorded = {str(file): file for file in distribution.files}
assert all(file.locate().exists() for file in recorded.values()), [str(f) for f in recorded.values() if not f.locate().exists()]
for name in [
    "two_ways/__init__.py",
    "two_ways/words.txt",
    "../bin/speak",
    "../bin/shout",
    "../data/share/note.txt",
    "../include/two.h",
]:
    assert name in recorded, (name, sorted(recorded))
assert "two_ways/left_out.csv" not in recorded
info = folder.parent / "two_ways-1.0.dist-info"
assert (info / "INSTALLER").read_text() == "reprowheel\n"
assert not (info / "WHEEL").exists(), "data_exclude_glob of upstream's example"
runfiles = folder.parents[1] if folder.parents[1].name.endswith("two_ways_1_0") else folder.parents[2]
assert modules and all((runfiles.parent / path).exists() for path in modules), modules

# What annotations bring, and what the user adds to the BUILD file.
root = next(path for path in pathlib.Path(two_ways.__file__).parents if path.name.endswith("two_ways_1_0"))
assert (root / "copied_content/file.txt").read_text() == "of the workspace\n"
assert (root / "copied_content/words.txt").read_text() == "one two\n"
assert os.access(root / "copied_content/run.py", os.X_OK) and os.access(root / "copied_content/speak", os.X_OK)
assert (root / "generated_file.txt").read_text().strip() == "Hello world from build content file"

# What other rules see.
here = pathlib.Path(__file__).parent
assert (here / "modules.txt").read_text().split() == ["space/__init__.py", "space/part.py", "two_ways/__init__.py"]
metadata = (here / "metadata.txt").read_text()
assert "Name: two-ways" in metadata and "Wheel-Version: 1.0" in metadata, metadata
installed = (here / "installed.txt").read_text().split()
assert installed == ["bin/shout", "bin/speak", "data/share/note.txt", "include/two.h"], installed
dist_info = (here / "dist_info.txt").read_text().split()
place = next(path for path in dist_info if path.endswith("/METADATA")).removesuffix("METADATA")
assert place.endswith("two_ways_1_0/site-packages/two_ways-1.0.dist-info/"), dist_info
assert {place + name for name in ["INSTALLER", "METADATA", "RECORD", "WHEEL", "entry_points.txt"]} <= set(dist_info), dist_info
assert (here / "spoken.txt").read_text() == "two ways\n"
