"""The choice among files of one version, without any build."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.tags import sys_tags
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, sha256, write_simple

from reprowheel.errors import FetchError
from reprowheel.fetch.index import Index
from reprowheel.fetch.page import IndexFile
from reprowheel.lock.build_lock import LockedWheel
from reprowheel.lock.choose import FileChooser
from reprowheel.lock.resolve import Resolved, TargetPython
from reprowheel.requirements.read import LockedRequirement

TARGET = TargetPython(
    executable="unused",
    markers={"python_full_version": "3.11.7"},
    tags=("cp311-cp311-linux_x86_64", "py3-none-any"),
)


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


def requirement(*archives: Path) -> LockedRequirement:
    """Return foo==1.0 with the hashes of archives."""
    hashes = tuple(sha256(a) for a in archives)
    return LockedRequirement(name="foo", version="1.0", sha256s=hashes, extras=(), marker="", place="r.txt:1")


@pytest.mark.parametrize("hashes", [True, False])
@pytest.mark.parametrize(
    ("tags", "no_binary", "expected"),
    [
        (["sdist"], (), True),
        (["sdist", "py3-none-any"], (), False),
        (["sdist", "py3-none-any"], ("foo",), True),
        (["sdist", "py3-none-any"], (":all:",), True),
        (["sdist", "py3-none-any"], ("bar",), False),
        (["sdist", "cp311-cp311-linux_x86_64"], (), False),
        (["sdist", "cp310-cp310-linux_x86_64", "cp311-cp311-win32"], (), True),
        (["py3-none-any"], (":all:",), False),
    ],
)
def test_sdist_or_wheel(
    tmp_path: Path,
    tags: list[str],
    no_binary: tuple[str, ...],
    expected: bool,
    hashes: bool,
) -> None:
    """An sdist is built when no locked wheel fits or none may be taken; what is not locked does not count."""
    archives = [
        make_sdist(tmp_path, "foo", "1.0", {}) if tag == "sdist" else make_wheel(tmp_path, "foo", "1.0", tag=tag) for tag in tags
    ]
    unlocked = make_wheel(tmp_path, "foo", "1.0", tag="py2.py3-none-any")
    with Index(write_simple(tmp_path / "index", [*archives, unlocked], hashes=hashes)) as index:
        chooser = FileChooser(TARGET, index, kept={}, portable=False)
        assert chooser.must_build(requirement(*archives), no_binary=no_binary) is expected


def test_the_index_has_no_locked_file(tmp_path: Path) -> None:
    """The error has place, package and hash."""
    wheel = make_wheel(tmp_path, "foo", "1.0")
    wanted = requirement(wheel)
    wheel.write_bytes(b"other")
    with Index(write_simple(tmp_path / "index", [wheel])) as index, pytest.raises(FetchError) as caught:
        FileChooser(TARGET, index, kept={}, portable=False).must_build(wanted, no_binary=())
    assert caught.value.message.startswith("r.txt:1: foo==1.0: ")
    assert wanted.sha256s[0] in caught.value.message


@pytest.mark.parametrize(
    ("specifier", "yanked", "allowed"),
    [
        ("", False, True),
        (">=3.8", False, True),
        (">=3.12", False, False),
        ("not a specifier", False, True),
        (">=3.8", True, False),
    ],
)
def test_requires_python_and_yanked(
    tmp_path: Path,
    specifier: str,
    yanked: bool,
    allowed: bool,
) -> None:
    """A file for another Python, or one that its author took back, is not chosen; a wrong specifier is ignored."""
    file = IndexFile(filename="foo-1.0.tar.gz", url="u", sha256="", requires_python=specifier, yanked=yanked)
    with Index(write_simple(tmp_path / "index", [])) as index:
        assert FileChooser(TARGET, index, kept={}, portable=False).allows(file) is allowed


def test_preference(tmp_path: Path) -> None:
    """Portable before kept before pip's; only files that this interpreter can install; an sdist stays an sdist."""
    native = make_wheel(tmp_path, "foo", "1.0", tag="cp311-cp311-linux_x86_64")
    pure = make_wheel(tmp_path, "foo", "1.0")
    foreign = make_wheel(tmp_path, "foo", "1.0", tag="cp27-none-any")
    item = Resolved(name="foo", version="1.0", filename=native.name, sha256=sha256(native))
    with Index(write_simple(tmp_path / "index", [foreign, native, pure])) as index:

        def choose(kept: Path | None, *, portable: bool) -> str:
            locked = {"foo==1.0": LockedWheel(filename=kept.name, sha256=sha256(kept))} if kept else {}
            return FileChooser(TARGET, index, kept=locked, portable=portable).prefer(item).filename

        assert choose(None, portable=False) == native.name
        assert choose(pure, portable=False) == pure.name
        assert choose(foreign, portable=False) == native.name
        assert choose(None, portable=True) == pure.name
        assert choose(native, portable=True) == pure.name
        source = Resolved(name="foo", version="1.0", filename="foo-1.0.tar.gz", sha256="0" * 64)
        assert FileChooser(TARGET, index, kept={}, portable=True).prefer(source) is source


def test_tags_are_those_of_packaging() -> None:
    """The spelling of tags that a target gives is the one they are compared in."""
    assert "py3-none-any" in {str(tag) for tag in sys_tags()}
