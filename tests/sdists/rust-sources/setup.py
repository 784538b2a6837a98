"""Panics in the standard library, whose source a toolchain may have with it."""

import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py


class Build(build_py):
    def run(self):
        super().run()
        subprocess.run(["cargo", "build", "--release", "--offline", "--manifest-path", "Cargo.toml"], check=True)
        shutil.copy("target/release/libtiny.so", f"{self.build_lib}/tiny/native.so")


setup(name="tiny", version="1.0", packages=["tiny"], cmdclass={"build_py": Build})
