"""Guesses of what a user meant: near names are told, others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprowheel.inputs.guess import did_you_mean, near_file


@pytest.mark.parametrize(
    ("word", "guess"),
    [("numpi", "numpy"), ("NUMPY", "numpy"), ("setuptols", "setuptools"), ("zlib", ""), ("", "")],
)
def test_names(word: str, guess: str) -> None:
    """One slip is forgiven, in any case of letters; another word is no slip."""
    assert did_you_mean(word, ["numpy", "setuptools", "pandas"]) == (f" (did you mean {guess}?)" if guess else "")


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suffix that all have in common is no likeness, and the guess is a path that can be pasted."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "tiny-1.0.tar.gz").touch()
    (tmp_path / "ok.json").touch()
    monkeypatch.chdir(tmp_path)
    assert near_file(Path("none.json")) == ""
    assert near_file(Path("dist/tiny-1.0.tgz"), (".tar.gz",)) == " (did you mean dist/tiny-1.0.tar.gz?)"
    assert near_file(Path("dist/tiny-1.0.tgz"), (".whl",)) == ""
    assert near_file(Path("nowhere/tiny-1.0.tar.gz")) == ""
