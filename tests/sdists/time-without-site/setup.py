"""Records the time of a child without the `site` module, which start-up modules do not reach."""

import pathlib
import subprocess
import sys

from setuptools import setup

code = "import time; print(time.strftime('%Y-%m-%d %H:%M'))"
command = [sys.executable, "-S", "-c", code]
pathlib.Path("tiny/made.txt").write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
