"""Precompiled headers: a call whose inputs are headers does not link, and its result is used."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.wrapped_compilers import Tools, wrappers

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.records import read_headers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOW = ["gcc all.h", "gcc -x c-header all.h", "gcc -xc-header all.h -o all.h.gch", "g++ -x c++-header all.h", "g++ all.hpp"]


@pytest.mark.parametrize("how", HOW)
def test_compiler_takes_what_the_wrapper_made(tmp_path: Path, how: str) -> None:
    """GCC says with `!` that it read the precompiled header, so all flags agree; what it read while making it is recorded."""
    driver, *words = how.split()
    name = next(word for word in words if word.startswith("all.h") and not word.endswith(".gch"))
    source = "a.c" if driver == "gcc" else "a.cpp"
    here, records = tmp_path / "root" / "src", tmp_path / "headers"
    for folder in (here, records):
        folder.mkdir(parents=True)
    (here / "inner.h").write_text("int inner(void);\n", encoding="utf-8")
    (here / name).write_text('#include "inner.h"\n', encoding="utf-8")
    (here / source).write_text("int f(void) { return inner(); }\n", encoding="utf-8")
    tools = wrappers(find_toolchain(), here.parent, headers=records)
    tools.run(driver, *words, cwd=here)
    assert (here / f"{name}.gch").is_file()
    assert {str(here / "inner.h"), str(here / name)} <= read_headers(records)
    shutil.move(here / "inner.h", tmp_path)
    used = tools.run(driver, "-c", source, "-include", name, "-H", "-Winvalid-pch", "-Werror", cwd=here)
    assert used.stderr.strip() in (f"! {name}.gch", f"! ./{name}.gch")


@pytest.mark.parametrize(
    ("words", "links"),
    [
        (["x.h"], False),
        (["x.hpp", "y.h"], False),
        (["-x", "c++-header", "x.txt"], False),
        (["x.o"], True),
        (["x.h", "x.c"], True),
        (["-include", "x.h", "x.c"], True),
        (["-I", "x.h", "x.o"], True),
        (["-x", "c", "x.h"], True),
        (["-x", "c-header", "-x", "none", "x.c"], True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_only_headers_do_not_link(fake: Callable[..., Tools], words: list[str], *, links: bool) -> None:
    """A header that is an input of its own makes no program; one that is only included, or compiled as C, changes nothing."""
    seen = fake().seen("cc", *words)
    assert ("-Wl,--build-id=sha1" in seen) == links
    compiles = any(word.endswith((".c", ".hpp", ".txt")) for word in words) or words == ["x.h"]
    assert any(word.startswith("-D__DATE__=") for word in seen) == compiles
