"""Commands in the pages: options of `reprowheel` and flags of Bazel exist, and the CI recipes are YAML."""

from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from dev.api_docs import decode, parts, text
from support.pages import FENCE, REPOSITORY, pages

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITTEN = [page for page in pages(REPOSITORY) if page == "README.md" or page.startswith("docs/")]
BLOCK = re.compile(r"^```(console|sh|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = re.compile(r"bazel run @rules_reprowheel//tools[:/]([a-z]+) --")
OURS = re.compile(r"(?:^|[\s`$(])reprowheel ([a-z]+)((?: [^\n`|;)]+)?)")
OF_BAZEL = re.compile(r"(?:^|[\s`$(])(?:bazel|\./bazelw) (build|fetch|info|query|run|test|vendor)\b((?: [^\n`|;)]+)?)")
FLAG = re.compile(r"(?<![\w-])--(no)?([a-z][a-z_-]*[a-z])(?![\w.-])")
LABEL = re.compile(r"--(?:no)?@+\S+")
VERBS = "archive build compare inspect install lock normalize pin verify wheelhouse".split()


def code(page: str) -> Iterator[str]:
    """Yield the lines of a page's console blocks and its inline code."""
    for _, body in BLOCK.findall(page):
        yield from re.sub(r"\\\n\s*|(?<=[^\n])\n {8,}(?=\S)", " ", body).splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", page))


def unknown(page: str, ours: dict[str, set[str]], bazel: set[str]) -> list[str]:
    """Return the options in the commands of a page that do not exist."""
    found = []
    for line in code(page):
        for verb, rest in OURS.findall(RUN.sub(r"reprowheel \1", line)):
            if verb in ours:
                options = set(re.findall(r"(?<!\S)(--[a-z][a-z-]+)", rest))
                found += [f"reprowheel {verb} {option}" for option in sorted(options - ours[verb])]
        for verb, rest in OF_BAZEL.findall(line):
            before = LABEL.sub("", rest.partition(" -- ")[0])
            names = [(no, name) for no, name in FLAG.findall(before)]
            found += [f"bazel {verb} --{no}{name}" for no, name in names if name not in bazel and no + name not in bazel]
    return found


@pytest.fixture(scope="module")
def ours() -> dict[str, set[str]]:
    """Return the options of each verb, as its help tells them."""
    return {verb: set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_of(verb))) for verb in VERBS}


def help_of(verb: str) -> str:
    """Return the help of a verb."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit):
        main([verb, "--help"])
    return printed.getvalue()


@pytest.fixture(scope="module")
def bazel() -> set[str]:
    """Return the names of Bazel's flags, as it tells them itself."""
    run = subprocess.run(
        [str(REPOSITORY / "bazelw"), "help", "flags-as-proto"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True
    )
    return {text(flag, 1) for flag in parts(decode(base64.b64decode(run.stdout.split()[-1])), 1)}


def test_options_and_flags_exist(ours: dict[str, set[str]], bazel: set[str]) -> None:
    """In every page that users read, each option of a command is one that the command has."""
    assert {"--out", "--build-lock"} <= ours["build"]
    assert "repository_cache" in bazel
    wrong = {page: unknown((REPOSITORY / page).read_text(encoding="utf-8"), ours, bazel) for page in WRITTEN}
    assert {page: found for page, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("```console\n$ reprowheel build x --out d\n```", []),
        ("```console\nreprowheel build x --outt d\n```", ["reprowheel build --outt"]),
        ("```yaml\n- run: bazel test --nofetch //...\n```", []),
        ("```yaml\n- run: bazel test --no_fetch //...\n```", ["bazel test --no_fetch"]),
        ("`bazel build --@rules//x:y=z //a`, `bazel run //:x -- --anything`", []),
        ("`bazel build --frobnicate //a`", ["bazel build --frobnicate"]),
        ("`reprowheel lock --chek`", ["reprowheel lock --chek"]),
        ("`bazel run @rules_reprowheel//tools/lock -- a --outt b`", ["reprowheel lock --outt"]),
    ],
)
def test_unknown_options_are_found(page: str, wrong: list[str]) -> None:
    """In console blocks, recipes and inline code; what stands behind `--` is the program's own (control)."""
    assert unknown(page, {"build": {"--out"}, "lock": {"--out", "--check"}}, {"fetch"}) == wrong


def test_recipes_are_yaml() -> None:
    """Each recipe parses, runs a test by Bazel, and has a job that only a schedule starts."""
    recipes = [body for kind, body in BLOCK.findall((REPOSITORY / "docs/ci.md").read_text(encoding="utf-8")) if kind == "yaml"]
    assert len(recipes) == 3
    for recipe in recipes:
        parsed = yaml.safe_load(recipe)
        assert isinstance(parsed, dict)
        assert "bazel test" in recipe
        assert recipe.count("schedule") >= 2
        assert len(parsed.get("jobs") or parsed.get("steps") or [name for name in parsed if name in ("test", "verify")]) == 2
