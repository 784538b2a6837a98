"""The verb `lock`: what it takes, what it writes, what it refuses."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_wheel, sha256, toy_back_end, toy_sdist, write_simple
from support.lock_bench import Bench

from reprowheel.__main__ import main
from reprowheel.errors import FetchError, LockError, ReprowheelError, UsageError


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def test_same_input_same_bytes_and_check(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Run again, the file keeps its bytes and --check says yes; with one byte of it changed, no, and shows it."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.lock(requirements)
    first = bench.out.read_bytes()
    assert first.endswith(b"}\n")
    bench.lock(requirements)
    assert bench.out.read_bytes() == first
    assert bench.run(requirements, "--check") == 0
    capsys.readouterr()
    stale = first.replace(b'"requires_python": ""', b'"requires_python": ">=2"')
    bench.out.write_bytes(stale)
    assert bench.run(requirements, "--check") == 1
    output = capsys.readouterr()
    assert '-      "requires_python": ">=2"' in output.out
    assert '+      "requires_python": ""' in output.out
    assert "To fix: reprowheel lock" in output.err
    assert bench.out.read_bytes() == stale
    bench.out.unlink()
    assert bench.run(requirements, "--check") == 1
    assert not bench.out.exists()


def test_json_output(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, standard output is one JSON object and nothing else."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    assert bench.run(requirements, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"changed": True, "difference": [], "sdists": ["foo==1.0"], "wheels": ["toy==1.0"]}


def test_pins_are_kept_until_upgraded(bench: Bench) -> None:
    """A new version on the index changes nothing; --upgrade takes it, for that name only."""
    make_wheel(bench.files, "helper", "1.0")
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    bench.lock(requirements)
    make_wheel(bench.files, "helper", "2.0")
    toy_back_end(bench.files, "1.1")
    assert set(bench.lock(requirements)["wheels"]) == {"helper==1.0", "toy==1.0"}
    assert bench.run(requirements, "--check") == 0
    assert set(bench.lock(requirements, "--upgrade", "Helper")["wheels"]) == {"helper==2.0", "toy==1.0"}
    assert set(bench.lock(requirements, "--upgrade", ":all:")["wheels"]) == {"helper==2.0", "toy==1.1"}
    with pytest.raises(UsageError, match="--upgrade unknown"):
        bench.run(requirements, "--upgrade", "unknown")


def test_pins_that_no_longer_fit_are_dropped(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A pin that contradicts the sdist's requirements gives way, and a line says so."""
    make_wheel(bench.files, "helper", "1.0")
    make_wheel(bench.files, "helper", "2.0")
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    bench.lock(requirements)
    bench.out.write_text(bench.out.read_text(encoding="utf-8").replace("helper==2.0", "helper==1.7"), encoding="utf-8")
    assert set(bench.lock(requirements)["wheels"]) == {"helper==2.0", "toy==1.0"}
    assert "no longer fit" in capsys.readouterr().err


def test_wheels_are_taken_as_wheels(bench: Bench) -> None:
    """With a locked wheel that fits, nothing is locked for the sdist; with --no-binary or none that fits, it is."""
    sdist = toy_sdist(bench.files, "foo")
    wheel = make_wheel(bench.files, "foo", "1.0")
    foreign = make_wheel(bench.files, "foo", "1.0", tag="cp27-cp27m-win32")
    both = bench.write(sdist, wheel, foreign)
    assert bench.lock(both)["sdists"] == {}
    assert set(bench.lock(both, "--no-binary", "FOO")["sdists"]) == {"foo==1.0"}
    assert set(bench.lock(both, "--no-binary", ":all:")["sdists"]) == {"foo==1.0"}
    assert set(bench.lock(bench.write(sdist, foreign))["sdists"]) == {"foo==1.0"}
    only_wheel = bench.write(wheel)
    assert bench.lock(only_wheel, "--no-binary", ":all:")["sdists"] == {}
    with pytest.raises(LockError, match="no sdist of it is locked"):
        bench.run(only_wheel, "--no-binary", "foo")
    with pytest.raises(UsageError, match="--no-binary other"):
        bench.run(both, "--no-binary", "other")
    with pytest.raises(FetchError, match="no locked wheel fits"):
        bench.run(bench.write(foreign))


def test_what_is_left_out_is_told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """An sdist of the old lock that the new one lacks is named with the option that keeps it; another version is no loss."""
    both = bench.write(toy_sdist(bench.files, "foo"), make_wheel(bench.files, "foo", "1.0"))
    bench.lock(both, "--no-binary", "foo")
    capsys.readouterr()
    bench.lock(both)
    said = f"left out: foo==1.0, which {bench.out} had; if it is still to be built from its sdist, add --no-binary foo\n"
    assert said in capsys.readouterr().err
    bench.lock(both, "--no-binary", "foo")
    bench.lock(bench.write(toy_sdist(bench.files, "foo", "2.0")))
    assert "left out" not in capsys.readouterr().err


def test_no_binary_line_in_the_file(bench: Bench) -> None:
    """The requirements file itself may say what is built."""
    path = bench.write(toy_sdist(bench.files, "foo"), make_wheel(bench.files, "foo", "1.0"))
    path.write_text("--no-binary foo\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert set(bench.lock(path)["sdists"]) == {"foo==1.0"}


def test_markers_are_those_of_the_target(bench: Bench) -> None:
    """A line for another platform is not locked."""
    path = bench.write(toy_sdist(bench.files, "foo"), toy_sdist(bench.files, "bar"))
    text = path.read_text(encoding="utf-8").replace("bar==1.0", "bar==1.0 ; sys_platform == 'win32'")
    path.write_text(text, encoding="utf-8")
    assert set(bench.lock(path)["sdists"]) == {"foo==1.0"}


def test_unknown_hash_names_file_and_line(bench: Bench) -> None:
    """A hash that no file has is an error before anything is built."""
    sdist = toy_sdist(bench.files, "foo")
    path = bench.write(sdist)
    path.write_text(f"# one\n{path.read_text(encoding='utf-8').replace(sha256(sdist), '0' * 64)}", encoding="utf-8")
    with pytest.raises(FetchError) as caught:
        bench.run(path)
    assert caught.value.message.startswith(f"{path}:2: foo==1.0: ")
    assert "0" * 64 in caught.value.message


def test_another_interpreter_decides(bench: Bench) -> None:
    """An interpreter that does not start is an error that names it."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    with pytest.raises(ReprowheelError, match="/nonexistent/python"):
        bench.run(requirements, "--python", "/nonexistent/python")


def test_a_lock_that_is_none_is_not_overwritten(bench: Bench) -> None:
    """A file that is no build lock stays as it is."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.out.write_text("my notes\n", encoding="utf-8")
    with pytest.raises(LockError, match=r"build-lock\.json:1:1: is no JSON \(expecting value\); expected a build lock"):
        bench.run(requirements)
    assert bench.out.read_text(encoding="utf-8") == "my notes\n"


def test_pins_outlive_a_new_version_of_the_sdist(bench: Bench) -> None:
    """Another version of what is built keeps the versions that it is built with."""
    make_wheel(bench.files, "helper", "1.0")
    bench.lock(bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"])))
    make_wheel(bench.files, "helper", "2.0")
    newer = toy_sdist(bench.files, "foo", version="1.1", requires=["toy", "helper"])
    assert set(bench.lock(bench.write(newer))["wheels"]) == {"helper==1.0", "toy==1.0"}


def test_portable_wheels_are_taken_when_asked_for_and_then_kept(bench: Bench) -> None:
    """pip prefers the wheel for this platform; --portable the one for any; a later run keeps what it finds."""
    pure = make_wheel(bench.files, "helper", "1.0")
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}-none-{sysconfig.get_platform().replace('-', '_')}"
    native = make_wheel(bench.files, "helper", "1.0", tag=tag)
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    for options, expected in (((), native), ((), native), (("--portable",), pure), ((), pure)):
        content = bench.lock(requirements, *options)
        assert content["wheels"]["helper==1.0"] == {"filename": expected.name, "sha256": sha256(expected)}
    content["wheels"]["helper==1.0"] = {"filename": "helper-1.0-cp27-cp27m-win32.whl", "sha256": "0" * 64}
    bench.out.write_text(json.dumps(content), encoding="utf-8")
    assert bench.lock(requirements)["wheels"]["helper==1.0"]["filename"] == native.name


def test_index_without_hashes(bench: Bench) -> None:
    """Where the index gives no hashes, files are hashed before it is decided whether an sdist or a wheel is locked."""
    sdist, wheel = toy_sdist(bench.files, "foo"), make_wheel(bench.files, "foo", "1.0")
    bench.hashes = False
    content = bench.lock(bench.write(sdist))
    assert content["sdists"]["foo==1.0"]["sha256"] == sha256(sdist)
    assert content["wheels"]["toy==1.0"]["sha256"] == sha256(bench.files / "toy-1.0-py3-none-any.whl")
    assert bench.lock(bench.write(wheel))["sdists"] == {}


def test_an_sdist_on_disk_is_built_with_what_the_index_offers_now(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`build --resolve-build-requirements` needs no lock, takes the newest release, and says what it took."""
    toy_back_end(bench.files, "1.1")
    sdist = toy_sdist(tmp_path, "foo")
    monkeypatch.setenv("PIP_INDEX_URL", write_simple(bench.root / "index", sorted(bench.files.iterdir()), hashes=True))
    assert main(["build", str(sdist), "--out", str(tmp_path / "out"), "--resolve-build-requirements"]) == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["foo-1.0-py3-none-any.whl"]
    assert "resolved now, not locked: toy==1.1" in capsys.readouterr().err
