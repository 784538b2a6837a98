"""Ships archives with files that the build made, packed by Python and by programs."""

import pathlib
import subprocess
import sys
import tarfile
import zipfile

from setuptools import setup

made = pathlib.Path("made.txt")
made.write_text("the same at all times")
subprocess.run(["tar", "-cf", "tiny/made.tar", "made.txt", "setup.py"], check=True)
pathlib.Path("tiny/made.dat").write_text("the same at all times")
subprocess.run(["gzip", "--force", "tiny/made.dat"], check=True)
# A Python without the site module, which no start-up module reaches.
code = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write('made.txt')"
subprocess.run([sys.executable, "-S", "-c", code, "tiny/made.zip"], check=True)
with tarfile.open("tiny/made.tar.xz", "w:xz") as archive:
    archive.add("made.txt")
    archive.add("setup.py")
with zipfile.ZipFile("inner.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write("made.txt")
with zipfile.ZipFile("tiny/made.packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write("inner.zip")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.*"]})
