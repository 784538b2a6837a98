"""Wheel → tree, judged by importlib.metadata, pip and by running what was installed."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import os
import re
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from reprowheel.errors import InstallError
from reprowheel.install.changes import InstallChanges
from reprowheel.install.tree import copy_dist_info, copy_file, install_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAME = "foo_bar-1.0-py3-none-any.whl"
INFO = "foo_bar-1.0.dist-info"
DATA = "foo_bar-1.0.data"
FILES = {
    "foo/__init__.py": b"def main():\n    print('called', __name__)\n    return 3\n",
    "foo/run.sh": b"#!/bin/sh\n",
    "ns/inner/mod.py": b"x = 1\n",
    f"{DATA}/scripts/tool": b"#!python3.9 -E\nimport foo\nprint('tool', foo.__name__)\n",
    f"{DATA}/scripts/shell": b"#!/bin/sh\necho shell\n",
    f"{DATA}/headers/foo/foo.h": b"int foo;\n",
    f"{DATA}/data/share/doc, x.txt": b"doc",
    f"{DATA}/platlib/plat.py": b"y = 1\n",
    f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: foo-bar\nVersion: 1.0\n",
    f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{INFO}/entry_points.txt": b"[console_scripts]\nfoo-main = foo:main\n[gui_scripts]\nfoo-gui = foo:main\n[x]\na = b\n",
}
EXECUTABLE = {"foo/run.sh"}


def make_wheel(
    folder: Path,
    files: dict[str, bytes] | None = None,
    *,
    record: dict[str, bytes | None] | None = None,
    name: str = NAME,
) -> Path:
    """Write a wheel; `record` overrides contents in RECORD only (None: not listed), so that it does not match."""
    files = FILES if files is None else files
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            info = zipfile.ZipInfo(path, (2024, 5, 6, 7, 8, 9))
            info.external_attr = (stat.S_IFREG | (0o750 if path in EXECUTABLE else 0o600)) << 16
            archive.writestr(info, data)
            listed = (record or {}).get(path, data)
            if listed is not None and not path.endswith(".jws"):
                digest = base64.urlsafe_b64encode(hashlib.sha256(listed).digest()).rstrip(b"=").decode()
                rows.append(f'"{path}",sha256={digest},{len(listed)}')
        archive.writestr(f"{INFO}/RECORD", "\n".join([*rows, f"{INFO}/RECORD,,", ""]))
    return folder / name


def tree_of(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file below `root` with its mode and bytes, folders with their mode."""
    return {
        path.relative_to(root).as_posix(): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
    }


def test_every_scheme_has_its_folder(tmp_path: Path) -> None:
    """purelib and platlib together, scripts, headers and data each in their folder; nothing else."""
    result = install_wheel(make_wheel(tmp_path), tmp_path / "out")
    expected = {
        "bin/foo-gui",
        "bin/foo-main",
        "bin/shell",
        "bin/tool",
        "data/share/doc, x.txt",
        "include/foo/foo.h",
        "site-packages/foo/__init__.py",
        "site-packages/foo/run.sh",
        "site-packages/ns/inner/mod.py",
        "site-packages/plat.py",
        *(f"site-packages/{INFO}/{name}" for name in ("INSTALLER", "METADATA", "RECORD", "WHEEL", "entry_points.txt")),
    }
    assert set(result.files) == expected
    assert {name for name, (mode, _) in tree_of(tmp_path / "out").items() if stat.S_ISREG(mode)} == expected
    assert (result.distribution, result.version, result.dist_info) == ("foo_bar", "1.0", f"site-packages/{INFO}")
    assert result.scripts == ("bin/foo-gui", "bin/foo-main", "bin/shell", "bin/tool")


def test_metadata_is_what_importlib_reads(tmp_path: Path) -> None:
    """The installed distribution is found by name, and all of its files exist with the recorded hash and size."""
    install_wheel(make_wheel(tmp_path), tmp_path / "out")
    site = tmp_path / "out/site-packages"
    (distribution,) = importlib.metadata.distributions(path=[str(site)])
    assert (distribution.metadata["Name"], distribution.read_text("INSTALLER")) == ("foo-bar", "reprowheel\n")
    files = distribution.files
    assert files is not None
    assert len(files) == 15
    for file in files:
        path = file.locate()
        data = (site / str(file)).read_bytes()
        assert os.path.normpath(path).startswith(str(tmp_path / "out"))
        if file.hash is None:
            assert file.name == "RECORD"
            continue
        digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, data).digest()).rstrip(b"=").decode()
        assert (digest, len(data)) == (file.hash.value, file.size)
    assert "../bin/foo-main" in {str(file) for file in files}


def test_pip_sees_it(tmp_path: Path) -> None:
    """pip lists the distribution, its files and its installer."""
    install_wheel(make_wheel(tmp_path), tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "show", "-f", "-v", "foo-bar"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "out/site-packages"), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Installer: reprowheel" in done.stdout
    assert "../bin/foo-main" in done.stdout
    assert "foo/__init__.py" in done.stdout


def test_scripts_run_with_the_python_on_path(tmp_path: Path) -> None:
    """Scripts name no interpreter's path: they run with whichever `python3` comes first."""
    install_wheel(make_wheel(tmp_path), tmp_path / "out")
    (tmp_path / "path").mkdir()
    (tmp_path / "path/python3").symlink_to(sys.executable)
    env = {"PATH": f"{tmp_path / 'path'}:/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "out/site-packages")}
    outputs = {}
    for name in ("foo-main", "tool", "shell"):
        done = subprocess.run([tmp_path / "out/bin" / name], env=env, capture_output=True, text=True, check=False)
        outputs[name] = (done.returncode, done.stdout)
    assert outputs == {"foo-main": (3, "called foo\n"), "tool": (0, "tool foo\n"), "shell": (0, "shell\n")}
    assert (tmp_path / "out/bin/tool").read_bytes().startswith(b"#!/usr/bin/env python3\nimport foo\n")


def test_same_tree_anywhere(tmp_path: Path) -> None:
    """Another place, umask, member order and file time give the same files, bytes and modes."""
    first = make_wheel(tmp_path / "a")
    second = make_wheel(tmp_path / "a/longer/path", dict(reversed(FILES.items())))
    trees = []
    for wheel, umask in ((first, 0o022), (second, 0o077)):
        old = os.umask(umask)
        try:
            install_wheel(wheel, wheel.parent / "out")
        finally:
            os.umask(old)
        trees.append(tree_of(wheel.parent / "out"))
    assert trees[0] == trees[1]
    modes = {name: mode & 0o777 for name, (mode, _) in trees[0].items()}
    assert modes["site-packages/foo/run.sh"] == modes["bin/tool"] == modes["site-packages/foo"] == 0o755
    assert modes["site-packages/foo/__init__.py"] == 0o644
    assert (tmp_path / "a/out").stat().st_mode & 0o777 == 0o755
    assert not [name for name, (_, data) in trees[0].items() if str(tmp_path).encode() in data]
    changed = make_wheel(tmp_path / "b", FILES | {"ns/inner/mod.py": b"x = 2\n"})
    install_wheel(changed, tmp_path / "b/out")
    assert tree_of(tmp_path / "b/out") != trees[0]


def test_what_belongs_to_another_installation_is_left_out(tmp_path: Path) -> None:
    """Who installed it before, from where, on whose request, signatures and bytecode do not get into the tree."""
    extra = {
        f"{INFO}/INSTALLER": b"pip\n",
        f"{INFO}/REQUESTED": b"",
        f"{INFO}/direct_url.json": b"{}",
        f"{INFO}/RECORD.jws": b"{}",
        "foo/__pycache__/__init__.cpython-311.pyc": b"x",
        "foo/__pycache__/notes.txt": b"installer leaves the whole folder out",
    }
    result = install_wheel(make_wheel(tmp_path, FILES | extra), tmp_path / "out")
    plain = install_wheel(make_wheel(tmp_path / "plain"), tmp_path / "plain/out")
    assert result.files == plain.files
    assert (tmp_path / f"out/site-packages/{INFO}/INSTALLER").read_text() == "reprowheel\n"
    rows = list(csv.reader((tmp_path / f"out/site-packages/{INFO}/RECORD").read_text().splitlines()))
    assert len({row[0] for row in rows}) == len(rows) == len(result.files)


def test_damaged_wheel_names_the_member(tmp_path: Path) -> None:
    """A member that is not what RECORD says is named, and nothing is installed."""
    wheel = make_wheel(tmp_path, record={"foo/__init__.py": b"something else"})
    with pytest.raises(InstallError, match=r"foo/__init__\.py") as caught:
        install_wheel(wheel, tmp_path / "out")
    assert caught.value.message.startswith(NAME)
    assert str(tmp_path) not in caught.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


@pytest.mark.parametrize("name", [f"{INFO}/INSTALLER", "foo/__pycache__/notes.txt", f"{DATA}/scripts/tool"])
def test_damage_of_what_is_not_copied(tmp_path: Path, name: str) -> None:
    """What is left out or changed on the way must be what RECORD says, too; all that is damaged is counted."""
    files = FILES | {name: FILES.get(name, b"as it was")}
    install_wheel(make_wheel(tmp_path / "good", files), tmp_path / "good/out")
    wheel = make_wheel(tmp_path / "bad", files, record={name: b"else", "ns/inner/mod.py": b"else"})
    with pytest.raises(InstallError, match=r"damaged: .* didn't match RECORD \(and 1 more\)$"):
        install_wheel(wheel, tmp_path / "bad/out")
    assert [path.name for path in (tmp_path / "bad").iterdir()] == [NAME]


def test_damage_goes_before_what_follows_from_it(tmp_path: Path) -> None:
    """A wheel that is damaged and has a file twice is damaged: the second may follow from the first."""
    files = FILES | {f"{DATA}/purelib/foo/__init__.py": b""}
    wheel = make_wheel(tmp_path, files, record={f"{DATA}/platlib/plat.py": b"else"})
    with pytest.raises(InstallError, match=r"damaged: .*platlib/plat\.py didn't match RECORD$"):
        install_wheel(wheel, tmp_path / "out")


def test_every_file_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking is no second pass over the wheel."""
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def counting(self: zipfile.ZipFile, name: str | zipfile.ZipInfo, *args: Any, **kwargs: Any) -> Any:
        opened.append(name if isinstance(name, str) else name.filename)
        return real(self, name, *args, **kwargs)

    wheel = make_wheel(tmp_path)
    monkeypatch.setattr(zipfile.ZipFile, "open", counting)
    install_wheel(wheel, tmp_path / "out")
    contents = [name for name in opened if not name.startswith(INFO)]
    assert sorted(contents) == sorted(name for name in FILES if not name.startswith(INFO))


def test_flipped_bit_is_found(tmp_path: Path) -> None:
    """A change in the archive itself is found by its checksum."""
    wheel = make_wheel(tmp_path, FILES | {"foo/big.bin": os.urandom(5000)})
    data = bytearray(wheel.read_bytes())
    data[data.index(b"foo/big.bin") + 2000] ^= 1
    wheel.write_bytes(data)
    with pytest.raises(InstallError, match=r"big\.bin"):
        install_wheel(wheel, tmp_path / "out")
    assert not (tmp_path / "out").exists()


BAD_WHEELS: dict[str, tuple[dict[str, bytes], dict[str, bytes | None], str]] = {
    "not listed": ({"sneaky.py": b""}, {"sneaky.py": None}, r"sneaky\.py is not mentioned"),
    "path traversal": ({"../evil.py": b""}, {}, "does not stay inside"),
    "script outside bin": ({f"{INFO}/entry_points.txt": b"[console_scripts]\n../evil = foo:main\n"}, {}, "'../evil'"),
    "no function": ({f"{INFO}/entry_points.txt": b"[console_scripts]\nevil = foo\n"}, {}, "module:function"),
    "no ini": ({f"{INFO}/entry_points.txt": b"what is this\n"}, {}, r"entry_points\.txt"),
    "not utf-8": ({f"{INFO}/entry_points.txt": b"\xff\n"}, {}, r"entry_points\.txt"),
    "unknown scheme": ({f"{DATA}/windows/x": b""}, {}, "windows"),
    "twice": ({f"{DATA}/purelib/foo/__init__.py": b""}, {}, r"foo/__init__\.py would be installed twice"),
    "future wheel": ({f"{INFO}/WHEEL": b"Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"}, {}, "2.0"),
    "two distributions": ({"other-1.0.dist-info/METADATA": b""}, {}, "expected one .dist-info"),
}


@pytest.mark.parametrize(("files", "record", "message"), list(BAD_WHEELS.values()), ids=list(BAD_WHEELS))
def test_bad_wheels(tmp_path: Path, files: dict[str, bytes], record: dict[str, bytes | None], message: str) -> None:
    """Each defect gives one line that names it; nothing is left beside the wheel."""
    wheel = make_wheel(tmp_path, FILES | files, record=record)
    with pytest.raises(InstallError, match=message) as caught:
        install_wheel(wheel, tmp_path / "out")
    assert "\n" not in caught.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


@pytest.mark.parametrize("missing", ["METADATA", "WHEEL"])
def test_missing_metadata(tmp_path: Path, missing: str) -> None:
    """What every wheel must have is asked for by name."""
    files = {name: data for name, data in FILES.items() if name != f"{INFO}/{missing}"}
    with pytest.raises(InstallError, match=f"{missing} is missing"):
        install_wheel(make_wheel(tmp_path, files), tmp_path / "out")


def test_missing_wheel_file(tmp_path: Path) -> None:
    """A path that does not exist is an error with its name, not a traceback."""
    with pytest.raises(InstallError, match=NAME):
        install_wheel(tmp_path / NAME, tmp_path / "out")


def test_output_must_be_empty(tmp_path: Path) -> None:
    """An existing empty folder is filled (Bazel makes one); a folder with something in it is refused and kept."""
    wheel, out = make_wheel(tmp_path), tmp_path / "out"
    out.mkdir()
    install_wheel(wheel, out)
    before = tree_of(out)
    with pytest.raises(InstallError, match="not an empty folder"):
        install_wheel(wheel, out)
    assert tree_of(out) == before


def test_output_that_cannot_be_replaced_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount point cannot be renamed over; the tree is moved into it."""
    from pathlib import Path as RealPath

    wheel, out = make_wheel(tmp_path), tmp_path / "out"
    out.mkdir()
    replace = RealPath.replace

    def busy(self: Path, target: Path) -> Path:
        if target == out:
            raise OSError(16, "Device or resource busy")
        return replace(self, target)

    monkeypatch.setattr(RealPath, "replace", busy)
    result = install_wheel(wheel, out)
    assert {name for name, (mode, _) in tree_of(out).items() if stat.S_ISREG(mode)} == set(result.files)


def test_interrupted_installation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C half-way leaves neither the tree nor the folder it was being made in."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reprowheel.install.tree._Destination.finalize_installation", interrupt)
    with pytest.raises(KeyboardInterrupt):
        install_wheel(make_wheel(tmp_path), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


def test_copies_and_dist_info(tmp_path: Path) -> None:
    """Single files are copied to the names they are known by; what is promised and missing is an error."""
    out = tmp_path / "out"
    for folder in ("bin", "data", "include", "site-packages"):  # Bazel makes them
        (out / folder).mkdir(parents=True)
    result = install_wheel(make_wheel(tmp_path), out)
    copy_file(out, "include/foo/foo.h", tmp_path / "copied/f.h")
    copy_file(out, "include/foo/foo.h", tmp_path / "copied/run", executable=True)
    copy_file(out, "bin/shell", tmp_path / "copied/shell")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "copied").iterdir()}
    assert modes == {"f.h": 0o644, "run": 0o755, "shell": 0o755}
    for name in ("include/none.h", "../out/include/foo/foo.h", "include"):
        with pytest.raises(InstallError, match=f"out: there is no file {name} to copy"):
            copy_file(out, name, tmp_path / "x")
    files = [tmp_path / "info" / name for name in ("METADATA", "entry_points.txt")]
    copy_dist_info(out, result, files, tmp_path / "rest")
    assert files[1].read_bytes() == FILES[f"{INFO}/entry_points.txt"]
    assert sorted(p.name for p in (tmp_path / "rest" / INFO).iterdir()) == ["INSTALLER", "RECORD", "WHEEL"]
    with pytest.raises(InstallError, match="foo_bar==1.0: the wheel has no top_level.txt, which its lock says it has"):
        copy_dist_info(out, result, [tmp_path / "top_level.txt"], None)


def test_metadata_that_is_left_out(tmp_path: Path) -> None:
    """A file of `.dist-info` that a glob leaves out of the tree is still copied to the label that names it."""
    changes = InstallChanges(exclude=["site-packages/*.dist-info/WHEEL", "**/RECORD"])
    result = install_wheel(make_wheel(tmp_path), tmp_path / "out", changes)
    assert not (tmp_path / "out" / result.dist_info / "WHEEL").exists()
    files = [tmp_path / "info" / name for name in ("METADATA", "WHEEL")]
    copy_dist_info(tmp_path / "out", result, files, tmp_path / "rest")
    assert files[1].read_bytes() == FILES[f"{INFO}/WHEEL"]
    assert files[1].stat().st_mode & 0o777 == 0o644
    assert sorted(p.name for p in (tmp_path / "rest" / INFO).iterdir()) == ["INSTALLER", "RECORD", "entry_points.txt"]


@pytest.mark.parametrize("spelling", ["Foo.Bar-1.0.data", "foo-bar-1.0.data"])
def test_data_folder_of_another_spelling(tmp_path: Path, spelling: str) -> None:
    """Files for other places than site-packages are found, however the folder spells the project's name."""
    install_wheel(make_wheel(tmp_path, {name.replace(DATA, spelling): data for name, data in FILES.items()}), tmp_path / "out")
    install_wheel(make_wheel(tmp_path / "plain"), tmp_path / "expected")
    trees = [{p.relative_to(tmp_path / t).as_posix() for p in (tmp_path / t).rglob("*")} for t in ("out", "expected")]
    assert trees[0] == trees[1]


@pytest.mark.parametrize("digest", ["shake_128=AAAA", "shake_256=AAAA", "sha257=AAAA", "\x1b[31m=AAAA"])
def test_digests_that_cannot_be_computed(tmp_path: Path, digest: str) -> None:
    """RECORD with an algorithm that is unknown or has no fixed length: one line, before anything is written."""
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    record = members[f"{INFO}/RECORD"].decode()
    members[f"{INFO}/RECORD"] = re.sub('"foo/run.sh",[^,]*', f'"foo/run.sh",{digest}', record).encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(InstallError, match=r"RECORD: 'foo/run\.sh' has a digest by .*; expected sha256$") as caught:
        install_wheel(wheel, tmp_path / "out")
    assert caught.value.message.isprintable()
    assert not (tmp_path / "out").exists()
