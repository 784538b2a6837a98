"""Pages of real results as a reader sees them, in a browser: narrow and wide, light and dark, folded and unfolded, on paper."""

from __future__ import annotations

import itertools
import platform
import re
from typing import TYPE_CHECKING

import pytest
from execlog.cli import main as execlog
from support.devtools import Browser
from support.execution_logs import BIN, Made, write_log
from support.leaking import LEAKS, leaking_sdist, library_sdist, request_for
from support.visible import (
    UNFOLD,
    Outline,
    assert_fits,
    assert_readable,
    colour_at,
    looks,
    squeezed,
    visible_text,
)

from reprowheel.compare import compare_paths
from reprowheel.compare.page import comparison_page
from reprowheel.verify import PERTURBATIONS, VerifyOptions, verify_sdist
from reprowheel.verify.page import verdict_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "hunter2"  # noqa: S105 - nobody's
HOSTILE = "<script>document.title = 'hit'<script>&\"'"
DEEP = "site-packages/a_package_with_a_rather_long_name/" * 4 + "module_of_it.cpython-314-x86_64-linux-gnu.txt"
CHANCE = """\
import os, pathlib
print("a line that is " + "very " * 60 + "long")
pathlib.Path("tiny/id.txt").write_text(f"id = {os.urandom(12).hex()}\\n")
"""
DEAR = {"inputs", "interpreter", "rust-toolchain", "work-root", "locale", "locale-euc-jp", "locale-latin-1"}
"""Perturbations that take long: they copy or make files."""

COMMAND = ["reprowheel", "verify", "tiny-1.0.tar.gz", "--env", f"TOKEN={SECRET}", f"--env=KEY={SECRET}", "--html", "page.html"]


def verified(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the pages of four builds that end in four ways, and of all of them together."""
    subjects = {
        "equal": (leaking_sdist(folder / "equal", LEAKS["none"]), {"umask", "cpus"}),
        "different": (leaking_sdist(folder / "different", LEAKS["number of CPUs"]), {"cpus"}),
        "unstable": (leaking_sdist(folder / "unstable", CHANCE), {p.name for p in PERTURBATIONS} - DEAR),
        "refused": (library_sdist(folder / "refused"), {"umask"}),
    }
    verdicts = {
        name: verify_sdist(request_for(sdist), VerifyOptions(without={p.name for p in PERTURBATIONS} - chosen))
        for name, (sdist, chosen) in subjects.items()
    }
    for name, verdict in verdicts.items():
        yield f"verify {name}", verdict_page([verdict])
    yield "verify several", verdict_page(list(verdicts.values()))


def compared(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the page of two trees with hostile names, long paths, long lines and bytes that are no text, and of equal ones."""
    for side in ("left", "right"):
        number = len(side)
        files = {
            HOSTILE: f"<b>built</b> 2026-11-0{number} <script>document.title = 'hit'</script>\n".encode(),
            DEEP: b"x" * 700 + side.encode() + b"y" * 700,
            "data.bin": bytes(range(256)) + bytes([number]) + bytes(range(256)),
            f"only-{side}.txt": b"",
            "same.txt": b"same\n",
        }
        for name, content in files.items():
            path = folder / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    yield "compare different", comparison_page(compare_paths(folder / "left", folder / "right"))
    yield "compare equal", comparison_page(compare_paths(folder / "left", folder / "left"))


def explained(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the pages of two execution logs that differ, and of one with itself."""
    logs = {}
    for side, token in (("a", SECRET), ("b", f"{SECRET}{SECRET}")):
        spawns = [
            Made("//app:copy", {f"app/{DEEP}": side}, {BIN + DEEP: side}, args=["cp", f"https://u:{SECRET}@example.org/{side}"]),
            Made("//app:test", {BIN + DEEP: side}, {BIN + "app/test.log": side}, "TestRunner", env={"API_TOKEN": token}),
            Made(
                "//app:<script>", {"app/x": side}, {BIN + f"app/{HOSTILE}": "x"}, cache_hit=side == "b", runner="disk cache hit"
            ),
            Made(f"//app:only_{side}", {}, {BIN + f"app/{side}": side}),
        ]
        logs[side] = write_log(folder / f"{side}.log", spawns, "compact")
    for name, right in (("different", "b"), ("equal", "a")):
        page = folder / f"{name}.html"
        execlog([logs["a"], logs[right], "--html", str(page)])
        yield f"execlog {name}", page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name → page."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", COMMAND)
        for make in (verified, compared, explained):
            (folder / make.__name__).mkdir()
            for name, text in make(folder / make.__name__):
                found[name] = folder / f"{name.replace(' ', '-')}.html"
                found[name].write_text(text, encoding="utf-8")
    return found


NAMES = {
    "verify equal": "✓ tiny==1.0 is reproducible: the same bytes under 2 perturbations.",
    "verify different": "✗ tiny==1.0 is not reproducible: 1 of 14 files differs because of cpus.",
    "verify unstable": "✗ tiny==1.0 is not reproducible: 1 of 14 files differs from build to build, even without any perturbation.",  # noqa: E501
    "verify refused": "✗ tiny==1.0 could not be verified: its wheel was refused.",
    "verify several": "✗ 1 of 4 sdists is reproducible.",
    "compare different": "✗ 5 of 6 files differ.",
    "compare equal": "✓ Both sides are equal: 5 files, 1,986 bytes.",
    "execlog different": "✗ The two builds differ: 4 root causes.",
    "execlog equal": "✓ The two builds are equal: 4 spawns: the same inputs, the same outputs.",
}
"""Page → its verdict."""


@pytest.mark.parametrize(("width", "dark"), list(itertools.product((400, 1280), (False, True))))
@pytest.mark.parametrize("name", NAMES)
def test_readable(browser: Browser, pages: dict[str, Path], name: str, width: int, dark: bool) -> None:
    """Every page can be read in every window, folded and unfolded, without scripts and other files."""
    assert_readable(browser, pages[name], width=width, dark=dark)


@pytest.mark.parametrize("name", NAMES)
def test_verdict_comes_first(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """One sentence says it, in a box that is red or green, above everything else but the program's name."""
    tab = browser.open(pages[name], width=1280)
    assert tab.value("document.querySelector('h1').innerText") == NAMES[name]
    texts = looks(tab)["texts"]
    assert texts[1] == NAMES[name]
    assert texts[0].split()[-1] == name.partition(" ")[0]
    left, top = tab.value("(b => [b.left, b.top])(document.querySelector('.verdict').getBoundingClientRect())")
    red, green, _ = colour_at(tab, left + 3, top + 20)
    assert (red > green + 50) is NAMES[name].startswith("✗")
    assert (green > red + 50) is NAMES[name].startswith("✓")
    tab.close()


def test_parts_are_folded_in(browser: Browser, pages: dict[str, Path]) -> None:
    """What differs is seen at once, with cause and advice; machine, versions and log are seen after a key is pressed."""
    tab = browser.open(pages["verify different"], width=400)
    shown = visible_text(tab)
    for part in ("tiny/cpus.txt", "jobs = 1", "Cause: the number of CPUs", "To do: build it in deep mode"):
        assert squeezed(part) in shown, part
    hidden = ("C compiler", "Python of the build", "reprowheel verify tiny-1.0.tar.gz", platform.machine())
    assert squeezed("Command line, versions and machine") in shown
    assert squeezed(hidden[0]) not in shown
    for _ in range(20):
        tab.press("Tab", 9)
        if tab.value("document.activeElement.innerText") == "Command line, versions and machine":
            break
    tab.press("Enter", 13, "\r")
    shown = visible_text(tab)
    for part in hidden:
        assert squeezed(part) in shown, part
    tab.close()


def test_sentence_instead_of_rows(browser: Browser, pages: dict[str, Path]) -> None:
    """Where the search cannot tell the perturbations apart, one sentence says so, and why; their names are folded in."""
    tab = browser.open(pages["verify unstable"], width=1280)
    shown = tab.value("document.body.innerText")
    assert (
        f"Which of {len(PERTURBATIONS) - len(DEAR)} changes matter was not searched: the sdist differs without any of them"
        in shown
    )
    assert "hash-seed" not in shown
    assert "told apart" not in shown
    tab.value(UNFOLD)
    assert "hash-seed: order of Python's sets in the helper" in tab.value("document.body.innerText")
    assert squeezed("a line that is " + "very " * 60 + "long") in visible_text(tab)
    tab.close()


@pytest.mark.parametrize("name", ["verify unstable", "compare different", "execlog different"])
def test_on_paper(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """A printed page has everything, also what is folded in, and nothing is cut off; dark mode is no concern of paper."""
    source = Outline(pages[name].read_text(encoding="utf-8"))
    tab = browser.open(pages[name], width=700)
    tab.emulate(dark=True, media="print")
    measured = looks(tab)
    assert_fits(measured)
    assert squeezed("".join(measured["texts"])) == squeezed(source.text)
    assert sum(colour_at(tab, 2, 2)) > 700
    tab.close()


def test_hostile_text_is_text(browser: Browser, pages: dict[str, Path]) -> None:
    """With scripts switched on, names and contents that look like markup are shown as they are, and nothing runs."""
    for name in ("compare different", "execlog different"):
        tab = browser.open(pages[name], width=400)
        tab.value(UNFOLD)
        assert squeezed(HOSTILE) in visible_text(tab)
        assert tab.value("document.title") != "hit"
        assert tab.value("document.scripts.length") == 0
        tab.close()


def test_no_secrets(pages: dict[str, Path]) -> None:
    """No value of a variable, no password of an address: neither of the command line nor of what is compared."""
    for name, page in pages.items():
        assert SECRET not in page.read_text(encoding="utf-8"), name
    assert "TOKEN=***" in pages["verify equal"].read_text(encoding="utf-8")
    assert "https://***@example.org/a" in Outline(pages["execlog different"].read_text(encoding="utf-8")).text


def test_links_lead_somewhere(pages: dict[str, Path]) -> None:
    """Every link is to a place on the same page, and headings go down one level at a time."""
    for name, page in pages.items():
        found = Outline(page.read_text(encoding="utf-8"))
        places = {f"#{value}" for key, value in found.attributes if key == "id"}
        assert {value for key, value in found.attributes if key == "href"} <= places, name
        levels = [int(tag[1]) for tag in found.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), name


GOOD = "<!DOCTYPE html><title>t</title><style>body { margin: 0; font: 16px sans-serif; %s }</style><h1>verdict</h1>%s"


@pytest.mark.parametrize(
    ("style", "body", "wrong"),
    [
        ("", "<p style='width: 900px'>wide", "width"),
        ("", "<p style='white-space: nowrap'>" + "long " * 90, "width"),
        ("", "<p style='position: absolute; left: -9px'>left", "outside"),
        ("", "<p style='margin: -45px 0 0'>on the heading", "overlaps"),
        ("", "<p style='height: 9px; overflow: hidden'>cut", "cut"),
        ("background: #ddd", "<p style='color: #777'>grey on grey", "contrast"),
        ("", "<p style='background: #333'>black on grey", "contrast"),
        ("", "<p>nothing is wrong", ""),
    ],
)
def test_defects_are_found(browser: Browser, tmp_path: Path, style: str, body: str, wrong: str) -> None:
    """Each measurement finds the defect that it is for, and no other."""
    page = tmp_path / "page.html"
    page.write_text(GOOD % (style, body), encoding="utf-8")
    tab = browser.open(page, width=400)
    measured = looks(tab)
    tab.close()
    found = {name for name in ("outside", "overlaps", "cut", "contrast") if measured[name]}
    found |= {"width"} if measured["width"] > measured["window"] else set()
    assert (found - {"outside"} if wrong == "width" else found) == ({wrong} if wrong else set())
    if wrong:
        with pytest.raises(AssertionError):
            assert_fits(measured)
    else:
        assert_fits(measured)
