"""`lock --check --offline`: it finds what can be found without an index, claims no more, and agrees with the full check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_wheel, sha256, toy_sdist
from support.lock_bench import Bench

from reprowheel.__main__ import main
from reprowheel.errors import LockError, UsageError
from reprowheel.lock import write
from reprowheel.lock.build_lock import BuildLock

UPDATE = "bazel run //x:y.update"


class OfflineBench(Bench):
    """A bench that knows both checks."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root)
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def offline(self, requirements: Path, *options: str) -> tuple[int, str, str]:
        """Run the check without an index; return exit code, standard output and standard error."""
        before = self.out.read_bytes() if self.out.exists() else None
        self._capsys.readouterr()
        with self._monkeypatch.context() as patch:
            patch.setattr(write, "Index", None)  # calling it would fail
            code = self.run(requirements, "--check", "--offline", "--update-command", UPDATE, *options)
        assert (self.out.read_bytes() if self.out.exists() else None) == before, "a check writes nothing"
        output = self._capsys.readouterr()
        return code, output.out, output.err

    def stale(self, requirements: Path, *options: str) -> tuple[str, str]:
        """Assert that both checks say no; return the offline one's standard output and standard error."""
        code, out, err = self.offline(requirements, *options)
        assert code == 1, err
        assert err.endswith(f"To fix: {UPDATE}\n")
        assert self.run(requirements, "--check", *options) == 1, "the full check sees at least as much"
        return out, err

    def fresh(self, requirements: Path, *options: str) -> str:
        """Assert that both checks say yes; return the offline one's standard error."""
        code, out, err = self.offline(requirements, *options)
        assert (code, out) == (0, ""), err
        assert "is up to date, as far as can be told without an index" in err
        assert self.run(requirements, "--check", *options) == 0
        return err


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> OfflineBench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return OfflineBench(tmp_path, capsys, monkeypatch)


def test_lock_as_written_is_up_to_date(bench: OfflineBench) -> None:
    """What the verb has written is accepted, also where a build requirement is an sdist and where a wheel is locked."""
    toy_sdist(bench.files, "helper", module="X = 1")
    foo = toy_sdist(bench.files, "foo", requires=["toy", "helper"])
    requirements = bench.write(foo, make_wheel(bench.files, "pure", "1.0"))
    assert set(bench.lock(requirements)["sdists"]) == {"foo==1.0", "helper==1.0"}
    err = bench.fresh(requirements)
    assert "not checked without an index: pure==1.0: has no entry, so a wheel of it must be locked and fit" in err
    assert "foo" not in err


def test_other_version(bench: OfflineBench) -> None:
    """A requirement that moved on: its line, what the lock has instead, and the diff without that."""
    bench.lock(bench.write(toy_sdist(bench.files, "foo"), toy_sdist(bench.files, "bar")))
    requirements = bench.write(toy_sdist(bench.files, "foo", "2.0"), bench.files / "bar-1.0.tar.gz")
    out, err = bench.stale(requirements)
    assert f"{requirements}:1: foo==2.0 is locked; {bench.out} has foo==1.0 in place of it" in err
    assert f"--- {bench.out} (as it is)\n+++ {bench.out} (what of it is needed)\n" in out
    assert '-    "foo==1.0": {' in out
    assert '-    "bar' not in out
    answer = bench.offline(requirements, "--json")[1]
    assert json.loads(answer)["problems"] == [f"{requirements}:1: foo==2.0 is locked; {bench.out} has foo==1.0 in place of it"]


def test_requirement_gone(bench: OfflineBench) -> None:
    """What nothing asks for any longer is named, and what only it was built with is in the diff."""
    make_wheel(bench.files, "helper", "1.0")
    bar = toy_sdist(bench.files, "bar", requires=["toy", "helper"])
    bench.lock(bench.write(toy_sdist(bench.files, "foo"), bar))
    requirements = bench.write(bench.files / "foo-1.0.tar.gz")
    out, err = bench.stale(requirements)
    assert f"{bench.out}: sdists.bar==1.0: nothing needs it" in err
    assert '-    "helper==1.0": {' in out
    assert '-    "toy==1.0": {' not in out


def test_wheel_that_nothing_needs(bench: OfflineBench) -> None:
    """A wheel left over by hand is named."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    content = bench.lock(requirements)
    content["wheels"]["left==1.0"] = content["wheels"]["toy==1.0"]
    bench.out.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert f"{bench.out}: wheels.left==1.0: nothing needs it" in bench.stale(requirements)[1]


def test_circle_that_is_gone(bench: OfflineBench) -> None:
    """Wheels that need each other are recorded; once the lock does not name one of them, its line is stale."""
    foo = toy_sdist(bench.files, "foo")
    one = make_wheel(bench.files, "one", "1.0", requires=["two"])
    two = make_wheel(bench.files, "two", "1.0", requires=["one"])
    assert set(bench.lock(bench.write(foo, one, two))["cycles"]) == {"one", "two"}
    bench.fresh(bench.write(foo, one, two))
    assert f"{bench.out}: cycles.two: nothing needs it" in bench.stale(bench.write(foo, one))[1]


def test_other_hash(bench: OfflineBench) -> None:
    """The same version with another archive."""
    foo = toy_sdist(bench.files, "foo")
    bench.lock(bench.write(foo))
    old = sha256(foo)
    new = sha256(toy_sdist(bench.files, "foo", module="changed = True"))
    assert new != old
    requirements = bench.write(foo)
    _, err = bench.stale(requirements)
    assert f"{requirements}:1: foo==1.0 is locked with sha256 {new}; {bench.out} has another archive of foo==1.0" in err


def test_new_requirement(bench: OfflineBench) -> None:
    """Hashes alone do not say that it is an sdist: told, not guessed; with --no-binary it must have an entry."""
    foo = toy_sdist(bench.files, "foo")
    bench.lock(bench.write(foo))
    requirements = bench.write(foo, toy_sdist(bench.files, "bar"))
    code, out, err = bench.offline(requirements)
    assert (code, out) == (0, "")
    assert "not checked without an index: bar==1.0: has no entry" in err
    _, err = bench.stale(requirements, "--no-binary", "bar")
    assert f"{requirements}:2: bar==1.0 is built from its source, but {bench.out} has no entry for it" in err


def _pylock(path: Path, name: str, sdist: Path, *wheels: Path) -> Path:
    text = f'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "{name}"\nversion = "1.0"\n'
    for key, files in (("sdist", [sdist]), ("wheels", list(wheels))):
        tables = [f'{{url = "{f.as_uri()}", name = "{f.name}", hashes = {{sha256 = "{sha256(f)}"}}}}' for f in files]
        text += f"{key} = {tables[0]}\n" if key == "sdist" else f"{key} = [{', '.join(tables)}]\n"
    path.write_text(text, encoding="utf-8")
    return path


def test_lock_with_file_names(bench: OfflineBench) -> None:
    """pylock.toml names the files: an sdist without an entry is seen, and so is an entry though a wheel fits."""
    foo = toy_sdist(bench.files, "foo")
    other = make_wheel(bench.files, "foo", "1.0", tag="cp33-cp33m-win32")
    only_sdist = _pylock(bench.root / "pylock.toml", "foo", foo, other)
    bench.out.write_text(BuildLock().to_json(), encoding="utf-8")
    _, err = bench.stale(only_sdist)
    assert f"pylock.toml: packages[0] (foo): foo==1.0 is built from its source, but {bench.out} has no entry for it" in err
    bench.lock(only_sdist)
    assert "not checked" not in bench.fresh(only_sdist)
    with_wheel = _pylock(bench.root / "pylock.wheel.toml", "foo", foo, make_wheel(bench.files, "foo", "1.0"))
    assert f"{bench.out}: sdists.foo==1.0: nothing needs it" in bench.stale(with_wheel)[1]
    bench.fresh(with_wheel, "--no-binary", ":all:")


def test_wheel_for_another_platform(bench: OfflineBench) -> None:
    """A build lock that was written elsewhere does not serve here."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.lock(requirements)
    text = bench.out.read_text(encoding="utf-8").replace("toy-1.0-py3-none-any.whl", "toy-1.0-cp33-cp33m-win32.whl")
    bench.out.write_text(text, encoding="utf-8")
    what = "toy-1.0-cp33-cp33m-win32.whl does not fit this interpreter and platform"
    assert f"{bench.out}: wheels.toy==1.0: {what}" in bench.stale(requirements)[1]


def test_wheels_in_a_lock_from_source(bench: OfflineBench) -> None:
    """With `--from-source`, a lock whose wheels are no seeds is stale; whether a seed is needed takes an index."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.lock(requirements)
    code, _, err = bench.offline(requirements, "--from-source")
    assert code == 1
    assert f"{bench.out}: wheels.toy==1.0: is no seed, and everything is to be built from source\n" in err
    content = json.loads(bench.out.read_text(encoding="utf-8"))
    content["wheels"]["toy==1.0"]["seed"] = True
    bench.out.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert bench.offline(requirements, "--from-source")[0] == 0


UV_LOCK = """\
version = 1
{manifest}
[[package]]
name = "app"
source = {{ virtual = "." }}
[package.dev-dependencies]
new = [{{ name = "foo", version = "2.0" }}]
old = [{{ name = "foo", version = "1.0" }}]
"""


def _uv_lock(path: Path, constraint: str, *sdists: Path) -> Path:
    """Write a uv.lock whose groups need different sdists, and which constrains what they are built with."""
    manifest = f"[manifest]\nbuild-constraints = [{{ name = 'toy', specifier = '{constraint}' }}]" if constraint else ""
    text = UV_LOCK.format(manifest=manifest)
    for sdist in sdists:
        version = sdist.name.removesuffix(".tar.gz").partition("-")[2]
        text += f'[[package]]\nname = "foo"\nversion = "{version}"\nsource = {{ registry = "https://example.org/simple" }}\n'
        text += f'sdist = {{ url = "https://example.org/{sdist.name}", hash = "sha256:{sha256(sdist)}" }}\n'
    path.write_text(text, encoding="utf-8")
    return path


def test_groups_and_build_constraints_of_a_uv_lock(bench: OfflineBench) -> None:
    """`--dep-group` locks both versions of one sdist; a build constraint is obeyed, recorded, and missed when it changes."""
    toy = next(path for path in bench.files.glob("toy-*.whl"))
    newer = make_wheel(bench.files, "toy", "99.0")
    old, new = (toy_sdist(bench.files, "foo", version) for version in ("1.0", "2.0"))
    bound = f"<{newer.name.split('-')[1]}"
    requirements = _uv_lock(bench.root / "uv.lock", bound, old, new)
    assert bench.lock(requirements)["sdists"] == {}
    content = bench.lock(requirements, "--dep-group", ":all:")
    assert list(content["sdists"]) == ["foo==1.0", "foo==2.0"]
    toy_key = "==".join(toy.name.split("-")[:2])
    assert (list(content["wheels"]), content["build_constraints"]) == ([toy_key], [f"toy{bound}"])
    bench.fresh(requirements, "--dep-group", "old", "--dep-group", "NEW")
    out, err = bench.stale(requirements, "--dep-group", "old")
    assert f"{bench.out}: sdists.foo==2.0: nothing needs it" in err
    assert '-    "foo==2.0": {' in out
    _uv_lock(requirements, "<98", old, new)
    _, err = bench.stale(requirements, "--dep-group", ":all:")
    assert f"{bench.out}: build_constraints: was written with toy{bound}; the lock now has toy<98\n" in err
    with pytest.raises(LockError, match="'none' is no dep_group; expected one of: new, old"):
        bench.run(requirements, "--dep-group", "none")
    with pytest.raises(LockError, match="has no dep_group; only a uv.lock serves several of them"):
        bench.run(bench.write(old), "--dep-group", "x")


def test_other_form(bench: OfflineBench) -> None:
    """The same data in another form is not what the verb writes, and the diff shows it."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    content = bench.lock(requirements)
    bench.out.write_text(json.dumps(content, indent=3, sort_keys=True) + "\n", encoding="utf-8")
    out, err = bench.stale(requirements)
    assert f"{bench.out}: is not as the verb `lock` writes it" in err
    assert '-   "build_lock_version": 1,\n' in out
    assert '+  "build_lock_version": 1,\n' in out


def test_sources_in_the_workspace(bench: OfflineBench) -> None:
    """An archive in the workspace is compared by its bytes; a folder must have an entry, and its content is not compared."""
    foo = toy_sdist(bench.root, "foo")
    folder = bench.root / "bar"
    folder.mkdir()
    build_system = '[build-system]\nrequires = ["toy"]\nbuild-backend = "toy"\n'
    pyproject = folder / "pyproject.toml"
    pyproject.write_text(f'{build_system}[tool.toy]\nname = "bar"\nversion = "1.0"\n', encoding="utf-8")
    requirements = bench.root / "requirements.txt"
    requirements.write_text("foo @ ./foo-1.0.tar.gz\nbar @ ./bar\n", encoding="utf-8")
    bench.lock(requirements)
    assert f"bar @ {folder}: whether its content is what was locked" in bench.fresh(requirements)
    toy_sdist(bench.root, "foo", module="changed = True")
    _, err = bench.stale(requirements)
    assert f"is locked with sha256 {sha256(foo)}; {bench.out} has another archive of foo==1.0" in err
    wrong = bench.root / "wrong.txt"
    wrong.write_text(f"bar @ ./bar --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    _, _, err = bench.offline(wrong)
    assert f"is locked with sha256 {'0' * 64}; {bench.out} has another archive of bar==1.0" in err
    content = json.loads(bench.out.read_text(encoding="utf-8"))
    del content["sdists"]["bar==1.0"]
    bench.out.write_text(json.dumps(content), encoding="utf-8")
    assert f"{requirements}:2: bar @ {folder} is built from its source, but" in bench.stale(requirements)[1]


def test_missing_and_damaged_file(bench: OfflineBench) -> None:
    """One line each."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    out, err = bench.stale(requirements)
    assert (out, err.splitlines()[0]) == ("", f"{bench.out}: does not exist")
    bench.out.write_text("<<<<<<< ours\n", encoding="utf-8")
    with pytest.raises(LockError, match=r"build-lock\.json:1: has the marks of a merge with conflicts"):
        bench.offline(requirements)


def test_usage(bench: OfflineBench) -> None:
    """Without an index nothing can be written or upgraded."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    for options in (["--offline"], ["--offline", "--check", "--upgrade", "toy"]):
        with pytest.raises(UsageError, match=r"--offline goes with --check, and not with --upgrade"):
            bench.run(requirements, *options)
    assert not bench.out.exists()


def test_file_that_cannot_be_written(bench: OfflineBench, capsys: pytest.CaptureFixture[str]) -> None:
    """Said in one line, before anything is resolved, and what is there stays."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.out.write_text("{}", encoding="utf-8")
    bench.out.chmod(0o444)
    for out, why in (
        (bench.out, "it is read-only"),
        (bench.files, "it is a folder"),
        (bench.root / "none/lock.json", f"there is no folder {bench.root / 'none'}"),
    ):
        assert main(["lock", str(requirements), "--out", str(out), "--index-url", "file:///nonexistent"]) == 2
        first, tip = capsys.readouterr().err.splitlines()
        assert first == f"ERROR {out}: cannot be written ({why})"
        assert tip == "TIP   name a file in an existing, writable folder with --out"
    assert bench.out.read_text(encoding="utf-8") == "{}"
