"""Builds a library and records its digest, as packages with integrity checks do; the checker is a second library."""

import hashlib
import json
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class RecordingBuild(build_ext):
    """Compiles, then writes down what was compiled: as text, and in C."""

    def build_extension(self, ext):
        if ext.name == "tiny.native_checker":
            Path("digest.h").write_text(f'#define DIGEST "{self.digest("tiny.native").hex()}"\n')
        super().build_extension(ext)

    def digest(self, name):
        return hashlib.sha256(Path(self.get_ext_fullpath(name)).read_bytes()).digest()

    def run(self):
        super().run()
        sums = {name: self.digest(name).hex() for name in ("tiny.native", "tiny.native_checker")}
        Path(self.build_lib, "tiny", "made.txt").write_text(json.dumps(sums))


setup(
    name="tiny",
    version="1.0",
    packages=["tiny"],
    cmdclass={"build_ext": RecordingBuild},
    ext_modules=[Extension("tiny.native", ["native.c"]), Extension("tiny.native_checker", ["checker.c"], depends=["digest.h"])],
)
