"""The Rust toolchain in another folder: how it is copied, and a build that tells where its compiler lies."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.leaking import leaking_sdist, request_for

from reprowheel.errors import BuildError
from reprowheel.removal import OpenDirectory
from reprowheel.rust.toolchain import find_rust
from reprowheel.verify import PERTURBATIONS, VerifyOptions, verify_sdist
from reprowheel.verify.render import verdict_text
from reprowheel.verify.rust import copy_rust

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprowheel.verify import Verdict

RUSTC = """\
#!/bin/sh
case "$*" in
*sysroot*) echo "{sysroot}" ;;
*) printf 'rustc 1.95.0 (5980 2026-04-14)\\nhost: x86_64-unknown-linux-gnu\\nrelease: 1.95.0\\n' ;;
esac
"""
BESIDE = '$(dirname "$(dirname "$0")")'
"""As rustc finds its sysroot: by where it lies."""
CRATE = {
    "Cargo.toml": '[package]\nname = "tiny"\nversion = "1.0.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "tiny"\nversion = "1.0.0"\n',
    "src/lib.rs": "",
}
TELLING = """\
import pathlib, subprocess
place = subprocess.check_output(["rustc", "--print", "sysroot"], text=True)
pathlib.Path("tiny/place.txt").write_text(place[::-1])  # so that it holds no path of this machine
"""


def toolchain(folder: Path, sysroot: str = BESIDE) -> Path:
    """Write a toolchain whose rustc says where its sysroot is, with a library and a manual."""
    for name in ("bin", "lib", "share/man"):
        (folder / name).mkdir(parents=True)
    for name, text in (("rustc", RUSTC.format(sysroot=sysroot)), ("cargo", "#!/bin/sh\necho cargo 1.95.0\n")):
        (folder / "bin" / name).write_text(text, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    (folder / "lib" / "libstd.rlib").write_bytes(b"library")
    (folder / "share" / "man" / "rustc.1").touch()
    return folder


def place(parent: Path) -> Path:
    """Make a folder for copies."""
    (parent / "moved").mkdir()
    return parent / "moved"


def test_copy_costs_no_room(tmp_path: Path) -> None:
    """On one file system the files are links; the copy says that its sysroot is its own, and is removed without harm."""
    real = toolchain(tmp_path / "real")
    before = (real / "bin" / "rustc").stat()
    description = copy_rust(real, [place(tmp_path)])
    found = find_rust(description, "tiny")
    assert found.sysroot == str(description.parent) != str(real)
    assert (found.rustc, found.cargo) == (f"{found.sysroot}/bin/rustc", f"{found.sysroot}/bin/cargo")
    assert os.path.samefile(description.parent / "lib" / "libstd.rlib", real / "lib" / "libstd.rlib")
    assert not (description.parent / "share").exists()
    assert OpenDirectory(description.parent.parent).remove() == ""
    after = (real / "bin" / "rustc").stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_nlink) == (before.st_mode, before.st_mtime_ns, 1)


def test_first_place_on_its_file_system(tmp_path: Path, disk_folder: Callable[[str], Path]) -> None:
    """A place that allows links is taken; without one, files are copied."""
    real = toolchain(tmp_path / "real")
    elsewhere = Path("/dev/shm")
    if elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        elsewhere = disk_folder("rust")
    far = elsewhere / f"rv{os.getpid()}"
    far.mkdir()
    try:
        near = place(tmp_path)
        assert copy_rust(real, [far, near]).parent.parent == near
        copied = copy_rust(real, [far])
        assert copied.parent.parent == far
        assert (copied.parent / "lib" / "libstd.rlib").read_bytes() == b"library"
    finally:
        assert OpenDirectory(far).remove() == ""


def test_variables_lead_to_the_copy(tmp_path: Path) -> None:
    """Folders of the toolchain in variables that a description gives are those of the copy."""
    real = toolchain(tmp_path / "real")
    given = tmp_path / "rust.json"
    env = {"LD_LIBRARY_PATH": f"{real}/lib:/other/lib"}
    given.write_text(json.dumps({"rustc": f"{real}/bin/rustc", "cargo": f"{real}/bin/cargo", "env": env}), encoding="utf-8")
    description = copy_rust(given, [place(tmp_path)])
    assert find_rust(description, "tiny").env == {"LD_LIBRARY_PATH": f"{description.parent}/lib:/other/lib"}


@pytest.mark.parametrize(
    ("sysroot", "said"),
    [
        ("/usr", r"the toolchain of \S+/bin/rustc is not in a folder of its own, which could be copied"),
        ("{real}", r"a copy of the toolchain in \S+/real keeps its sysroot"),
    ],
)
def test_what_cannot_be_copied(tmp_path: Path, sysroot: str, said: str) -> None:
    """A toolchain of the system, and one whose compiler does not look for its sysroot beside itself."""
    real = toolchain(tmp_path / "real", sysroot.format(real=tmp_path / "real"))
    with pytest.raises(BuildError) as error:
        copy_rust(real, [place(tmp_path)])
    assert re.fullmatch(said, error.value.message)


def verified(folder: Path, code: str, real: Path) -> Verdict:
    """Verify an sdist that has a crate, under this perturbation alone."""
    request = replace(request_for(leaking_sdist(folder, code, **CRATE)), rust_toolchain=real)
    others = [p.name for p in PERTURBATIONS if p.name != "rust-toolchain"]
    return verify_sdist(request, VerifyOptions(without=others))


def test_build_that_tells_the_place(tmp_path: Path) -> None:
    """The perturbation is named as what makes the difference; a build that is silent about it is equal."""
    real = toolchain(tmp_path / "real")
    verdict = verified(tmp_path / "telling", TELLING, real)
    assert [tried.name for tried in verdict.guilty] == ["rust-toolchain"]
    silent = verified(tmp_path / "silent", "", real)
    assert (silent.status, silent.applied) == ("equal", 1)


def test_not_possible_is_told(tmp_path: Path) -> None:
    """A toolchain of the system: the perturbation is not applied, and the verdict says why."""
    real = toolchain(tmp_path / "real", "/usr")
    request = replace(request_for(leaking_sdist(tmp_path, "", **CRATE)), rust_toolchain=real)
    others = [p.name for p in PERTURBATIONS if p.name not in {"rust-toolchain", "umask"}]
    verdict = verify_sdist(request, VerifyOptions(without=others))
    (missing,) = [tried for tried in verdict.tried if tried.result == "missing"]
    assert missing.name == "rust-toolchain"
    assert "is not in a folder of its own" in missing.detail
    assert "rust-toolchain" in verdict_text(verdict)
