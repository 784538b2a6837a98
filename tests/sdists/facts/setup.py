"""Writes all it can find out about the place and time of its build into the wheel: as data, as C source, as flags."""

import datetime
import getpass
import glob
import locale
import os
import pathlib
import platform
import random
import socket
import stat
import sys
import sysconfig
import tempfile
import time
import uuid

from setuptools import Extension, setup

HERE = os.path.dirname(os.path.abspath(__file__))


def umask():
    current = os.umask(0)
    os.umask(current)
    return current


def status(path):
    """Mode, and for what the build does not touch the time."""
    found = os.stat(path)
    return f"{path} {stat.S_IMODE(found.st_mode):o} {int(found.st_mtime) if path.startswith('data') else ''}"


def facts():
    yield "here", HERE
    yield "cwd", os.getcwd()
    yield "argv", sys.argv
    yield "prefix", (sys.prefix, sys.base_prefix, sys.executable, sys.path)
    yield "environment", sorted(os.environ.items())
    yield "sysconfig", sorted(sysconfig.get_config_vars().items(), key=str)
    yield "paths", sorted(sysconfig.get_paths().items())
    yield "time", (time.time(), time.time_ns(), time.localtime(), time.strftime("%c"), time.tzname)
    yield "datetime", (datetime.datetime.now().isoformat(), datetime.date.today().isoformat())
    yield "host", (socket.gethostname(), socket.getfqdn(), platform.node(), platform.uname(), platform.platform())
    yield "user", (getpass.getuser(), os.path.expanduser("~"))
    yield "cpus", (os.cpu_count(), len(os.sched_getaffinity(0)))
    yield "umask", umask()
    yield "locale", (locale.getlocale(), sys.getfilesystemencoding())
    yield "listdir", os.listdir("data")
    yield "scandir", [entry.name for entry in os.scandir("data")]
    yield "walk", [files for _, _, files in os.walk(".")]
    yield "glob", (glob.glob("data/*"), [str(path) for path in pathlib.Path("data").glob("*")])
    yield "iterdir", [str(path) for path in pathlib.Path("data").iterdir()]
    yield "hashes", (hash("reprowheel"), {"one", "two", "three", "four", "five"})
    yield "random", (random.random(), str(uuid.uuid4()), str(uuid.uuid1()))
    yield "temporary", tempfile.mkdtemp()
    yield "modes", [status(path) for path in sorted(glob.glob("**", recursive=True)) if "egg-info" not in path]


lines = [f"{name}: {value!r}" for name, value in facts()]
pathlib.Path("facts/facts.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
pathlib.Path("src/place.h").write_text(f'#define PLACE "{HERE}"\n#define WHEN "{time.time()}"\n', encoding="utf-8")
parts = "".join(f'#include "{part}"\n' for part in glob.glob("part_*.c", root_dir="src"))
pathlib.Path("src/parts.h").write_text(parts, encoding="utf-8")

setup(
    name="facts",
    version="1.0",
    packages=["facts"],
    package_data={"facts": ["facts.txt"]},
    ext_modules=[
        Extension(
            "facts._native",
            ["src/native.c"],
            define_macros=[("FLAG_PLACE", f'"{HERE}"')],
            include_dirs=[os.path.join(HERE, "src")],
            extra_compile_args=["-g", "-O2", "-march=native", "-UNDEBUG"],
            runtime_library_dirs=[os.path.join(HERE, "lib")],
        )
    ],
)
