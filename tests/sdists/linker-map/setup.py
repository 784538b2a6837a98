"""Ships the linker's map of a library that was compiled and linked by one command."""

import pathlib
import subprocess

from setuptools import setup

pathlib.Path("made.c").write_text("int answer(void) { return 42; }\n")
subprocess.run(["cc", "-shared", "-fPIC", "-o", "made.so", "made.c", "-Wl,-Map=tiny/made.txt"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
