"""Two toolchains, two fingerprints, two names: each part of an explanation by itself."""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from execlog.explain.contents import Contents
from execlog.explain.fingerprint import compare_fingerprints
from execlog.explain.request import SETTINGS
from execlog.explain.toolchain import compare_toolchains
from execlog.model import Store
from execlog.names import Names
from execlog.read import read_log
from support.execution_logs import Made, write_log
from support.wheel_logs import GCC, A, B, answer, build

ROOT = Path(__file__).resolve().parents[2]
HEADER = ("-c", "find", "sh", "/usr/include", "-path", "*/yaml.h")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"c_flags": ["-a"]}, {"c_flags": ["-a", "-O1"]}, ["-O1 added to C flags"]),
        ({"c_flags": ["-O1"], "cxx_flags": ["-O1"]}, {}, ["-O1 removed from C and C++ flags"]),
        ({"c_flags": ["-a", "-O1"]}, {"c_flags": ["-a", "-O2"]}, ["-O1 → -O2 in C flags"]),
        ({"cxx_flags": ["-a", "-b", "-c"]}, {"cxx_flags": ["-b", "-c", "-a"]}, ["-a at another place among C++ flags"]),
        ({"c_flags": []}, {"c_flags": ["-g", "-isystem", "x y"]}, ["-g added to C flags", "-isystem x y added to C flags"]),
        ({"env": {"A": "1"}}, {"env": {"A": "2"}}, ["variable A"]),
        ({"tools": {"ar": "/a"}}, {"tools": {"ar": "/b"}}, ["tool ar"]),
        ({"glibc": "2.28"}, {"glibc": "2.34"}, ["glibc"]),
        ({"tools": GCC, "c_flags": ["-a"]}, {"tools": GCC | {"cc": "/x/gcc"}, "c_flags": ["-b"]}, ["C/C++ compiler"]),
        ({"tools": GCC, "c_flags": ["-a"]}, {"tools": GCC, "c_flags": ["-a"]}, []),
    ],
)
def test_toolchains(left: dict[str, Any], right: dict[str, Any], expected: list[str]) -> None:
    """Each changed flag or field is named; another compiler is one fact with its flags beside it."""
    facts = compare_toolchains(left, right)
    assert [fact.subject for fact in facts] == expected
    assert [bool(fact.also) for fact in facts] == [subject == "C/C++ compiler" for subject in expected]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            {"/bin/gcc": answer("gcc (Debian 14.2.0-1) 14.2.0\nC"), "/bin/g++": answer("g++ (Debian 14.2.0-1) 14.2.0\nC")},
            {"/bin/gcc": answer("gcc (Debian 15.1.0-1) 15.1.0\nC"), "/bin/g++": answer("g++ (Debian 15.1.0-1) 15.1.0\nC")},
            [("compiler", "/bin/g++, /bin/gcc", "14.2.0", "15.1.0")],
        ),
        (
            {"/bin/ld": answer("GNU ld (Binutils) 2.40"), "/bin/gcc": answer("gcc 14.2.0")},
            {"/bin/ld": answer("GNU ld (Binutils) 2.41"), "/bin/gcc": answer("gcc 15.1.0")},
            [("compiler", "/bin/gcc", "14.2.0", "15.1.0"), ("tool", "/bin/ld", "2.40", "2.41")],
        ),
        (
            {"/bin/sh": answer(f"{A}  /usr/include/yaml.h\n", *HEADER)},
            {"/bin/sh": answer(f"{B}  /usr/include/yaml.h\n", *HEADER)},
            [("header", "/usr/include/yaml.h", A[:12], B[:12])],
        ),
        ({}, {"/bin/sh": answer(f"{B}  /i/y.h", *HEADER)}, [("header", "/i/y.h", None, B[:12])]),
        (
            {"/bin/sha256sum": answer(f"{A}  /lib/libyaml.so", "/lib/libyaml.so")},
            {"/bin/sha256sum": answer(f"{B}  /lib/libyaml.so", "/lib/libyaml.so")},
            [("library", "/lib/libyaml.so", A[:12], B[:12])],
        ),
        (
            {"/bin/python3": answer('{"implementation_version": "3.14.1"}', "-c", "x")},
            {"/bin/python3": answer('{"implementation_version": "3.14.2"}', "-c", "x")},
            [("python", "/bin/python3", "3.14.1", "3.14.2")],
        ),
        (
            {"/bin/cc": [*answer("cc 1.0"), *answer("a\nold\n", "-dumpspecs")]},
            {"/bin/cc": [*answer("cc 1.0"), *answer("a\nnew\n", "-dumpspecs")]},
            [("compiler", "/bin/cc", "1.0, answers -dumpspecs: old", "1.0, answers -dumpspecs: new")],
        ),
        ({"/bin/as": answer("as 1.0 #12")}, {"/bin/as": answer("as 1.1 #-13")}, [("tool", "/bin/as", "1.0", "1.1")]),
        ({"/bin/as": answer("as 1.0")}, {"/bin/as": answer("as 1.0")}, []),
    ],
)
def test_fingerprints(left: dict[str, Any], right: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    """Programs by version, those of one package together; headers and libraries by path; the first line that differs."""
    assert [(f.kind, f.subject, f.left, f.right) for f in compare_fingerprints(left, right)] == expected


PLACES = ["cas/{0:.2}/{0}", "{0:.2}/{0}", "cas/{0}", "cas.v2/{0:.2}/{0}-{1}-77", "execroot/_main/{2}", "{2}"]


@pytest.mark.parametrize("where", PLACES)
def test_contents(tmp_path: Path, where: str) -> None:
    """A file is found in each layout of caches and output bases; another file at its path, of the same size, is not taken."""
    name, path = hashlib.sha256(b"text").hexdigest(), "bazel-out/x/bin/f.json"
    place = tmp_path / where.format(name, 4, path)
    place.parent.mkdir(parents=True)
    place.write_text("text", encoding="utf-8")
    assert Contents([str(tmp_path)]).text(f"{name}/4", path) == "text"
    assert Contents([str(tmp_path)]).text(f"{name}/5", path) is None
    if "{2}" in where:
        place.write_text("texT", encoding="utf-8")
        assert Contents([str(tmp_path)]).text(f"{name}/4", path) is None


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("@@rules_reprowheel++pip+pypi_311_foo_1_0//:whl_file", "@pypi//foo:whl"),
        ("@@rules_reprowheel++pip+pypi_311_foo//:pkg", "@pypi//foo"),
        ("@@rules_reprowheel~~pip~pypi_313_linux_x86_64_foo_bar_1_0_2//:pkg.site", "@pypi//foo_bar:pkg.site"),
        ("@@rules_reprowheel++pip+my_hub_foo_1_0//:whl", "@my_hub//foo:whl"),
        ("@@pypi_foo_2_0rc1//:whl", "@pypi//foo:whl"),
        ("@@rules_reprowheel++pip+pypi_build_setuptools_80_1//:whl_file", "@@…pypi_build_setuptools_80_1//:whl_file"),
        ("@@rules_python++python+python_3_11_x86_64//:files", "@@…python_3_11_x86_64//:files"),
        ("@@rules_reprowheel+//python:helper_bytecode", "@@rules_reprowheel//python:helper_bytecode"),
        ("//app:test", "//app:test"),
        ("@@rules_reprowheel++pip+pypi_foo_1_0", "@pypi//foo"),
        ("@@a++pip+pypi_foo_1_0 → @@a++pip+pypi_foo_1_1: 2 files", "@@…pypi_foo_1_0 → @@…pypi_foo_1_1: 2 files"),
        ("bazel-out/k8/bin/external/a++pip+pypi_foo_1_0/f", "bazel-out/k8/bin/external/…pypi_foo_1_0/f"),
    ],
)
def test_names(tmp_path: Path, label: str, expected: str) -> None:
    """Repositories of distributions are named as users name them; others by the last part of their canonical name."""
    spawn = build("--hub=my_hub")
    log = read_log(write_log(tmp_path / "a", [spawn]), Store())
    assert Names(log).readable(label) == expected


def test_two_variants_keep_their_names(tmp_path: Path) -> None:
    """Where one log has a package for two Pythons, the names tell them apart."""
    labels = [f"@@rules_reprowheel++pip+pypi_{python}_foo_1_0//:whl" for python in ("313", "314")]
    log = read_log(write_log(tmp_path / "a", [Made(label, {}, {label: "x"}) for label in labels]), Store())
    assert [Names(log).readable(label) for label in labels] == ["@@…pypi_313_foo_1_0//:whl", "@@…pypi_314_foo_1_0//:whl"]


def test_settings_are_those_of_the_rules() -> None:
    """Each option of a build is named by the attribute that settings.bzl has for it."""
    text = (ROOT / "python/private/wheel/settings.bzl").read_text(encoding="utf-8")
    flags = re.search(r"^BUILD_FLAGS = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    assert flags
    expected = {option: name for name, option in ast.literal_eval(flags[1]).items()}
    assert expected | {"--cargo-lock": "cargo_locks"} == SETTINGS["ReprowheelBuild"]  # an attribute that is no setting
