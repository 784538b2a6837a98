"""Records how the interpreter was built."""

import pathlib
import sysconfig

from setuptools import setup

names = ("prefix", "INCLUDEPY", "LIBDIR", "CFLAGS", "LDSHARED")
lines = [f"{name} = {sysconfig.get_config_var(name)!r}\n" for name in names]
pathlib.Path("tiny/made.txt").write_text("".join(lines))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
