"""Sdists that leak on purpose are caught, with the file and the cause; one that does not leak passes."""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.builds import members
from support.leaking import LEAKS, binary_sdist, leaking_sdist, library_sdist, request_for

from reprowheel.build import build_wheel
from reprowheel.compare.model import KnownValues
from reprowheel.errors import RefusedError, UsageError
from reprowheel.files import file_sha256, zip_member
from reprowheel.verify import PERTURBATIONS, VerifyOptions, verify_sdist
from reprowheel.verify.locales import LOCALES, locale_in_turn
from reprowheel.verify.outputs import compare_outcomes
from reprowheel.verify.render import verdict_line, verdict_text
from reprowheel.verify.runner import outcome_of

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.verify import Verdict


def verified(sdist: Path, options: VerifyOptions | None = None) -> Verdict:
    """Verify with every perturbation."""
    return verify_sdist(request_for(sdist), options or VerifyOptions())


def only(*names: str) -> list[str]:
    """Return all other perturbations, to be left out."""
    return [p.name for p in PERTURBATIONS if p.name not in names]


def own_paths(verdict: Verdict) -> set[str]:
    """Return the files that differ by themselves."""
    assert verdict.comparison
    return {d.path for d in verdict.comparison.differences if not d.follows}


def test_clean_sdist(tmp_path: Path) -> None:
    """The digest is that of an ordinary build; every perturbation was in force; two builds were run."""
    sdist = leaking_sdist(tmp_path, LEAKS["none"])
    verdict = verified(sdist)
    assert (verdict.status, verdict.exit_code, verdict.builds, verdict.comparison) == ("equal", 0, 2, None)
    other_locales = set(LOCALES) - {locale_in_turn(file_sha256(sdist))}
    assert {t.name: t.result for t in verdict.tried if t.result != "equal"} == dict.fromkeys(
        {*other_locales, "rust-toolchain"}, "left-out"
    )
    assert verdict.applied == len(PERTURBATIONS) - 3 == len(verdict.tried) - 3
    result = build_wheel(replace(request_for(sdist), out=tmp_path / "out"))
    assert verdict.wheel_sha256 == result.sha256 == file_sha256(result.wheel)
    assert verdict_text(verdict) == (
        f"REPRODUCIBLE tiny==1.0: sha256 {result.sha256}, the same under {len(PERTURBATIONS) - 3} perturbations\n"
    )


def test_path_in_compressed_data(tmp_path: Path) -> None:
    """The build's path, compressed in the middle of a file, is found by the first build already, which is refused."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["compressed path"]))
    assert (verdict.status, verdict.exit_code, verdict.builds) == ("failed", 4, 1)
    place = "tiny/data.bin (unpacked from 0x24), offset 0x39"
    assert f"{place}: holds part of the build directory's path, which differs from build to build" in verdict_line(verdict)


def test_compressed_digest_of_the_path(tmp_path: Path) -> None:
    """What no search can find differs even without a perturbation: unpacked and shown."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["compressed digest of the path"]))
    assert (verdict.status, verdict.exit_code, verdict.builds) == ("unstable", 1, 3)
    assert own_paths(verdict) == {"tiny/data.bin"}
    assert verdict.comparison
    (difference,) = [d for d in verdict.comparison.differences if not d.follows]
    assert difference.place.startswith("compressed data at offset 0x24")
    assert difference.left
    assert re.search(r"[0-9a-f]{16}", difference.left.text)
    text = verdict_text(verdict)
    assert "tiny/data.bin — compressed data at offset 0x24" in text
    assert "from build to build" in verdict_line(verdict)


def test_time_in_a_pickle(tmp_path: Path) -> None:
    """Two builds on one day agree; a shifted clock shows that `date` was asked."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["time in a pickle"]))
    assert [t.name for t in verdict.guilty] == ["clock"]
    assert own_paths(verdict) == {"tiny/when.pkl"}
    assert verdict.comparison
    first = verdict.comparison.differences[0]
    assert (first.cause.name, first.place) == ("time", "pickle, opcode SHORT_BINUNICODE")
    assert "DIFFERENT tiny==1.0: 1 of 14 files differs under clock" in verdict_text(verdict)
    assert "deep mode" in first.cause.advice


def test_number_of_cpus(tmp_path: Path) -> None:
    """What `nproc` says is recognised, whatever else is in the line; two builds of the search are enough."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["number of CPUs"]))
    assert [t.name for t in verdict.guilty] == ["cpus"]
    assert verdict.builds == 5
    assert verdict.comparison
    first = verdict.comparison.differences[0]
    assert (first.path, first.place, first.cause.name) == ("tiny/cpus.txt", "line 1", "cpus")
    assert first.left
    assert first.right
    assert first.left.text == f"jobs = {len(os.sched_getaffinity(0))}"
    assert first.right.text == "jobs = 1"


def test_host_name_in_a_binary(tmp_path: Path) -> None:
    """Section, symbol and offset are named, and both strings; what follows from them is not shown first."""
    verdict = verified(binary_sdist(tmp_path))
    assert [t.name for t in verdict.guilty] == ["host-name"]
    assert own_paths(verdict) == {"tiny/native.so"}
    assert verdict.comparison
    first = verdict.comparison.differences[0]
    assert (first.place, first.symbol, first.cause.name) == ("section .rodata", "built_on", "host-name")
    assert first.left
    assert first.left.text == "built on localhost"
    assert "cause: the name of the machine" in verdict_text(verdict)


def test_order_of_a_directory(tmp_path: Path) -> None:
    """The same lines in another order, found by the perturbed order and by the other file system."""
    verdict = verified(
        leaking_sdist(tmp_path, LEAKS["order of a directory"]), VerifyOptions(without=only("directory-order", "clock"))
    )
    assert [t.name for t in verdict.guilty] == ["directory-order"]
    assert {t.name: t.result for t in verdict.tried}["work-root"] == "left-out"
    assert verdict.comparison
    assert verdict.comparison.differences[0].cause.name == "order"


def test_undeclared_host_library(tmp_path: Path) -> None:
    """The build refuses it; the verdict passes on library, file and what to do, and the exit code."""
    verdict = verified(library_sdist(tmp_path))
    assert (verdict.status, verdict.exit_code, verdict.builds) == ("failed", 4, 1)
    assert "tiny/native.so needs the host library liblucky.so.1" in verdict_line(verdict)
    assert "--host-library liblucky.so.1" in verdict_text(verdict)


def test_build_that_fails_when_perturbed(tmp_path: Path) -> None:
    """A build that only works on this machine is as bad as one that differs; the search works for it, too."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["fails on one CPU"]), VerifyOptions(without=only("stdin", "cpus")))
    assert (verdict.status, verdict.exit_code) == ("different", 1)
    assert [t.name for t in verdict.guilty] == ["cpus"]
    assert "too few CPUs" in verdict_line(verdict)
    assert verdict.comparison is None


def test_deep_mode_hides_it_all(tmp_path: Path) -> None:
    """What `verify` advises helps: programs that tell time, CPUs and order tell the same in deep mode."""
    code = "\n".join(LEAKS[name] for name in ("time in a pickle", "number of CPUs", "order of a directory"))
    sdist = leaking_sdist(tmp_path, code)
    verdict = verify_sdist(replace(request_for(sdist), deep=True), VerifyOptions())
    assert (verdict.status, verdict.applied, verdict.builds) == ("equal", len(PERTURBATIONS) - 3, 2), "one locale, no Rust"
    assert verified(sdist, VerifyOptions(max_builds=0)).status == "different"


def test_search_is_bounded(tmp_path: Path) -> None:
    """With no build to spare the verdict is the same, and says that the cause was not searched."""
    verdict = verified(leaking_sdist(tmp_path, LEAKS["number of CPUs"]), VerifyOptions(max_builds=0))
    assert (verdict.status, verdict.builds, verdict.guilty) == ("different", 3, ())
    assert "not searched: work-root" in verdict_text(verdict)


def test_wheel_that_was_delivered(tmp_path: Path) -> None:
    """Instead of the first build a given wheel is compared; one changed byte in it is found."""
    sdist = leaking_sdist(tmp_path, LEAKS["none"])
    request = replace(
        request_for(sdist), out=tmp_path / "out", report=tmp_path / "report.json", debug_dir=tmp_path / "debug"
    )
    wheel = build_wheel(request).wheel
    given = (wheel, request.debug_dir, request.report)
    good = verified(sdist, VerifyOptions(against=given))
    assert (good.status, good.builds, good.package) == ("equal", 1, "tiny==1.0")
    content = members(wheel)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in content.items():
            archive.writestr(zip_member(name, 0o644), data.replace(b"Generator: tiny", b"Generator: tinY"))
    bad = verified(sdist, VerifyOptions(against=given))
    assert (bad.status, bad.exit_code) == ("unstable", 1)
    assert own_paths(bad) == {"tiny-1.0.dist-info/WHEEL"}


def test_keeps_both_builds(tmp_path: Path) -> None:
    """Both wheels, debug files and reports are there for a closer look."""
    verified(binary_sdist(tmp_path), VerifyOptions(keep=tmp_path / "kept", max_builds=0))
    names = {p.relative_to(tmp_path / "kept").parts[:3] for p in (tmp_path / "kept").rglob("*") if p.is_file()}
    wheel = "tiny-1.0-py3-none-any.whl"
    assert names == {
        ("tiny-1.0", side, name) for side in ("as-it-is", "perturbed") for name in (wheel, "report.json", "debug")
    }


def test_nothing_perturbed_is_no_verdict(tmp_path: Path) -> None:
    """Two equal builds under equal conditions prove nothing: an error, not a success."""
    sdist = leaking_sdist(tmp_path, LEAKS["none"])
    with pytest.raises(UsageError, match="no perturbation could be applied, so nothing was verified"):
        verified(sdist, VerifyOptions(without=[p.name for p in PERTURBATIONS]))


def test_outputs_that_differ_without_a_difference(tmp_path: Path) -> None:
    """A comparison that finds nothing, although it was called because of a difference, is an error."""
    result = build_wheel(replace(request_for(leaking_sdist(tmp_path, LEAKS["none"])), out=tmp_path / "out"))
    one, two = (outcome_of((result.wheel, None, None), tmp_path / name) for name in ("one", "two"))
    with pytest.raises(RefusedError, match="no difference was found"):
        compare_outcomes(one, two, KnownValues())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"without": ["gravity"]}, "perturbation 'gravity' does not exist; expected one of work-root, "),
        ({"diffoscope": True}, ""),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong names and missing programs are found before anything is built."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match=message or "there is no diffoscope on PATH"):
        VerifyOptions(**options)  # type: ignore[arg-type]
