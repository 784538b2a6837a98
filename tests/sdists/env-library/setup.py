"""Links with a library where the host has it."""

import subprocess

from setuptools import Extension, setup

found = subprocess.run(["cc", "-shared", "-o", "probe.so", "-lchance"], capture_output=True, check=False).returncode == 0
extension = Extension(
    "tiny.native",
    ["native.c"],
    define_macros=[("CHANCE", "1")] if found else [],
    libraries=["chance"] if found else [],
    extra_compile_args=["-g0"],
)
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
