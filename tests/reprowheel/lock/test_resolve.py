"""The resolver: pip's own answers, and what pip is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, sha256, write_simple
from support.serving import serving_folder

from reprowheel import limits
from reprowheel.errors import LockError, ReprowheelError
from reprowheel.fetch.index import Index
from reprowheel.lock.resolve import BuiltWheel, Pins, Resolver, _run_pip, target_python


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


def nothing(_requirement: Requirement, _pins: Pins) -> BuiltWheel | None:
    """Provide no wheel."""
    return None


def test_the_answer_is_pips(tmp_path: Path) -> None:
    """Versions, files and hashes are those that pip itself installs from the same index."""
    make_wheel(tmp_path, "a", "1.0", requires=["b<3", "c ; python_version < '3'"])
    for version in ("1.0", "2.0", "3.0"):
        make_wheel(tmp_path, "b", version)
    make_wheel(tmp_path, "c", "1.0")
    make_sdist(tmp_path, "b", "2.5", {})
    url = write_simple(tmp_path / "index", sorted(tmp_path.glob("*-*")))
    target = tmp_path / "target"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--index-url", url]
    subprocess.run([*pip, "--target", str(target), "a"], check=True, capture_output=True)
    installed = sorted(p.name.removesuffix(".dist-info").replace("-", "==") for p in target.glob("*.dist-info"))
    with Index(url) as index:
        resolver = Resolver(target_python(sys.executable), index, print)
        answer = resolver.resolve(["a"], Pins(), place="p", provide=nothing)
    assert [item.key for item in answer] == installed == ["a==1.0", "b==2.0"]
    assert [item.sha256 for item in answer] == [sha256(tmp_path / item.filename) for item in answer]
    assert all(item.is_wheel for item in answer)


def test_options_of_the_user_do_not_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constraints, pre-releases and targets configured for the user's own pip change nothing."""
    make_wheel(tmp_path, "a", "1.0")
    make_wheel(tmp_path, "a", "2.0")
    make_wheel(tmp_path, "a", "3.0a1")
    (tmp_path / "constraints.txt").write_text("a<2\n", encoding="utf-8")
    url = write_simple(tmp_path / "index", sorted(tmp_path.glob("*.whl")))
    config = tmp_path / "pip.conf"
    text = f"[global]\npre = true\nno-binary = :all:\n[install]\nuser = true\nconstraint = {tmp_path}/constraints.txt\n"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Index(url) as index:
        resolver = Resolver(target_python(sys.executable), index, print)
        answer = resolver.resolve(["a"], Pins(), place="p", provide=nothing)
    assert [item.key for item in answer] == ["a==2.0"]


def test_no_solution_says_what_pip_says(tmp_path: Path) -> None:
    """The message has the place, the requirements and pip's reason; asked for sdists, none is built by pip."""
    make_wheel(tmp_path, "a", "1.0")
    url = write_simple(tmp_path / "index", sorted(tmp_path.glob("*.whl")))
    asked: list[str] = []

    def remember(requirement: Requirement, _pins: Pins) -> BuiltWheel | None:
        asked.append(str(requirement))
        return None

    with Index(url) as index, pytest.raises(LockError) as caught:
        resolver = Resolver(target_python(sys.executable), index, print)
        resolver.resolve(["a>=2"], Pins(), place="the place", provide=remember)
    assert caught.value.message.startswith("the place: its build requirements a>=2 cannot be resolved: ")
    assert "No matching distribution found for a>=2" in caught.value.message
    assert asked == ["a>=2"]


def test_constraints_bind_every_answer(tmp_path: Path) -> None:
    """The answer is the one that pip gives with a constraints file; where that leaves nothing, the message has them."""
    make_wheel(tmp_path, "a", "1.0", requires=["b"])
    for version in ("1.0", "2.0"):
        make_wheel(tmp_path, "b", version)
    url = write_simple(tmp_path / "index", sorted(tmp_path.glob("*.whl")))
    with Index(url) as index:
        resolver = Resolver(target_python(sys.executable), index, print, None, ["b<2", "a==9 ; python_version < '3'"])
        assert [item.key for item in resolver.resolve(["a"], Pins(), place="p", provide=nothing)] == ["a==1.0", "b==1.0"]
        pinned = resolver.resolve(["a"], Pins(wheels=("b==2.0",)), place="p", provide=nothing)
        assert [item.key for item in pinned] == ["a==1.0", "b==1.0"], "a pin gives way"
        with pytest.raises(LockError) as caught:
            resolver.resolve(["b>=2"], Pins(), place="p", provide=nothing)
    start = "p: its build requirements b>=2 cannot be resolved within the build constraints b<2, a==9 ; python_version < '3': "
    assert caught.value.message.startswith(start)
    assert resolver.constrained(Requirement("b>=1")) == Requirement("b<2,>=1").specifier
    assert resolver.constrained(Requirement("a>=1")) == Requirement("a>=1").specifier


def test_a_provided_wheel_stands_for_its_sdist(tmp_path: Path) -> None:
    """What the caller built is used by pip and recorded as the sdist."""
    make_wheel(tmp_path, "a", "1.0", requires=["b>=1"])
    url = write_simple(tmp_path / "index", sorted(tmp_path.glob("*.whl")))
    (tmp_path / "built").mkdir()
    built = make_wheel(tmp_path / "built", "b", "1.0")

    def provide(requirement: Requirement, _pins: Pins) -> BuiltWheel | None:
        assert requirement.name == "b"
        return BuiltWheel(wheel=built, sdist="b-1.0.tar.gz", sha256="5" * 64)

    with Index(url) as index:
        resolver = Resolver(target_python(sys.executable), index, print)
        answer = resolver.resolve(["a"], Pins(), place="p", provide=provide)
    assert [(i.key, i.filename, i.is_wheel) for i in answer][1] == ("b==1.0", "b-1.0.tar.gz", False)
    assert answer[1].sha256 == "5" * 64


def test_target_python_is_asked_and_not_the_helper() -> None:
    """Markers and tags are what `packaging` computes inside that interpreter."""
    code = "import json; from packaging.markers import default_environment as d; print(json.dumps(dict(d())))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found = target_python(sys.executable)
    assert found.markers == json.loads(run.stdout)
    assert found.tags[0].startswith(f"cp{sys.version_info.major}{sys.version_info.minor}-")


@pytest.mark.parametrize("script", [None, "exit 3", "echo no json"])
def test_an_interpreter_that_does_not_answer(tmp_path: Path, script: str | None) -> None:
    """A program that is missing, fails or prints something else is an error with its path."""
    path = tmp_path / "python"
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        os.chmod(path, 0o755)
    with pytest.raises(ReprowheelError, match=str(path)):
        target_python(str(path))


def test_page_of_a_server_that_names_a_file(tmp_path: Path) -> None:
    """pip itself would take a wheel of this machine from such a page; the same page on this machine is fine (control)."""
    url = write_simple(tmp_path / "index", [make_wheel(tmp_path, "a", "1.0")])
    with serving_folder(tmp_path / "index") as address:
        for place in (f"{address}/", url):
            with Index(place) as index:
                resolver = Resolver(target_python(sys.executable), index, print)
                if place == url:
                    assert [item.key for item in resolver.resolve(["a"], Pins(), place="p", provide=nothing)] == ["a==1.0"]
                else:
                    with pytest.raises(LockError, match=r"^a==1.0: the index says that it is at file:.*; expected http or https"):
                        resolver.resolve(["a"], Pins(), place="p", provide=nothing)


@pytest.mark.parametrize(
    ("limit", "value", "program", "message"),
    [
        ("PIP_SECONDS", 0.5, "time.sleep(60)", "pip takes more than 0 s, which is the limit"),
        ("MAX_PIP_MEMORY", 300 << 20, "sys.stdin.read(); time.sleep(1); bytes(1 << 30)", "MemoryError"),
        ("MAX_PIP_MEMORY", 8 << 30, "sys.exit('said')", "said"),
    ],
    ids=["time", "memory", "neither"],
)
def test_pip_has_limits(monkeypatch: pytest.MonkeyPatch, limit: str, value: float, program: str, message: str) -> None:
    """pip reads pages that anybody may have written: it ends after some time, and without taking all memory."""
    monkeypatch.setattr(limits, limit, value)
    code, said = _run_pip([sys.executable, "-c", f"import sys, time; {program}"], os.environ, ".")
    assert code == 1
    assert said.strip().splitlines()[-1] == message
