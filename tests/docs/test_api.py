"""docs/api is what the docstrings say."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def api_docs() -> ModuleType:
    """Return the program as a module."""
    spec = importlib.util.spec_from_file_location("api_docs", REPOSITORY / "tools/dev/api_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def extracted() -> Path:
    """Return the folder with what Bazel extracts from the public files."""
    command = [str(REPOSITORY / "bazelw"), "build", "//docs/api:all"]
    run = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert run.returncode == 0, run.stdout
    info = subprocess.run([*command[:1], "info", "bazel-bin"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return Path(info.stdout.strip().splitlines()[-1]) / "docs/api"


def test_pages_are_fresh(api_docs: Any, extracted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every page is as it would be written now; a stale one is named, with the command that writes it."""
    code = api_docs.main(["--check", "--extracted", str(extracted)])
    assert (code, capsys.readouterr().out) == (0, "")
    pages = {path.name for path in (REPOSITORY / "docs/api").glob("*.md")}
    assert pages == set(api_docs.pages(extracted)) | {"python.md"}  # tools/dev/python_api.py writes that one


def test_pages_have_every_public_symbol(api_docs: Any, extracted: Path) -> None:
    """Each public name of each public file, and each attribute of `pip.parse`, is on a page, with words of its own."""
    pages = api_docs.pages(extracted)
    for symbol in ("reproducibility_test", "sdist_wheel", "wheel_file", "wheel_library", "wheelhouse"):
        assert f"\n## {symbol}\n" in pages["defs.md"]
    assert "\n### pip.parse\n" in pages["extensions.md"]
    for name in ("build_requirements_lock", "target_platforms", "uv_lock"):
        (row,) = [line for line in pages["extensions.md"].splitlines() if line.startswith(f"| `{name}` |")]
        assert len(row.split("|")[4].split()) > 2, row
    undocumented = [line for page in pages.values() for line in page.splitlines() if line.endswith("|  |")]
    assert undocumented == []


def test_a_stale_page_is_noticed(
    api_docs: Any, extracted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one letter changed the check says which page, and how to write it; writing it makes the check pass."""
    monkeypatch.setattr(api_docs, "ROOT", tmp_path)
    (tmp_path / "docs/api").mkdir(parents=True)
    assert api_docs.main(["--extracted", str(extracted)]) == 0
    capsys.readouterr()
    page = tmp_path / "docs/api/pip.md"
    page.write_text(page.read_text(encoding="utf-8").replace("pip_parse", "pip_parze", 1), encoding="utf-8")
    assert api_docs.main(["--check", "--extracted", str(extracted)]) == 1
    assert capsys.readouterr().out == "docs/api/pip.md: stale. To fix: python3 tools/dev/api_docs.py\n"


def test_a_broken_message_is_refused(api_docs: Any) -> None:
    """Bytes that are no message are an error with a place."""
    with pytest.raises(ValueError, match="wire type 5 at byte 1; expected 0 or 2"):
        api_docs.decode(b"\x0d\x00\x00\x00\x00")
