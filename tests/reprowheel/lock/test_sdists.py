"""What is recorded for one sdist, what its back end sees, and what cannot be locked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, sha256, toy_back_end, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import LockError
from reprowheel.lock.build_lock import read_build_lock


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def test_locks_what_a_real_build_of_the_sdist_says(bench: Bench, tmp_path: Path) -> None:
    """The recorded metadata is that of the wheel which pip builds from the same sdist."""
    make_wheel(bench.files, "helper", "3.0", requires=["deep>=1"])
    make_wheel(bench.files, "deep", "1.5")
    sdist = toy_sdist(
        bench.files,
        "foo-bar",
        asks=["helper"],
        requires_dist=["zeta>=1", "alpha ; extra == 'x'"],
        provides_extra=["x"],
        requires_python=">=3.8",
        scripts={"Foo-Tool": "foo_bar:main"},
    )
    content = bench.lock(bench.write(sdist))
    assert content["build_lock_version"] == 1
    entry = content["sdists"]["foo-bar==1.0"]
    assert entry["sha256"] == sha256(sdist)
    assert entry["filename"] == sdist.name
    assert entry["build_backend"] == "toy"
    assert entry["build_requirements"] == ["deep==1.5", "helper==3.0", "toy==1.0"]
    assert {key: wheel["sha256"] for key, wheel in content["wheels"].items()} == {
        "deep==1.5": sha256(bench.files / "deep-1.5-py3-none-any.whl"),
        "helper==3.0": sha256(bench.files / "helper-3.0-py3-none-any.whl"),
        "toy==1.0": sha256(bench.files / "toy-1.0-py3-none-any.whl"),
    }
    reference = real_metadata(sdist, bench, tmp_path / "reference")
    assert sorted(reference["requires_dist"]) == entry["requires_dist"]
    assert reference["provides_extra"] == entry["provides_extra"]
    assert reference["requires_python"] == entry["requires_python"]
    assert reference["entry_points"] == entry["entry_points"]


REFERENCE = """\
import json, sys
from importlib.metadata import PathDistribution
import pathlib
d = PathDistribution(next(pathlib.Path(sys.argv[1]).glob("*.dist-info")))
points = {}
for p in d.entry_points:
    points.setdefault(p.group, {})[p.name] = p.value
print(json.dumps({"requires_dist": d.metadata.get_all("Requires-Dist") or [],
    "provides_extra": d.metadata.get_all("Provides-Extra") or [],
    "requires_python": d.metadata.get("Requires-Python", ""), "entry_points": points}))
"""


def real_metadata(sdist: Path, bench: Bench, target: Path) -> dict[str, Any]:
    """Let pip build and install an sdist, and the standard library read its metadata."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    subprocess.run([*pip, "--no-index", "--find-links", str(bench.files), str(sdist)], check=True, capture_output=True)
    run = subprocess.run([sys.executable, "-c", REFERENCE, str(target)], check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_static_and_dynamic_requirements_are_resolved_together(bench: Bench) -> None:
    """`helper` alone would be 2.0; what the back end asks for limits it, and only that one is locked."""
    make_wheel(bench.files, "helper", "1.0")
    make_wheel(bench.files, "helper", "2.0")
    sdist = toy_sdist(bench.files, "foo", requires=["toy", "helper"], asks=["helper<2"])
    content = bench.lock(bench.write(sdist))
    assert content["sdists"]["foo==1.0"]["build_requirements"] == ["helper==1.0", "toy==1.0"]
    assert set(content["wheels"]) == {"helper==1.0", "toy==1.0"}


def test_a_tool_that_is_asked_for_until_it_is_there_stays(bench: Bench) -> None:
    """A back end that stops asking once its tool is in the environment does not lose it again."""
    make_wheel(bench.files, "mytool", "1.0", files={"mytool.py": "def main(): pass\n"}, scripts={"mytool": "mytool:main"})
    sdist = toy_sdist(bench.files, "foo", asks=["mytool"], unless="mytool")
    entry = bench.lock(bench.write(sdist))["sdists"]["foo==1.0"]
    assert entry["build_requirements"] == ["mytool==1.0", "toy==1.0"]


def test_a_tool_of_the_host_does_not_replace_its_wheel(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """CMake on this machine's PATH is out of sight; a compiler is not."""
    host = tmp_path / "host"
    host.mkdir()
    for name in ("cmake", "gcc"):
        (host / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (host / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{host}{os.pathsep}{os.environ['PATH']}")
    make_wheel(bench.files, "cmake", "4.0")
    seen = "import os; assert os.path.realpath(shutil.which('gcc')) == " + repr(os.path.realpath(host / "gcc"))
    sdist = toy_sdist(bench.files, "foo", asks=["cmake"], unless="cmake", checks=[seen])
    assert "cmake==4.0" in bench.lock(bench.write(sdist))["wheels"]


def test_back_ends_see_nothing_of_the_user(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the caller, no HOME with files, no module of the helper, no network reaches a back end."""
    monkeypatch.setenv("MY_TOKEN", "sesame")
    checks = [
        "assert 'sesame' not in repr(dict(os.environ))",
        "assert os.listdir(os.environ['HOME']) == []",
        "assert os.environ['PYTHONHASHSEED'] == '0' and os.environ['SOURCE_DATE_EPOCH'] == '1600000000'",
        "assert not [m for m in ('pytest', 'pip', 'setuptools') if __import__('importlib.util').util.find_spec(m)]",
        "import socket; s = socket.socket(); r = s.connect_ex(('192.0.2.1', 80)); assert r in (100, 101), r",
    ]
    assert bench.run(bench.write(toy_sdist(bench.files, "foo", checks=checks))) == 0


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80))", r"Network is unreachable.*tried to reach 192\.0\.2\.1:80"),
        ("import urllib.request as r; r.urlopen('http://files.example.org/x')", r"tried to reach files\.example\.org:80"),
        ("import socket\ntry: socket.getaddrinfo('example.org', 443)\nexcept OSError: sys.exit('no')", r"example\.org:443"),
    ],
)
def test_a_back_end_that_wants_the_network_while_it_is_asked(bench: Bench, check: str, message: str) -> None:
    """One line: file, line, package, hook, what it wanted to reach, and that there is no network; nothing is written."""
    requirements = bench.write(toy_sdist(bench.files, "foo", checks=[check]))
    with pytest.raises(LockError, match=message) as caught:
        bench.run(requirements)
    place = f"{requirements}:1: foo==1.0: "
    assert caught.value.message.startswith(f"{place}the build back end failed: ")
    assert "its hook get_requires_for_build_wheel printed" in caught.value.tip
    assert caught.value.message.endswith(", and builds have no network")
    assert "\n" not in caught.value.message
    assert not bench.out.exists()


def test_two_sdists_need_two_setuptools(bench: Bench) -> None:
    """Requirements that no one version meets are resolved sdist by sdist, and each is asked with its own version."""
    for version in ("58.0", "80.1", "81.0"):
        make_wheel(bench.files, "setuptools", version, files={"setuptools.py": f"VERSION = {version!r}\n"})
    check = "import setuptools; assert setuptools.VERSION == '{}'"
    old = toy_sdist(bench.files, "old", requires=["toy", "setuptools<60"], checks=[check.format("58.0")])
    new = toy_sdist(bench.files, "new", asks=["setuptools>=80,<81"])
    content = bench.lock(bench.write(old, new))
    assert {key: entry["build_requirements"] for key, entry in content["sdists"].items()} == {
        "new==1.0": ["setuptools==80.1", "toy==1.0"],
        "old==1.0": ["setuptools==58.0", "toy==1.0"],
    }
    assert set(content["wheels"]) == {"setuptools==58.0", "setuptools==80.1", "toy==1.0"}


def test_a_failing_back_end_is_named_with_its_output(bench: Bench) -> None:
    """The error has file, line, package, hook and the back end's last line; nothing is written."""
    requirements = bench.write(toy_sdist(bench.files, "foo", checks=["raise ValueError('it is broken')"]))
    with pytest.raises(LockError) as caught:
        bench.run(requirements)
    message = caught.value.message
    assert message.startswith(f"{requirements}:1: foo==1.0: ")
    assert "its hook get_requires_for_build_wheel printed" in caught.value.tip
    assert "it is broken" in message
    assert "\n  | ValueError: it is broken" in caught.value.tip
    assert not bench.out.exists()


@pytest.mark.parametrize(
    ("more", "requires", "message"),
    [
        ("", ["missing-project"], "missing-project"),
        ("", ["toy @ https://example.org/toy.whl"], "comes from a URL"),
        ("", ["toy >> 1"], "not valid"),
        ("backend-path = 3\n", ["toy"], "build-system.backend-path"),
        ("[tool\n", ["toy"], "pyproject.toml cannot be read"),
    ],
)
def test_bad_build_systems(bench: Bench, more: str, requires: list[str], message: str) -> None:
    """What cannot be locked is refused in one line that names the package and what is wrong."""
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=requires, more=more))
    with pytest.raises(LockError) as caught:
        bench.run(requirements)
    assert caught.value.message.startswith(f"{requirements}:1: foo==1.0: ")
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.tip


def test_a_missing_back_end_is_an_error(bench: Bench) -> None:
    """A back end that its own requirements do not provide is named."""
    requirements = bench.write(toy_sdist(bench.files, "foo", backend="not_there"))
    with pytest.raises(LockError, match="not_there"):
        bench.run(requirements)


def test_in_tree_back_end_without_requirements(bench: Bench) -> None:
    """An empty `requires` with a back end in the sdist is locked with nothing."""
    make_wheel(bench.files, "unused", "1.0")
    source = toy_back_end(bench.root).name

    text = zipfile.ZipFile(bench.root / source).read("toy.py").decode()
    sdist = toy_sdist(bench.files, "foo", requires=[], backend="mine", more='backend-path = ["in"]', files={"in/mine.py": text})
    content = bench.lock(bench.write(sdist))
    assert content["sdists"]["foo==1.0"]["build_requirements"] == []
    assert content["wheels"] == {}


def test_an_archive_of_another_distribution_is_refused(bench: Bench) -> None:
    """The hash fits, but the back end says that it is another version."""
    sdist = toy_sdist(bench.files, "foo", version="1.0")
    renamed = bench.files / "foo-2.0.tar.gz"
    sdist.rename(renamed)
    with pytest.raises(LockError, match=r"foo==2\.0: the archive with this hash is foo==1\.0"):
        bench.run(bench.write(renamed))


def test_build_requirement_that_exists_only_as_sdist(bench: Bench) -> None:
    """It is locked like any other, and its own build really runs: its module is there for the next one."""
    toy_sdist(bench.files, "onlysource", module="value = 42\n")
    sdist = toy_sdist(
        bench.files, "foo", requires=["toy", "onlysource"], checks=["import onlysource; assert onlysource.value == 42"]
    )
    content = bench.lock(bench.write(sdist))
    assert set(content["sdists"]) == {"foo==1.0", "onlysource==1.0"}
    assert content["sdists"]["foo==1.0"]["build_requirements"] == ["onlysource==1.0", "toy==1.0"]
    assert content["sdists"]["onlysource==1.0"]["build_requirements"] == ["toy==1.0"]
    assert set(content["wheels"]) == {"toy==1.0"}
    read_build_lock(bench.out)


def test_a_cycle_of_sdists_is_named(bench: Bench) -> None:
    """Two sdists that need each other to be built are an error with the whole circle, not an endless build."""
    toy_sdist(bench.files, "beta", asks=["gamma"])
    toy_sdist(bench.files, "gamma", asks=["beta"])
    requirements = bench.write(toy_sdist(bench.files, "foo", asks=["beta"]))
    with pytest.raises(LockError, match=r"beta==1\.0 → gamma==1\.0 → beta==1\.0"):
        bench.run(requirements)


def test_metadata_without_a_hook(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A back end without metadata hook: PKG-INFO where it binds every wheel, else one build whose wheel is read."""
    toy_back_end(bench.files, metadata_hook=False)
    answers: dict[str, Any] = {
        "requires": ["toybare"],
        "backend": "toybare",
        "requires_dist": ["alpha"],
        "scripts": {"tool": "m:f"},
    }
    built = toy_sdist(bench.files, "built", **answers)
    project = '[project]\nname = "static"\nversion = "1.0"\ndependencies = ["alpha"]\nscripts = {tool = "m:f"}\n'
    info = {"PKG-INFO": "Metadata-Version: 2.1\nName: static\nVersion: 1.0\nRequires-Dist: alpha\n"}
    static = toy_sdist(bench.files, "static", more=project, files=info, **answers)
    content = bench.lock(bench.write(built, static))
    messages = capsys.readouterr().err
    assert "built==1.0: its back end has no metadata hook" in messages
    assert "static==1.0: its back end has no metadata hook" not in messages
    for key in ("built==1.0", "static==1.0"):
        assert content["sdists"][key]["requires_dist"] == ["alpha"]
        assert content["sdists"][key]["entry_points"] == {"console_scripts": {"tool": "m:f"}}


def test_names_that_can_be_imported(bench: Bench) -> None:
    """From the hook where it says them; from the wheel where one is built anyway; left out where neither is."""
    toy_back_end(bench.files, metadata_hook=False)
    answers: dict[str, Any] = {"requires": ["toybare"], "backend": "toybare"}
    said = toy_sdist(bench.files, "said", top_level=["said", "_said"])
    unsaid = toy_sdist(bench.files, "unsaid")
    built = toy_sdist(bench.files, "built-one", **answers)
    toy_sdist(bench.files, "onlysource")
    needing = toy_sdist(bench.files, "needing", requires=["toy", "onlysource"])
    sdists = bench.lock(bench.write(said, unsaid, built, needing))["sdists"]
    assert {key: entry.get("top_level") for key, entry in sdists.items()} == {
        "built-one==1.0": ["built_one"],
        "needing==1.0": None,
        "onlysource==1.0": ["onlysource"],
        "said==1.0": ["_said", "said"],
        "unsaid==1.0": None,
    }


def test_old_style_sdist_gets_the_defaults(bench: Bench) -> None:
    """Without pyproject.toml, setuptools in its legacy mode builds (PEP 517, 518)."""
    legacy = "class _Legacy:\n    pass\n__legacy__ = _Legacy()\n"
    text = legacy + "import toy\n__legacy__.get_requires_for_build_wheel = lambda config_settings=None: []\n"
    text += "__legacy__.prepare_metadata_for_build_wheel = toy.prepare_metadata_for_build_wheel\n"
    text += "__legacy__.build_wheel = toy.build_wheel\n"
    make_wheel(
        bench.files,
        "setuptools",
        "40.8.0",
        files={"setuptools/__init__.py": "", "setuptools/build_meta.py": text},
        requires=["toy"],
    )
    make_wheel(bench.files, "setuptools", "40.7.0")
    sdist = make_sdist(bench.files, "foo", "1.0", {"pyproject.toml": '[tool.toy]\nname = "foo"\nversion = "1.0"\n'})
    entry = bench.lock(bench.write(sdist))["sdists"]["foo==1.0"]
    assert entry["build_backend"] == "setuptools.build_meta:__legacy__"
    assert entry["build_requirements"] == ["setuptools==40.8.0", "toy==1.0"]


def test_pip_never_runs_a_back_end(bench: Bench, tmp_path: Path) -> None:
    """A back end that pip would run to learn an sdist's name leaves no trace: only ours runs, contained."""
    trace = tmp_path / "trace"
    check = f"import os, contextlib\nwith contextlib.suppress(OSError): open({str(trace)!r}, 'a').write(os.environ['TMPDIR'])"
    subprocess.run([sys.executable, "-c", check], check=True, env={"TMPDIR": "uncontained"})
    assert trace.read_text(encoding="utf-8") == "uncontained"
    trace.unlink()
    inside = "assert os.environ['TMPDIR'].startswith('/tmp/rw')"
    toy_sdist(bench.files, "onlysource", checks=[check, inside])
    bench.lock(bench.write(toy_sdist(bench.files, "foo", requires=["toy", "onlysource"])))
    assert not trace.exists()


def test_newest_sdist_that_fits_is_chosen(bench: Bench) -> None:
    """Of sdists without a wheel, the newest that the requirement and this Python allow; its pin, if there is one."""
    for version in ("1.0", "1.5", "2.0"):
        toy_sdist(bench.files, "onlysource", version=version)
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "onlysource<2"]))
    assert set(bench.lock(requirements)["sdists"]) == {"foo==1.0", "onlysource==1.5"}
    toy_sdist(bench.files, "onlysource", version="1.7")
    assert set(bench.lock(requirements)["sdists"]) == {"foo==1.0", "onlysource==1.5"}
    assert set(bench.lock(requirements, "--upgrade", "onlysource")["sdists"]) == {"foo==1.0", "onlysource==1.7"}


def test_failing_metadata_hook(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A hook that wants a compiler: PKG-INFO is taken where it binds every wheel; elsewhere the failure is an error."""
    project = '[project]\nname = "static"\nversion = "1.0"\ndependencies = ["alpha"]\n'
    info = {"PKG-INFO": "Metadata-Version: 2.1\nName: static\nVersion: 1.0\nRequires-Dist: alpha\n"}
    static = toy_sdist(bench.files, "static", more=project, files=info, no_compiler=True)
    content = bench.lock(bench.write(static))
    assert content["sdists"]["static==1.0"]["requires_dist"] == ["alpha"]
    assert "no compiler here" in capsys.readouterr().err
    with pytest.raises(LockError, match="the build back end failed: no compiler here$") as caught:
        bench.run(bench.write(toy_sdist(bench.files, "foo", no_compiler=True)))
    assert "its hook prepare_metadata_for_build_wheel printed" in caught.value.tip


def test_entry_points_that_the_hook_does_not_write(bench: Bench) -> None:
    """A metadata hook may leave entry_points.txt out; pyproject.toml's own are recorded all the same."""
    project = '[project]\nname = "foo"\nversion = "1.0"\nscripts = {tool = "m:f"}\n'
    entry = bench.lock(bench.write(toy_sdist(bench.files, "foo", more=project)))["sdists"]["foo==1.0"]
    assert entry["entry_points"] == {"console_scripts": {"tool": "m:f"}}
