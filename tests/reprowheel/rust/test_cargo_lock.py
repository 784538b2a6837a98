"""Cargo.lock in all its versions: crates, checksums, sources, and what is no lock."""

from __future__ import annotations

import pytest

from reprowheel.errors import FetchError
from reprowheel.rust.cargo_lock import Crate, read_cargo_lock

DEFAULT = "registry+https://github.com/rust-lang/" + "crates" + ".io-index"
SUM = "ab" * 32
COMMIT = "0123456789" * 4


def lock(*packages: str, version: int | None = 4, more: str = "") -> str:
    """Return the text of a lock."""
    head = "" if version is None else f"version = {version}\n\n"
    return head + "".join(f"[[package]]\n{package}\n\n" for package in packages) + more


def package(name: str, source: str, checksum: str = SUM) -> str:
    """Return one package of a lock."""
    text = f'name = "{name}"\nversion = "1.0.0"\nsource = "{source}"'
    return f'{text}\nchecksum = "{checksum}"' if checksum else text


@pytest.mark.parametrize("version", [None, 3, 4])
def test_crates_of_registries(version: int | None) -> None:
    """Crates of registries are read with their checksums; the project itself has no source and is left out."""
    other = "sparse+https://example.org/index/"
    text = lock('name = "own"\nversion = "0.1.0"', package("itoa", DEFAULT), package("mine", other), version=version)
    found = read_cargo_lock(text, "p")
    assert [crate.key for crate in found] == ["itoa==1.0.0", f"mine==1.0.0 ({other})"]
    assert [crate.is_default for crate in found] == [True, False]
    assert {crate.checksum for crate in found} == {SUM}
    assert found[0].filename == "itoa-1.0.0.crate"


def test_version_1_has_checksums_apart() -> None:
    """The oldest form has checksums in the table `metadata`."""
    more = f'[metadata]\n"checksum itoa 1.0.0 ({DEFAULT})" = "{SUM}"\n'
    (crate,) = read_cargo_lock(lock(package("itoa", DEFAULT, ""), version=None, more=more), "p")
    assert crate == Crate(name="itoa", version="1.0.0", source=DEFAULT, checksum=SUM)


def test_crates_of_git_share_an_archive() -> None:
    """Crates of one commit of a repository have one archive, which the commit names."""
    source = f"git+https://example.org/some/fast.git?branch=main#{COMMIT}"
    found = read_cargo_lock(lock(package("a", source, ""), package("b", source, "")), "p")
    assert {crate.filename for crate in found} == {f"fast-{COMMIT}.tar.gz"}
    assert {crate.repository for crate in found} == {"https://example.org/some/fast.git"}
    assert {crate.commit for crate in found} == {COMMIT}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = [", "cannot be read"),
        ("version = 5", "has version 5 of the format"),
        ("package = 1", "its packages are no list"),
        ("package = [1]", "a package that is no table"),
        (lock(package("itoa", DEFAULT, "")), "crate itoa 1.0.0 has no checksum"),
        (lock(package("itoa", DEFAULT, "zz")), "crate itoa 1.0.0 has no checksum"),
        (lock(package("../x", DEFAULT)), "is no crate with a name and a version"),
        (lock(package("x", "git+https://example.org/x#main", "")), "no full commit is locked"),
        (lock(package("x", "path+file:///x")), "expected a registry or git"),
    ],
)
def test_what_is_no_lock(text: str, said: str) -> None:
    """What is wrong is told with the place, in one line."""
    with pytest.raises(FetchError, match=said) as error:
        read_cargo_lock(text, "p==1: Cargo.lock")
    assert error.value.message.startswith("p==1: Cargo.lock: ")
    assert "\n" not in error.value.message
