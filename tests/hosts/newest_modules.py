"""Copies of checkouts that a Bazel without network can use, and the bazelrc that names them.

reads: checkouts that the caller names. Writes: the work folder only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

__all__ = ["NewestError", "adapt", "bazelrc", "copy_modules", "module_name", "python_version", "slim_interpreter"]

BAZEL_VERSION = "7.7.1"
"""What the copies are told: a packaged Bazel has an empty `native.bazel_version`, which stands for "newer than all" there."""
STUBS = ("rules_go", "gazelle", "rules_rust", "googletest")
"""Modules that the graph names and nothing here uses. The Bazel root of `bazelw` has more of them."""
_LEFT_OUT = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
_SLIM = shutil.ignore_patterns("test", "tests", "__pycache__", "idlelib", "site-packages", "dist-packages", "*.a", "ensurepip")
_LOCAL_INTERPRETERS = '''

_LOCAL_INTERPRETERS = {interpreters}

def _take_local(rctx, **_kwargs):
    """Takes an interpreter of this machine in place of a download."""
    short = ".".join(rctx.attr.python_version.split(".")[:2])
    if short not in _LOCAL_INTERPRETERS:
        fail("no interpreter of Python {{}} was named; expected --python FOLDER".format(short))
    copied = rctx.execute(["cp", "-a", _LOCAL_INTERPRETERS[short] + "/.", str(rctx.path("."))])
    if copied.return_code:
        fail(copied.stderr)
'''


class NewestError(Exception):
    """What the caller named cannot be used."""


def module_name(checkout: Path) -> str:
    """Return the name of the module in a folder."""
    try:
        text = (checkout / "MODULE.bazel").read_text(encoding="utf-8")
    except OSError:
        msg = f"{checkout} has no MODULE.bazel; expected the root of a module."
        raise NewestError(msg) from None
    if found := re.search(r'^module\(.*?name\s*=\s*"([^"]+)"', text, re.DOTALL | re.MULTILINE):
        return found[1]
    msg = f"{checkout / 'MODULE.bazel'} says no module name; expected module(name = …)."
    raise NewestError(msg)


def adapt(name: str, path: str, text: str, interpreters: dict[str, str]) -> str:
    """Return a file of a module as it is in the copy.

    :param name: the module.
    :param path: the file in it.
    :param text: what it says.
    :param interpreters: version (`3.13`) → prefix of an interpreter that stands for the one that would be downloaded.
    """
    if name in ("bazel_features", "rules_python") and path.endswith(".bzl"):
        text = text.replace("native.bazel_version", f'"{BAZEL_VERSION}"')
    if name == "bazel_lib" and path == "MODULE.bazel":
        text = re.sub(r".*(bats\(\)|@bats_toolchains//:all).*\n", "", text)
        text = text.replace('"bats_toolchains", ', "").replace("IS_RELEASE = False", "IS_RELEASE = True")
    if name == "rules_python" and path == "MODULE.bazel":
        # An override of a module that nothing asks for is an error.
        text += "".join(f'bazel_dep(name = "{stub}", version = "")\n' for stub in STUBS)
    if name == "rules_python" and path == "examples/bzlmod/MODULE.bazel":
        # This version of uv would be downloaded, and no target needs it.
        text = re.sub(r"^uv = use_extension\(.*?^\)\nuv\.configure\(.*?\)\n", "", text, flags=re.DOTALL | re.MULTILINE)
    if name == "rules_python" and path == "python/private/python_repository.bzl":
        text = text.replace("rctx.download_and_extract(", "_take_local(rctx, ")
        text += _LOCAL_INTERPRETERS.format(interpreters=repr(interpreters).replace("'", '"'))
    return text


def copy_modules(checkouts: list[Path], work: Path, interpreters: dict[str, str]) -> dict[str, Path]:
    """Copy checkouts and the stubs that they need. Returns module → folder."""
    copies = {}
    for checkout in checkouts:
        name = module_name(checkout)
        copies[name] = Path(shutil.copytree(checkout, work / name, ignore=_LEFT_OUT, symlinks=True))
        for path in copies[name].rglob("*"):
            if path.is_file() and not path.is_symlink() and (path.suffix == ".bzl" or path.name == "MODULE.bazel"):
                text = path.read_text(encoding="utf-8")
                changed = adapt(name, path.relative_to(copies[name]).as_posix(), text, interpreters)
                if changed != text:
                    path.write_text(changed, encoding="utf-8")
    for name in STUBS:
        copies[name] = work / name
        copies[name].mkdir()
        (copies[name] / "MODULE.bazel").write_text(f'module(name = "{name}")\n', encoding="utf-8")
        (copies[name] / "BUILD.bazel").write_text("", encoding="utf-8")
    return copies


def bazelrc(modules: dict[str, Path]) -> str:
    """Return the flags that make Bazel take the copies."""
    lines = [f"common --override_module={name}={folder}" for name, folder in sorted(modules.items())]
    return "\n".join([*lines, "common --lockfile_mode=off", ""])


def python_version(prefix: Path) -> str:
    """Return the version of the interpreter below a prefix, such as `3.13`."""
    program = 'import sys; print("%d.%d" % sys.version_info[:2])'
    try:
        run = subprocess.run([prefix / "bin/python3", "-I", "-c", program], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        msg = f"{prefix}/bin/python3 does not run: {error}; expected the prefix of a Python."
        raise NewestError(msg) from None
    return run.stdout.strip()


def slim_interpreter(prefix: Path, version: str, folder: Path) -> Path:
    """Copy what programs need of an interpreter, so that its repositories stay small."""
    name = f"python{version}"
    shutil.copytree(prefix / "lib" / name, folder / "lib" / name, ignore=_SLIM, symlinks=False, ignore_dangling_symlinks=True)
    shutil.copytree(prefix / "include" / name, folder / "include" / name)
    (folder / "bin").mkdir()
    shutil.copy2((prefix / "bin" / name).resolve(), folder / "bin" / name)
    (folder / "bin" / "python3").symlink_to(name)
    (folder / "bin" / "python").symlink_to(name)
    libraries = {prefix / "lib", Path(sysconfig.get_config_var("LIBDIR") or prefix / "lib")}
    for library in [path for place in libraries for path in place.glob(f"libpython{version}*.so*")]:
        shutil.copy2(library, folder / "lib" / library.name, follow_symlinks=True)
    (folder / "share").mkdir()
    return folder
