"""A crate beside the workspace has a build script: cargo names its folder by a hash of an absolute path."""

import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py


class Build(build_py):
    def run(self):
        super().run()
        subprocess.run(["cargo", "build", "--release", "--offline", "--manifest-path", "rust/Cargo.toml"], check=True)
        shutil.copy("rust/target/release/libtiny.so", f"{self.build_lib}/tiny/native.so")


setup(name="tiny", version="1.0", packages=["tiny"], cmdclass={"build_py": Build})
