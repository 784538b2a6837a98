"""What is changed between two builds: one thing at a time, by name."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.rust import rust

__all__ = ["PERTURBATIONS", "Machine", "Perturbation", "Scene"]

NATIVE_CPU = Path(__file__).with_name("native_cpu.sh")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """Where and by whom a build is started.

    :param place: directory of a plain build, relative to the scene.
    :param requirements: directory of the build requirements of a plain build, relative to the scene.
    :param env: variables of whoever starts the build.
    :param path: directories in front of PATH.
    :param python_path: directories in front of PYTHONPATH.
    :param inside: variables that are also in the build itself, because a machine that is simulated by a preloaded
        library or a search path has to be simulated there as well.
    :param python: interpreter; empty for the running one.
    :param pause: seconds to wait before the build.
    :param rust: folder with bin/rustc and bin/cargo; `None`: that of the tests.
    """

    place: str = "place"
    requirements: str = "requirements"
    umask: int = 0o022
    env: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()
    python_path: tuple[Path, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    pause: float = 0
    rust: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What perturbations are made of.

    :param directory: empty, for files that a perturbation needs.
    :param short: the same, with a short path.
    :param shim: `machine.c`, compiled.
    :param interpreter: makes or finds a copied interpreter by name (`one`, `two`).
    """

    directory: Path
    short: Path
    shim: Path
    interpreter: Callable[[str], str]

    def simulated(self, **variables: str) -> Machine:
        """Return a machine on which the C library gives other answers; see machine.c."""
        return Machine(inside={"LD_PRELOAD": os.fspath(self.shim), **variables})

    def file(self, path: str, text: str) -> Path:
        """Write a file, executable where it starts with `#!`, and return its directory."""
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(0o755 if text.startswith("#!") else 0o644)
        return target.parent


Pair = tuple[Machine, Machine]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """`title` says for readers what changes; `make` returns the two machines."""

    title: str
    make: Callable[[Scene], Pair]


def _environment(left: Mapping[str, str], right: Mapping[str, str]) -> Callable[[Scene], Pair]:
    return lambda _: (Machine(env=left), Machine(env=right))


def _simulated(variable: str, left: str, right: str) -> Callable[[Scene], Pair]:
    return lambda scene: (scene.simulated(**{variable: left}), scene.simulated(**{variable: right}))


def _path(_: Scene) -> Pair:
    return Machine(place="a"), Machine(place="another-and-longer-directory/with-a-level-more")


def _temporary(scene: Scene) -> Pair:
    far = scene.short / "a-directory-for-temporary-files-with-a-name"
    far.mkdir()
    return Machine(env={"TMPDIR": "/tmp"}), Machine(env={"TMPDIR": str(far)})


def _user_config(scene: Scene) -> Pair:
    scene.file("bob/.pydistutils.cfg", "[build_ext]\ndefine = NOISE\n")
    scene.file("bob/.config/pip/pip.conf", "[global]\nno-binary = :all:\n")
    homes = [scene.directory / name for name in ("ann", "bob")]
    more = {"PIP_CONFIG_FILE": str(homes[1] / ".config/pip/pip.conf"), "PIP_CACHE_DIR": str(homes[1])}
    return Machine(env={"HOME": str(homes[0])}), Machine(env={"HOME": str(homes[1])} | more)


def _user(scene: Scene) -> Pair:
    names = ("ann", "bob")
    homes = [scene.file(f"{name}/.profile", "") for name in names]
    left, right = (
        Machine(env={"HOME": str(home), "USER": name, "LOGNAME": name}) for name, home in zip(names, homes, strict=True)
    )
    return left, right


def _cpu_model(scene: Scene) -> Pair:
    """Let compilers take `native` for two CPUs: a driver on PATH says which."""
    return _cpu(scene, "one", _CPUS[0]), _cpu(scene, "two", _CPUS[1])


_CPUS = ("nehalem", "haswell") if platform.machine() == "x86_64" else ("cortex-a53", "cortex-a76")


def _cpu(scene: Scene, name: str, cpu: str) -> Machine:
    tools = {"CC": ("gcc", "cc", "gcc"), "CXX": ("g++", "c++", "g++")}
    env = {}
    for variable, (driver, *aliases) in tools.items():
        script = NATIVE_CPU.read_text(encoding="utf-8").replace("@cpu@", cpu).replace("@compiler@", str(shutil.which(driver)))
        for alias in aliases:
            env[variable] = str(scene.file(f"{name}/{alias}", script) / alias)
    return Machine(env=env, path=(scene.directory / name,))


def _cpu_info(scene: Scene) -> Pair:
    old, new = scene.file("old", "flags\t\t: sse2\n") / "old", scene.file("new", "flags\t\t: sse2 avx2\n") / "new"
    return scene.simulated(RT_CPUINFO=str(old)), scene.simulated(RT_CPUINFO=str(new))


def _library(scene: Scene) -> Pair:
    """Put a library into the compiler's search path on one of the machines only."""
    directory = scene.file("libraries/chance.c", "int chance(void) { return 1; }\n")
    command = ["gcc", "-shared", "-fPIC", "-Wl,-soname,libchance.so.7", "-o", "libchance.so", "chance.c"]
    subprocess.run(command, cwd=directory, check=True)
    return Machine(), Machine(inside={"LIBRARY_PATH": str(directory)})


def _header(scene: Scene) -> Pair:
    """Put a header into the compiler's search path on one of the machines only."""
    directory = scene.file("headers/chance.h", "#define CHANCE 1\n")
    return Machine(), Machine(inside={"CPATH": str(directory)})


def _second_python(scene: Scene) -> Pair:
    other = scene.file("other/python3", '#!/bin/sh\necho "another Python"\n')
    scene.file("other/python", '#!/bin/sh\necho "another Python"\n')
    return Machine(), Machine(path=(other,))


def _python_path(scene: Scene) -> Pair:
    return Machine(), Machine(python_path=(scene.file("modules/speedups.py", "LEVEL = 9\n"),))


def _interpreter(scene: Scene) -> Pair:
    return Machine(python=scene.interpreter("one")), Machine(python=scene.interpreter("two"))


def _rust_cpu(scene: Scene) -> Pair:
    """Let rustc take `native` for two CPUs."""
    replaced = """case "$word" in -Ctarget-cpu=native) word=-Ctarget-cpu={};; esac"""
    left, right = (Machine(rust=_rust(scene, cpu, replaced.format(cpu))) for cpu in _CPUS)
    return left, right


def _rust_sources(scene: Scene) -> Pair:
    """Put a Rust toolchain into another folder, once with the source of the standard library."""
    left, right = (Machine(rust=_rust(scene, name, sysroot=name)) for name in ("one", "another-toolchain"))
    scene.file("another-toolchain/lib/rustlib/src/rust/library/std/src/lib.rs", "")
    return left, right


def _rust(scene: Scene, name: str, change: str = ":", sysroot: str = "") -> Path:
    """Write a toolchain: scripts that run that of the tests.

    :param change: lines of shell that change an argument, `$word`.
    :param sysroot: folder of the scene that rustc takes its libraries from; they are links.
    """
    real = rust()
    more = f"--sysroot={scene.directory / sysroot}" if sysroot else ""
    lines = ["#!/bin/sh", "for word do", "shift", change, 'set -- "$@" "$word"', "done", f'exec {real}/bin/rustc {more} "$@"']
    folder = scene.file(f"{name}/bin/rustc", "\n".join([*lines, ""]))
    (folder / "cargo").symlink_to(real / "bin" / "cargo")
    if sysroot:
        said = subprocess.check_output([real / "bin" / "rustc", "--print", "target-libdir"], text=True)
        target = Path(said.strip()).parent
        (scene.directory / sysroot / "lib" / "rustlib").mkdir(parents=True)
        (scene.directory / sysroot / "lib" / "rustlib" / target.name).symlink_to(target)
    return folder.parent


PERTURBATIONS: Mapping[str, Perturbation] = {
    "again": Perturbation("nothing: the same build once more", lambda _: (Machine(), Machine())),
    "path": Perturbation("another, longer build directory", _path),
    "temporary-directory": Perturbation("TMPDIR names another, longer directory", _temporary),
    "interpreter": Perturbation("the interpreter copied to another prefix, as if configured for it", _interpreter),
    "requirements": Perturbation(
        "the build requirements in another directory",
        lambda _: (Machine(), Machine(requirements="another-directory/of-requirements")),
    ),
    "directory-order": Perturbation(
        "directories list their entries in reversed order", _simulated("RT_READDIR", "sorted", "reversed")
    ),
    "hash-seed": Perturbation("PYTHONHASHSEED 1 and 2", _environment({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})),
    "time": Perturbation("the wall clock five years and some hours on", _simulated("RT_TIME", "0", "157810000")),
    "later": Perturbation("two seconds later", lambda _: (Machine(), Machine(pause=2.1))),
    "umask": Perturbation("umask 022 and 077", lambda _: (Machine(), Machine(umask=0o077))),
    "locale": Perturbation("LC_ALL C.UTF-8 and POSIX", _environment({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "POSIX"})),
    "time-zone": Perturbation("TZ 14 hours west and 12 hours east", _environment({"TZ": "WST14"}, {"TZ": "EST-12"})),
    "user": Perturbation("another user: HOME, USER, LOGNAME", _user),
    "user-config": Perturbation("a HOME with configuration for distutils and pip, and PIP_* variables", _user_config),
    "host": Perturbation("another host name and kernel release", _simulated("RT_HOST", "alpha", "omega")),
    "cpus": Perturbation("4 and 9 processors", _simulated("RT_CPUS", "4", "9")),
    "cpu-model": Perturbation("compilers take `native` for one CPU and for another", _cpu_model),
    "rust-cpu": Perturbation("rustc takes `native` for one CPU and for another", _rust_cpu),
    "rust-sources": Perturbation("a Rust toolchain in another folder, with the source of the standard library", _rust_sources),
    "cpu-info": Perturbation("/proc/cpuinfo with and without avx2", _cpu_info),
    "flags": Perturbation(
        "CFLAGS, CXXFLAGS, CPPFLAGS, LDFLAGS",
        _environment(
            {}, dict.fromkeys(("CFLAGS", "CXXFLAGS", "CPPFLAGS"), "-DNOISE=1") | {"LDFLAGS": "-Wl,-z,now"}
        ),
    ),
    "variables": Perturbation(
        "LD_LIBRARY_PATH, MAKEFLAGS, PIP_NO_BUILD_ISOLATION, SOURCE_DATE_EPOCH, COLUMNS",
        _environment(
            {"SOURCE_DATE_EPOCH": "1700000000"},
            {"LD_LIBRARY_PATH": "/nowhere", "MAKEFLAGS": "-j9", "PIP_NO_BUILD_ISOLATION": "0"}
            | {"SOURCE_DATE_EPOCH": "1500000000", "COLUMNS": "20"},
        ),
    ),
    "python-path": Perturbation("PYTHONPATH with a module that the build tries to import", _python_path),
    "second-python": Perturbation("another python3 in front of PATH", _second_python),
    "speed": Perturbation("one of two parallel jobs is the slower one", _simulated("RT_SLOW", "first", "second")),
    "zlib": Perturbation("a zlib that compresses otherwise", _simulated("RT_LEVEL", "9", "1")),
    "library": Perturbation("a library that the host happens to have", _library),
    "header": Perturbation("a header that the host happens to have", _header),
}
