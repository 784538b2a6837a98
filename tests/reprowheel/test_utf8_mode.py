"""UTF-8 mode: names and texts are the same in every locale, however the helper is started."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, build, make_sdist, members
from support.builds import Conditions as Where

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import UsageError
from reprowheel.verify.locales import LOCALES, locale_in_turn, make_locale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NAMES = ("été.txt", "北京-ñ-ß.txt")
SETUP = """\
import locale, os, subprocess, sys
from pathlib import Path
from setuptools import setup
child = subprocess.run([sys.executable, "-c", "import sys; print(sys.flags.utf8_mode)"], capture_output=True, text=True)
found = [sys.flags.utf8_mode, child.stdout.strip(), locale.getpreferredencoding(), *sorted(map(ascii, os.listdir("tiny")))]
Path("tiny/made.txt").write_text(repr(found), encoding="utf-8")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["*.txt"]})
"""
BACKEND_NAMES = sorted(f"tiny/{name}" for name in NAMES)


def locales(folder: Path) -> dict[str, Mapping[str, str]]:
    """Return the variables of five locales: two that every machine has, three that are made here."""
    found: dict[str, Mapping[str, str]] = {"C.UTF-8": {"LC_ALL": "C.UTF-8"}}
    found["POSIX"] = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"}
    for name in LOCALES.values():
        assert make_locale(name, folder) == ""
        found[name] = {"LC_ALL": name, "LOCPATH": os.fspath(folder)}
    return found


def seen(variables: Mapping[str, str], *options: str) -> str:
    """Return how a plain Python names the encoding of file names."""
    command = [sys.executable, *options, "-c", "import sys; print(sys.getfilesystemencoding())"]
    return subprocess.run(command, env=dict(variables), check=True, capture_output=True, text=True).stdout.strip()


def test_locales_are_what_they_say(tmp_path: Path) -> None:
    """The control: without UTF-8 mode, Python takes names of files for EUC-JP and Latin-1."""
    found = {name: seen(variables) for name, variables in locales(tmp_path).items()}
    assert found["ja_JP.EUC-JP"] == "euc_jp"
    assert found["de_DE.ISO-8859-1"] == "iso8859-1"
    assert found["tr_TR.UTF-8"] == found["C.UTF-8"] == "utf-8"


def test_one_digest_in_every_locale(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """An sdist whose members have names beyond ASCII: the same wheel, and the members have their names."""
    texts = {"setup.py": SETUP, "tiny/__init__.py": ""} | {f"tiny/{name}": name for name in NAMES}
    sdist = make_sdist(tmp_path / "sdist-ä", texts)
    found = {}
    for name, variables in locales(tmp_path / "locales").items():
        out = tmp_path / name / "où" / "out"
        out.parent.mkdir(parents=True)
        where = Where(cwd=tmp_path, work_root=short_directory, env={"HOME": os.fspath(tmp_path), **variables})
        built = build(sdist, [build_wheel("setuptools")], out, where)
        found[name] = built.wheel.read_bytes(), built.report_bytes
        inside = members(built.wheel)
        assert sorted(n for n in inside if n.endswith(NAMES)) == BACKEND_NAMES
        assert inside["tiny/made.txt"].startswith(b"[1, '1', 'utf-8'")
    assert len(set(found.values())) == 1


@pytest.mark.parametrize("name", LOCALES.values())
def test_launcher_starts_itself_again(tmp_path: Path, name: str) -> None:
    """Started without the option, the launcher still reads names as UTF-8, and so does `archive`, in an exit code and a path."""
    variables = locales(tmp_path / "locales")[name]
    tree = tmp_path / "tree"
    tree.mkdir()
    for file in NAMES:
        (tree / file).write_text(file, encoding="utf-8")
    (tree / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n", encoding="utf-8")
    (tree / "setup.py").write_text("", encoding="utf-8")
    code = "import sys; print(sys.flags.utf8_mode, ascii(sys.argv[1:]))"
    launcher = tmp_path / "reprowheel_launch.py"
    launcher.write_bytes((ROOT / "python" / "reprowheel_launch.py").read_bytes())
    helper = tmp_path / "reprowheel"
    helper.mkdir()
    for module in ("__init__", "errors", "utf8_mode"):
        (helper / f"{module}.py").write_bytes((ROOT / "python" / "reprowheel" / f"{module}.py").read_bytes())
    (helper / "__main__.py").write_text(f"def main(argv):\n    {code}\n    return 7\n", encoding="utf-8")
    command = [sys.executable, "-I", "-B", launcher, "--", "verb", "北京", b"\xff"]
    run = subprocess.run(command, env=dict(variables), check=False, capture_output=True)
    said = run.stdout.decode("ascii").strip()
    assert (run.returncode, said) == (7, f"1 {['--', 'verb', '北京', chr(0xDCFF)]!a}"), run.stderr


@pytest.mark.parametrize("how", ["module", "script"])
def test_command_starts_itself_again(tmp_path: Path, how: str) -> None:
    """`python -m reprowheel` and the installed command print a name of their arguments as it was given, in every locale."""
    environment = {"PYTHONPATH": os.fspath(ROOT / "python")}
    script = tmp_path / "reprowheel"
    script.write_text("import sys\nfrom reprowheel.__main__ import main\nsys.exit(main())\n", encoding="utf-8")
    start = [sys.executable, "-B", *(["-m", "reprowheel"] if how == "module" else [os.fspath(script)])]
    for name, variables in locales(tmp_path / "locales").items():
        run = subprocess.run(
            [*start, "compare", "gibt-es-nicht-ü-京", "x"], env=environment | dict(variables), check=False, capture_output=True
        )
        assert run.returncode == 2, name
        assert "gibt-es-nicht-ü-京" in run.stderr.decode("utf-8"), name


def test_option_that_turns_the_mode_off(tmp_path: Path) -> None:
    """`-X utf8=0` does not count, and does not start the helper again and again."""
    variables = {"PYTHONPATH": os.fspath(ROOT / "python")} | dict(locales(tmp_path)["ja_JP.EUC-JP"])
    command = [sys.executable, "-B", "-X", "utf8=0", "-m", "reprowheel", "compare", "ü-京", "x"]
    run = subprocess.run(command, env=variables, check=False, capture_output=True, timeout=60)
    assert (run.returncode, "ü-京" in run.stderr.decode("utf-8")) == (2, True)


def test_python_api_refuses_other_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that uses the API in a process with another encoding is told; nothing is unpacked."""
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "iso8859-1")
    with pytest.raises(UsageError, match="names of files are iso8859-1 in this process; expected utf-8") as caught:
        unpack_sdist(make_sdist(tmp_path, {}), tmp_path / "into")
    assert not (tmp_path / "into").exists()
    assert caught.value.tip == "Start Python in UTF-8 mode: python3 -X utf8, or PYTHONUTF8=1."


@pytest.mark.parametrize(("options", "variables"), [(("-X", "utf8"), {}), ((), {"PYTHONUTF8": "1"})])
def test_tip_of_that_error_works(tmp_path: Path, options: tuple[str, ...], variables: Mapping[str, str]) -> None:
    """Either way of the tip makes names UTF-8 in a locale where they are not."""
    locale = locales(tmp_path)["ja_JP.EUC-JP"]
    assert seen(locale) == "euc_jp"
    assert seen({**locale, **variables}, *options) == "utf-8"


def test_every_locale_has_its_turn() -> None:
    """The hash of an sdist chooses its locale; all three are chosen by some."""
    assert {locale_in_turn(f"{number:08x}{'0' * 56}") for number in range(3)} == set(LOCALES)
