"""Wheels and sdists whose layouts have to be joined in one site-packages, and the workspace whose tests look at them.

The layouts are those that plain pip joins: a package inside another distribution's package, a namespace, files for the
environment's root, a `.pth` file, a script. All archives are made here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hosts.newest_consumers import Consumer
from support.local_index import make_sdist, make_wheel, sha256, write_simple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LAYOUTS", "write_layouts", "write_workspace"]

LAYOUTS: Mapping[str, Mapping[str, str]] = {
    # A regular package, and a distribution whose only package lies deep inside it.
    "sky-core": {
        "sky/core/__init__.py": "NAME = 'core'\n",
        "sky/core/tracing/__init__.py": "NAME = 'tracing'\n",
        "sky/core/tracing/plain.py": "NAME = 'plain'\n",
        "sky/core/settings.json": "{}",
    },
    "sky-core-tracing": {"sky/core/tracing/ext/span/__init__.py": "NAME = 'span'\n"},
    # Parts of one namespace.
    "metry-api": {"metry/trace/__init__.py": "NAME = 'trace'\n", "metry/py.typed": ""},
    "metry-sdk": {
        "metry/sdk/__init__.py": "NAME = 'sdk'\n",
        "metry/sdk/__init__.pyi": "NAME: str\n",
        "metry/sdk/inner/words.txt": "words",
    },
    # Files of the environment, in folders that both have.
    "lab-one": {"lab_one.py": "NAME = 'one'\n", "lab_one-1.0.data/data/share/lab/one/about.json": "1"},
    "lab-two": {"lab_two.py": "NAME = 'two'\n", "lab_two-1.0.data/data/share/lab/two/about.json": "2"},
    # What site.py runs, and a script.
    "starts": {"starts.pth": "import sys; sys.starts_ran = True\n", "starts.py": "def main():\n    print('started')\n"},
}
_PROVIDERS = """\
import json, pathlib
facts = json.loads(pathlib.Path("facts.json").read_text())
assert facts["links"], facts
if any(path.endswith("site-packages/metry/sdk/__init__.py") for path in facts["runfiles"]):  # files, not a directory
    assert [path.rpartition("site-packages/")[2] for path in facts["sources"]] == ["metry/sdk/__init__.py"], facts
    assert [path.rpartition("site-packages/")[2] for path in facts["stubs"]] == ["metry/sdk/__init__.pyi"], facts
"""
_TESTS = {
    "inside": (
        ("sky-core", "sky-core-tracing"),
        (
            "import sky.core.tracing.ext.span, sky.core.tracing.plain, sky.core\n"
            "assert (sky.core.NAME, sky.core.tracing.NAME, sky.core.tracing.ext.span.NAME) == ('core', 'tracing', 'span')\n"
        ),
    ),
    "namespace": (
        ("metry-api", "metry-sdk"),
        (
            "import importlib.resources, metry.sdk, metry.trace\n"
            "assert (metry.trace.NAME, metry.sdk.NAME) == ('trace', 'sdk')\n"
            "assert importlib.resources.files('metry.sdk').joinpath('inner/words.txt').read_text() == 'words'\n"
        ),
    ),
    "concrete": (
        ("metry-api", "metry-sdk"),
        (
            "import pathlib, sysconfig\n"
            "folder = pathlib.Path(sysconfig.get_path('purelib'), 'metry')\n"
            "assert folder.is_dir(), folder\n"
            "assert {'sdk', 'trace'} <= {path.name for path in folder.iterdir()}, list(folder.iterdir())\n"
        ),
    ),
    "data": (
        ("lab-one", "lab-two"),
        (
            "import pathlib, sys\n"
            "for name, text in (('one', '1'), ('two', '2')):\n"
            "    assert pathlib.Path(sys.prefix, 'share/lab', name, 'about.json').read_text() == text, sys.prefix\n"
        ),
    ),
    "pth": (("starts",), "import sys\nassert sys.starts_ran\n"),
    "script": (
        ("starts",),
        (
            "import pathlib, subprocess, sys\n"
            "script = pathlib.Path(sys.prefix, 'bin', 'starts')\n"
            "assert subprocess.run([script], capture_output=True, check=True).stdout == b'started\\n'\n"
        ),
    ),
    "providers": (("metry-sdk",), _PROVIDERS),
    "metadata": (
        tuple(LAYOUTS),
        (
            "import importlib.metadata\n"
            f"for name in {list(LAYOUTS)!r}:\n"
            "    assert importlib.metadata.version(name) == '1.0', name\n"
        ),
    ),
}
_MODULE = """\
module(name = "layouts")

bazel_dep(name = "rules_python", version = "0.0.0")
python = use_extension("@rules_python//python/extensions:python.bzl", "python")
python.toolchain(python_version = "{python}")

pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    hub_name = "pypi",
    python_version = "{python}",
    requirements_lock = "//:requirements.txt",
    extra_pip_args = ["--index-url={address}"],
)
use_repo(pip, "pypi")
"""
_BUILD = """\
load("@rules_python//python:py_test.bzl", "py_test")
load(":facts.bzl", "facts")

facts(name = "facts", target = "@pypi//metry_sdk")
"""
_FACTS = """\
load("@rules_python//python:py_info.bzl", "PyInfo")

def _facts_impl(ctx):
    info = ctx.attr.target[PyInfo]
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, json.encode({
        "links": sorted([entry.venv_path for entry in info.venv_symlinks.to_list()]),
        "runfiles": [file.short_path for file in ctx.attr.target[DefaultInfo].default_runfiles.files.to_list()],
        "sources": [file.short_path for file in info.transitive_sources.to_list()],
        "stubs": [file.short_path for file in info.transitive_pyi_files.to_list()],
    }))
    return [DefaultInfo(files = depset([out]))]

facts = rule(implementation = _facts_impl, attrs = {"target": attr.label(providers = [PyInfo])})
"""
_BACK_END = '''\
"""Puts the files of the folder `content` into a wheel."""
import base64, hashlib, os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "NAME-1.0-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        for folder, _, files in os.walk("content"):
            for file in files:
                path = os.path.join(folder, file)
                with open(path, "rb") as opened:
                    data = opened.read()
                member = os.path.relpath(path, "content").replace(os.sep, "/")
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                record += f"{member},sha256={digest},{len(data)}\\n"
                archive.writestr(member, data)
        archive.writestr("NAME-1.0.dist-info/RECORD", record + "NAME-1.0.dist-info/RECORD,,\\n")
    return name
'''


def _sdist(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    stem = name.replace("-", "_")
    info = f"content/{stem}-1.0.dist-info"
    members = {f"content/{path}": text for path, text in files.items()}
    members["backend.py"] = _BACK_END.replace("NAME", stem)
    members["pyproject.toml"] = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    members[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    members[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if name == "starts":
        members[f"{info}/entry_points.txt"] = "[console_scripts]\nstarts = starts:main\n"
    return make_sdist(folder, name, "1.0", members)


def write_workspace(workspace: Path, archives: Path, *, built: frozenset[str], python: str) -> str:
    """Write a workspace as rules_python's users have it; nothing in it names our rules. Returns the index's address.

    :param built: distributions that the lock has as sdists.
    """
    workspace.mkdir(parents=True)
    archives.mkdir(parents=True)
    made = {}
    for name, files in LAYOUTS.items():
        scripts = {"starts": "starts:main"} if name == "starts" else None
        wheel = name not in built
        made[name] = make_wheel(archives, name, "1.0", files=files, scripts=scripts) if wheel else _sdist(archives, name, files)
    address = write_simple(archives / "simple", list(made.values()))
    lock = "".join(f"{name}==1.0 --hash=sha256:{sha256(path)}\n" for name, path in made.items())
    (workspace / "requirements.txt").write_text(lock, encoding="utf-8")
    (workspace / "MODULE.bazel").write_text(_MODULE.format(python=python, address=address), encoding="utf-8")
    calls = [_BUILD]
    for name, (needed, text) in _TESTS.items():
        (workspace / f"{name}_test.py").write_text(text, encoding="utf-8")
        deps = json.dumps([f"@pypi//{other.replace('-', '_')}" for other in needed])
        data = '["facts"]' if name == "providers" else "[]"
        calls.append(f'py_test(name = "{name}_test", srcs = ["{name}_test.py"], data = {data}, deps = {deps})\n')
    (workspace / "facts.bzl").write_text(_FACTS, encoding="utf-8")
    (workspace / "BUILD.bazel").write_text("\n".join(calls), encoding="utf-8")
    rc = (
        "common --@rules_python//python/config_settings:venvs_site_packages=yes\n"
        "common --@rules_python//python/config_settings:bootstrap_impl=script\n"
    )
    (workspace / ".bazelrc").write_text(rc, encoding="utf-8")
    return address


def write_layouts(folder: Path, python: str) -> list[Consumer]:
    """Write the workspaces: from wheels, from sdists, from one of each in both ways, and the first for rules_python itself."""
    outer, inner = frozenset({"sky-core", "metry-api", "lab-one"}), frozenset({"sky-core-tracing", "metry-sdk", "lab-two"})
    kinds = {"wheels": frozenset(), "sdists": frozenset(LAYOUTS), "sdists outside": outer, "sdists inside": inner}
    consumers = []
    for kind, built in [*kinds.items(), ("stock", frozenset())]:
        stock, place = kind == "stock", folder / kind.replace(" ", "-")
        address = write_workspace(place / "workspace", place / "archives", built=built, python=python)
        options = (f"--index-url={address}",)
        locks = {"requirements.txt": python}
        path = str(place / "workspace")
        consumers.append(Consumer(folder=path, name=f"layouts from {kind}", locks=locks, options=options, stock=stock))
    return consumers
