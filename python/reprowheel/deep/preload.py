"""Deep mode: preloads a library into every process of a build, which fixes what the process sees of this machine.

`environment/neutral` does this for Python processes only; for `find`, `date`, `uname`, `make` and `perl` the library is needed.
docs/deep-mode.md says what it changes, and what it cannot change. The library is compiled by the build's own C compiler at the
start of the build. It is in the workspace, and nothing is linked with it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import BuildError
from reprowheel.programs import bare_environment, run_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.request import BuildRequest
    from reprowheel.workspace import Workspace

__all__ = ["compile_shim", "deep_variables", "preload"]

_SOURCE = Path(__file__).with_name("shim.c")
_FLAGS = ("-std=gnu11", "-O0", "-fPIC", "-shared", "-g0", "-w", "-Wl,--build-id=none", "-Wl,-z,now")
_CHAIN = "REPROWHEEL_DEEP"
_MAGIC = b"RWDEEP1\0"
_ROOT_SIZE = 4072
_STATE_SIZE = 4096 + 16 * 4096
_RANDOM_SIZE = 8 << 20
_KIB = 1024
_MEMORY = 8 << 30
_CPUS = 2
_CPU_MODELS = {
    "x86_64": "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 15\nmodel name\t: x86-64\nstepping\t: 1\n"
    "flags\t\t: fpu tsc msr pae cx8 cmov pat clflush mmx fxsr sse sse2 syscall nx lm\n",
    "aarch64": "Features\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n"
    "CPU part\t: 0xd03\nCPU revision\t: 0\n",
}
"""Machine → text for each CPU in /proc/cpuinfo: the oldest CPU that the platform's wheels must run on."""


def deep_variables(workspace: Workspace, toolchain: CcToolchain, *, epoch: int) -> dict[str, str]:
    """Write the library and its files into the workspace; return the environment variables that load it.

    :param epoch: the time that clocks show, in seconds since 1970. Files with a real time from now on count as made by the
        build.
    :raises BuildError: the library cannot be compiled, or programs of this machine do not load it.
    """
    directory = workspace.directory("deep")
    root = os.fsencode(workspace.root)
    state = struct.pack(f"<8sQQ{_ROOT_SIZE}s", _MAGIC, epoch, time.time_ns(), root).ljust(_STATE_SIZE, b"\0")
    (directory / "state").write_bytes(state)
    _write_fixed(directory / "fixed")
    library = directory / "libreprowheel-deep.so"
    compile_shim(toolchain, library)
    variables = {"LD_PRELOAD": os.fspath(library), _CHAIN: "0" * 16}
    _check(variables)
    return variables


def compile_shim(toolchain: CcToolchain, library: Path) -> None:
    """Compile the library; the same compiler gives the same bytes.

    :raises BuildError: it does not compile.
    """
    command = [*toolchain.driver(), *toolchain.c_flags, *_FLAGS, "-o", os.fspath(library), os.fspath(_SOURCE), "-ldl"]
    run = run_program(command, bare_environment({"TMPDIR": os.fspath(library.parent)} | dict(toolchain.env)), errors="replace")
    if run.returncode:
        cause = next((line for line in run.stderr.splitlines() if "error" in line), run.stderr.strip()[:200])
        msg = f"deep mode: {toolchain.tools['cc']} does not compile the preloaded library: {cause}"
        raise BuildError(msg, tip="Deep mode needs a compiler for this machine's own programs; build without it.")


def _check(variables: Mapping[str, str]) -> None:
    """Raise BuildError unless a program that is started with these variables sees the fixed kernel release."""
    run = run_program(["/bin/sh", "-c", "uname -r"], {"PATH": os.defpath} | dict(variables), errors="replace")
    if run.returncode or run.stdout != "0\n" or run.stderr:
        said = (run.stderr or run.stdout).strip()[:200]
        msg = f"deep mode: programs of this machine do not load the preloaded library: uname -r says {said!r}"
        raise BuildError(msg, tip="The compiler must make code for the C library that /bin/sh uses; or build without it.")


def _write_fixed(directory: Path) -> None:
    """Write the files that processes read in place of the machine's own, such as /proc/cpuinfo; opens.h has the list."""
    directory.mkdir()
    model = _CPU_MODELS.get(platform.machine(), "")
    texts = {
        "cpuinfo": "".join(f"processor\t: {number}\n{model}\n" for number in range(_CPUS)),
        "cpus": f"0-{_CPUS - 1}\n",
        "hostname": "localhost\n",
        "loadavg": "0.00 0.00 0.00 1/1 1\n",
        "machine-id": "0" * 31 + "1\n",
        "meminfo": f"MemTotal: {_MEMORY // _KIB} kB\nMemFree: {_MEMORY // _KIB} kB\nMemAvailable: {_MEMORY // _KIB} kB\n",
        "osrelease": "0\n",
        "version": "Linux version 0\n",
    }
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="ascii")
    (directory / "random").write_bytes(hashlib.shake_128(_MAGIC).digest(_RANDOM_SIZE))


def preload(request: BuildRequest, environment: BuildEnvironment, workspace: Workspace, epoch: int) -> BuildEnvironment:
    """Return the environment with the libraries of deep mode and of `verify`, if the request asks for them."""
    if request.deep:
        given = environment.variables.get("LD_PRELOAD", "")
        variables = deep_variables(workspace, request.toolchain, epoch=epoch)
        environment = replace(environment, variables=dict(environment.variables) | variables)
        environment = _preloaded(environment, given)
    return _preloaded(environment, os.fspath(request.perturb_preload or ""))


def _preloaded(environment: BuildEnvironment, library: str) -> BuildEnvironment:
    """Add a library after those that are preloaded already; functions of the earlier ones are called first."""
    if not library:
        return environment
    libraries = [environment.variables.get("LD_PRELOAD", ""), library]
    return replace(environment, variables=dict(environment.variables) | {"LD_PRELOAD": ":".join(filter(None, libraries))})
