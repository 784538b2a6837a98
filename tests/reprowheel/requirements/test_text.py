"""Hashed requirements files: what is read, and that every error says file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._internal.utils.hashes import Hashes

from reprowheel.errors import LockError
from reprowheel.requirements.options import requirement_options
from reprowheel.requirements.read import read_requirements, select_requirements

A, B, C = "a" * 64, "b" * 64, "c" * 64

TRICKY = f"""\
# a comment that ends in a backslash \\
Foo.Bar[Extra_One,two]==1.0 ; python_version >= "3.8" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via something

--index-url https://index.example.org/simple
baz===2.0.post1 --hash=sha256:{C}   # trailing comment
qux == 3 --hash=sha256:{A.upper()}
"""


def write(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_what_pip_reads(tmp_path: Path) -> None:
    """Names, versions, extras, markers and hashes are those that pip's own parser finds in the same file."""
    path = write(tmp_path / "r.txt", TRICKY)
    ours = read_requirements(path)
    theirs = [install_req_from_parsed_requirement(p) for p in parse_requirements(str(path), session=PipSession())]
    assert [r.name for r in ours.requirements] == ["foo-bar", "baz", "qux"]
    for mine, pips in zip(ours.requirements, theirs, strict=True):
        assert pips.req is not None
        assert pips.req.specifier.contains(mine.version)
        assert sorted(h.lower() for h in pips.hash_options["sha256"]) == list(mine.sha256s)
        assert mine.marker == (str(pips.markers) if pips.markers else "")
    assert ours.requirements[0].extras == ("extra-one", "two")
    assert ours.requirements[0].place == f"{path}:2"
    assert ours.requirements[1].key == "baz==2.0.post1"
    assert ours.ignored == (f"{path}:7: --index-url",)


def test_nested_files_keep_their_own_lines(tmp_path: Path) -> None:
    """A file that is included is read relative to the one that includes it."""
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "inner.txt", f"\n\nbar==1 --hash=sha256:{A}\n")
    path = write(tmp_path / "r.txt", f"-r sub/inner.txt\n--no-binary=Bar,baz\nfoo==1 --hash=sha256:{B}\n")
    read = read_requirements(path)
    assert [(r.name, r.place) for r in read.requirements] == [
        ("bar", f"{tmp_path / 'sub' / 'inner.txt'}:3"),
        ("foo", f"{path}:3"),
    ]
    assert read.no_binary == {"bar", "baz"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("foo>=1 --hash=sha256:" + A, "not pinned"),
        ("foo --hash=sha256:" + A, "not pinned"),
        ("foo==1.* --hash=sha256:" + A, "not pinned"),
        ("foo==1,!=2 --hash=sha256:" + A, "not pinned"),
        ("foo==1", "no sha256 hash"),
        ("foo==1 --hash=sha512:" + A, "no sha256 hash"),
        ("foo==1 --hash=sha256:abc", "64 hexadecimal digits"),
        ("foo==1 --hash=sha256:" + "g" * 64, "64 hexadecimal digits"),
        ("foo==1 --hash=md5:0 --hash=sha512:" + A, "only a hash of md5, sha512"),
        ("foo @ https://example.org/foo.tar.gz", "no sha256 hash"),
        ("foo @ https://example.org/foo.tar.gz#sha256=12", "64 hexadecimal digits"),
        ("foo @ https://example.org/bar-1.0-py3-none-any.whl --hash=sha256:" + A, "is a wheel of bar; expected one of foo"),
        ("foo @ hg+https://example.org/foo", "'hg+https' is not supported"),
        ("foo @ git+git://example.org/foo@" + "a" * 40, "'git+git' is not supported"),
        ("git+https://example.org/foo@" + "a" * 40, "has no name"),
        ("foo @ file:///abs/dir", "absolute folder"),
        ("/abs/foo-1.0.tar.gz", "absolute path"),
        ("./foo.tar.gz --hash=sha256:" + A, "has no name"),
        ("./dir", "no [project] name"),
        ("foo @ ./dir ; python_versoin < '3'", "is no requirement"),
        ("foo==1 --config-settings=x --hash=sha256:" + A, "'x' is no config setting"),
        ("foo==1 --hash='sha256:" + A, "quote that does not end"),
        ("--index-url", "--index-url has no value"),
        ("-r https://example.org/r.txt", "is on a network"),
        ("foo==1 --install-option=x --hash=sha256:" + A, "option --install-option of a requirement is not supported"),
        ("foo==1 --hash=sha256:" + A + " --global-option", "--global-option has no value"),
        ("-e .", "--editable is refused"),
        ("-c missing.txt", "missing.txt: no such file"),
        ("--frobnicate", "unknown option --frobnicate"),
        ("-r missing.txt", "missing.txt: no such file"),
        ("foo===not_a_version! --hash=sha256:" + A, "foo"),
    ],
)
def test_errors_say_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    """Each line that cannot be locked is refused with its place and something to do."""
    path = write(tmp_path / "r.txt", f"good==1 --hash=sha256:{A}\n{line}\n")
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    assert message in caught.value.message
    assert caught.value.message.startswith(f"{path}:2: ") or "missing.txt" in line
    assert caught.value.tip
    assert "\n" not in caught.value.message


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    """A circle of -r lines is an error, not a recursion without end."""
    write(tmp_path / "a.txt", "-r b.txt\n")
    write(tmp_path / "b.txt", "-r a.txt\n")
    with pytest.raises(LockError, match="include each other"):
        read_requirements(tmp_path / "a.txt")


def test_options_of_setup_py(tmp_path: Path) -> None:
    """They are kept word by word, as pip's parser has them, and what has them is built: a wheel takes no options."""
    line = f"--global-option='--with x' --global-option --fast --build-option=-g --hash=sha256:{A}"
    assert requirement_options(line, "here").global_options == ("--with x", "--fast")
    assert requirement_options(line, "here").build_options == ("-g",)
    path = write(tmp_path / "r.txt", f"foo==1 {line}\nbar==1 --hash=sha256:{B}\nbaz==1 --build-option=-g --hash=sha256:{A}\n")
    assert read_requirements(path).no_binary == {"foo", "baz"}


def test_selects_by_marker(tmp_path: Path) -> None:
    """Only lines whose marker holds remain; the environment is the target's, not the helper's."""
    path = write(
        tmp_path / "r.txt",
        f"foo==1 ; python_version < '3' --hash=sha256:{A}\nfoo==2 ; python_version >= '3' --hash=sha256:{B}\n",
    )
    read = read_requirements(path)
    for version, expected in (("2.7", "1"), ("3.14", "2")):
        chosen = select_requirements(read.requirements, {"python_version": version})
        assert [r.version for r in chosen] == [expected]


def test_two_versions_that_both_apply_are_an_error(tmp_path: Path) -> None:
    """The message names both lines."""
    path = write(tmp_path / "r.txt", f"foo==1 --hash=sha256:{A}\nfoo==2 --hash=sha256:{B}\n")
    with pytest.raises(LockError) as caught:
        select_requirements(read_requirements(path).requirements, {})
    assert f"{path}:2" in caught.value.message
    assert f"{path}:1" in caught.value.message


def test_same_version_twice_needs_a_hash_of_both(tmp_path: Path) -> None:
    """One distribution in two lines gives one entry with the hashes that both lines allow, as pip has it."""
    path = write(tmp_path / "r.txt", f"foo==1 --hash=sha256:{B} --hash=sha256:{A}\nfoo[x]==1.0 --hash=sha256:{A}\n")
    read = read_requirements(path)
    assert [r.version for r in read.requirements] == ["1", "1.0"]
    chosen = select_requirements(read.requirements, {})
    assert [(r.key, r.sha256s, r.extras) for r in chosen] == [("foo==1", (A,), ("x",))]
    assert Hashes({"sha256": [A, B]}) & Hashes({"sha256": [A]}) == Hashes({"sha256": list(chosen[0].sha256s)})
    path = write(tmp_path / "r.txt", f"foo==1 --hash=sha256:{B}\nfoo==1 --hash=sha256:{A}\n")
    with pytest.raises(LockError, match="no sha256 is in both lines"):
        select_requirements(read_requirements(path).requirements, {})


def test_marker_that_cannot_be_compared_is_an_error(tmp_path: Path) -> None:
    """A marker that cannot be evaluated is not taken for true or false."""
    path = write(tmp_path / "r.txt", f"foo==1 ; platform_machine ~= 'arm' --hash=sha256:{A}\n")
    with pytest.raises(LockError, match="cannot be evaluated") as caught:
        select_requirements(read_requirements(path).requirements, {})
    assert caught.value.message.startswith(f"{path}:1: ")
