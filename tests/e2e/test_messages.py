"""Messages that only a real repository rule can give: a host that lacks something, archives and indexes that are not right.

Few runs of Bazel: with --keep_going one run has the messages of many packages.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, build_lock, hub, override, requirements, workspace
from e2e.mistaken import IndexHandler, Mistaken, begins
from e2e.mistakes import ANSWERS, MISTAKES, Mistake
from support.local_index import make_sdist, make_wheel, sha256, write_simple
from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = "unversioned @ ./libs/unversioned\ncontradicting @ ./libs/contradicting\n"
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "b"\n[project]\nname = "{name}"\n{version}\n'
SETUP = "raise SystemExit('never run')"
HALF = 4096
PYTHON = os.path.realpath(sys.executable)


class HalfHandler(http.server.BaseHTTPRequestHandler):
    """Promises twice as many bytes as it sends."""

    def do_GET(self) -> None:
        """Send half."""
        self.send_response(200)
        self.send_header("Content-Length", str(2 * HALF))
        self.end_headers()
        self.wfile.write(b"x" * HALF)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def page(index: Path, name: str, address: str, digest: str) -> str:
    """Write an index's page with one file; return its line in a lock."""
    folder = index / name
    folder.mkdir(parents=True)
    filename = f"{name}-1.0.tar.gz"
    (folder / "index.html").write_text(f'<a href="{address}/{filename}#sha256={digest}">{filename}</a>', encoding="utf-8")
    return f"{name}==1.0 --hash=sha256:{digest}\n"


def loose_files(path: Path) -> Path:
    """Write a tar file without the one folder that an sdist has."""
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("PKG-INFO"), io.BytesIO())
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the address of a server that breaks off in the middle."""
    with serving(HalfHandler) as address:
        yield address


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, cache: Path, server: str) -> Iterator[Workspace]:
    """Yield a workspace with packages that cannot be had, each for another reason."""
    base = tmp_path_factory.mktemp("messages")
    index, dist = base / "simple", base / "dist"
    dist.mkdir()
    plain = make_sdist(dist, "plain", "1.0", {"setup.py": SETUP})
    broken = make_sdist(dist, "broken-line", "1.0", {"setup.py": SETUP})
    unreadable = [
        make_wheel(dist, "bad-name", "1.0", requires=["][ nonsense"]),
        make_wheel(dist, "bad-marker", "1.0", requires=["plain; os_name =="]),
    ]
    write_simple(index, [plain, broken, *unreadable])
    noise = dist / "noise-1.0.tar.gz"
    noise.write_bytes(b"neither of them")
    loose = loose_files(dist / "loose-1.0.tar.gz")
    odd = requirements(unreadable)
    odd += page(index, "noise", dist.as_uri(), sha256(noise)) + page(index, "loose", dist.as_uri(), sha256(loose))
    odd += page(index, "gone", (base / "nowhere").as_uri(), "1" * 64)
    odd += page(index, "half", server, hashlib.sha256(b"x" * 2 * HALF).hexdigest())
    files = {
        "built.json": build_lock({plain: [], broken: []}),
        "built.txt": requirements([plain, broken]),
        "folders.txt": FOLDERS,
        "libs/contradicting/PKG-INFO": "Metadata-Version: 2.1\nName: contradicting\nVersion: 0.9\n",
        "libs/contradicting/pyproject.toml": PROJECT.format(name="contradicting", version='version = "1.0"'),
        "libs/unversioned/pyproject.toml": PROJECT.format(name="unversioned", version='dynamic = ["version"]'),
        "odd.txt": odd,
    }
    hubs = hub("folders", requirements_lock="//:folders.txt")
    hubs += hub("odd", requirements_lock="//:odd.txt", index_url=index.as_uri())
    hubs += hub(
        "built",
        requirements_lock="//:built.txt",
        build_requirements_lock="//:built.json",
        build_phase="fetch",
        index_url=index.as_uri(),
    )
    hubs += override("built", "broken-line", build_env={"A": "one\ntwo"})
    with workspace(base, cache / "downloads") as made:
        made.write(hubs, files)
        yield made


# An interpreter that says of itself that it is Python 3.9.
OLD_PYTHON = """\
#!{python} -I
import platform, sys
sys._base_executable = __file__
sys.version_info = (3, 9, 2, "final", 0)
sys.implementation.version = sys.version_info
platform.python_version = lambda: "3.9.2"
platform.python_version_tuple = lambda: ("3", "9", "2")
exec(sys.argv[sys.argv.index("-c") + 1])
"""


def test_packages_that_cannot_be_had(space: Workspace, server: str) -> None:
    """Each says place, package, what is wrong and what to do; none hides another."""
    names = ["bad_name", "bad_marker", "noise", "loose", "gone", "half"]
    targets = [f"@odd//{name}:pkg" for name in names]
    targets += ["@folders//unversioned:pkg", "@folders//contradicting:pkg", "@built//broken_line:pkg"]
    code, output, _ = space.build("--keep_going", *targets)
    assert code != 0
    again = " To fix: lock another version, or replace it by a target of yours (pip.override target)."
    neither = "is neither a wheel nor an sdist; expected one of them. To fix: lock another file."
    for message in [
        "bad-name: Requires-Dist '][ nonsense': is not a requirement; expected for example: foo>=1." + again,
        "bad-marker: Requires-Dist 'plain; os_name ==': marker 'os_name ==' is not a marker; expected for example: ",
        f"odd.txt:3: noise==1.0: noise-1.0.tar.gz {neither}",
        f"odd.txt:4: loose==1.0: loose-1.0.tar.gz {neither}",
        f"/nowhere/gone-1.0.tar.gz could not be downloaded with sha256 {'1' * 64}; there is no such file. ",
        f"odd.txt:6: half==1.0: {server}/half-1.0.tar.gz could not be downloaded with sha256 ",
        "folders.txt:1: unversioned does not say its version; expected one in the lock. To fix: add build_requirements_lock = ",
        "then run: bazel run @folders//:lock.update",
        "PKG-INFO of contradicting says version 0.9; expected 1.0, as its pyproject.toml has it. To fix: remove PKG-INFO there.",
        'broken-line==1.0: the setting "--env=A=one\\ntwo" has a line break; expected one line.',
    ]:
        assert message in output, output
    for name in ["noise", "loose", "gone", "half"]:
        assert not list(space.machine.output_root.glob(f"*/external/*odd_{name}_1_0/*.tar.gz")), name


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("BAZEL_DO_NOT_DETECT_CPP_TOOLCHAIN=1", "@reprowheel_cc: no C/C++ toolchain is registered for this platform; "),
        (
            "CC=no-such-cc",
            "@reprowheel_cc: CC=no-such-cc is not on PATH; expected a C compiler. To fix: leave CC out, for gcc, or set it to ",
        ),
        (
            "PATH={base}/python-only",
            "@reprowheel_cc: there is no C compiler: gcc is not on PATH, and CC is not set. To fix: install one (",
        ),
        ("REPROWHEEL_CC_TOOLCHAIN={base}/none.json", "/none.json: no such file; expected the absolute path of a toolchain's"),
        ("REPROWHEEL_CC_TOOLCHAIN={base}/list.json", "/list.json: is not a JSON object; expected a toolchain's description."),
        ("PATH=/nonexistent", "@reprowheel_host: there is no python3 on PATH; expected one. To fix: install Python 3."),
        ("PATH={base}/failing", "/failing/python3 does not run (no such luck); expected a working Python 3."),
        ("PATH={base}/silent", "/silent/real does not run (it prints nothing); expected a working Python 3."),
    ],
    ids=[
        "no detection",
        "no such compiler",
        "no compiler",
        "no description",
        "no object",
        "no python",
        "failing python",
        "silent python",
    ],
)
def test_hosts_that_lack_something(space: Workspace, option: str, message: str) -> None:
    """The host's tools are asked for once, and what is missing is said with what to do."""
    base = space.folder.parent
    (base / "list.json").write_text("[]\n", encoding="utf-8")
    scripts = {
        "python-only/python3": f'#!/bin/sh\nexec {PYTHON} "$@"\n',
        "failing/python3": "#!/bin/sh\necho no such luck >&2\nexit 3\n",
        "silent/python3": f"#!/bin/sh\necho {base}/silent/real\n",
        "silent/real": "#!/bin/sh\n",
    }
    for name, text in scripts.items():
        (base / name).parent.mkdir(exist_ok=True)
        (base / name).write_text(text, encoding="utf-8")
        (base / name).chmod(0o755)
    code, output, _ = space.build(f"--repo_env={option.format(base=base)}", "@built//plain:pkg")
    assert code != 0
    assert message in output, output


def test_host_without_a_python_for_the_helper(space: Workspace) -> None:
    """A host's python3 may be too old for the helper: both phases say what to add, and with that line both go on."""
    base = space.folder.parent
    python = base / "old" / "python3"
    python.parent.mkdir()
    python.write_text(OLD_PYTHON.format(python=PYTHON), encoding="utf-8")
    python.chmod(0o755)
    missing = (
        "the helper of rules_reprowheel needs CPython 3.11 or newer where actions run; the Python toolchains have none, and nor "
        "has PATH. To fix: put python3.11 or newer on PATH, or add to .bazelrc: common "
    )
    command = "@rules_reprowheel//tools:compare"
    path = f"--repo_env=PATH={python.parent}"
    for target, where in [("@built//plain:pkg", "built_plain_1_0: "), (command, "tools:compare: ")]:
        code, output, _ = space.build(path, target)
        assert code != 0
        assert where + missing + "--repo_env=REPROWHEEL_HELPER_PYTHON=/path/of/python3.11" in output, output
    named = f"--repo_env=REPROWHEEL_HELPER_PYTHON={PYTHON}"
    assert space.build(path, named, command)[0] == 0
    assert missing not in space.build(path, named, "@built//plain:pkg")[1]
    output = space.build(path, f"--repo_env=REPROWHEEL_HELPER_PYTHON={python}", command)[1]
    assert f"@reprowheel_host: REPROWHEEL_HELPER_PYTHON={python} is Python 3.9; expected the absolute path of a CPython" in output


@pytest.fixture(scope="module")
def mistaken(space: Workspace) -> Iterator[Mistaken]:
    """Yield the workspace, with an index over http."""
    folder = space.folder.parent / "served"
    folder.mkdir()
    wheel = make_wheel(folder, "pure", "1.0")
    write_simple(folder, [wheel])
    page = folder / "pure" / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace(folder.resolve().as_uri(), ".."), encoding="utf-8")
    with serving(functools.partial(IndexHandler, directory=str(folder))) as index:
        yield Mistaken(space, index, wheel)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistakes(mistaken: Mistaken, mistake: Mistake) -> None:
    """Each is told in one line: where it is, what is wrong, what to do; no words of Java, no secret."""
    told = mistaken.told(mistake)
    message = mistake.message.format(**mistaken.words)
    assert [line for line in told if begins(line, message)], "\n".join(told)


def test_answers(mistaken: Mistaken) -> None:
    """What only a fetch shows is told as well: what the index or nobody answers, and what its files are."""
    mistakes = [mistake.of_hub(f"hub{number}") for number, mistake in enumerate(ANSWERS)]
    files = {name: text for mistake in mistakes for name, text in mistake.files.items()}
    variables = {name: value for mistake in mistakes for name, value in mistake.variables.items()}
    told = mistaken.told(
        Mistake(
            name="all",
            message="",
            tags="".join(mistake.module() for mistake in mistakes),
            files=files,
            command=(
                "build",
                "--nobuild",
                "--keep_going",
                *(word for mistake in mistakes for word in mistake.command if word.startswith("@")),
            ),
            variables=variables,
        )
    )
    messages = [mistake.message.format(**mistaken.words) for mistake in mistakes]
    missing = [message for message in messages if not any(begins(line, message) for line in told)]
    assert missing == [], "\n".join(told)


def test_advice_helps(mistaken: Mistaken, tmp_path: Path) -> None:
    """What a message says to write or to run is right: the mistake is gone."""
    good = Mistake.attributes
    (wheels_lock,) = (mistake for mistake in MISTAKES if mistake.name == "wheels lock")
    subprocess.run(["sh", "-c", wheels_lock.message.partition(" To fix: ")[2]], cwd=tmp_path, check=True)
    assert (tmp_path / "wheels.lock").read_bytes() == b""
    files = {"requirements.txt": "{good}"}
    for attributes, more in [
        (good.replace("{index}", "$MY_INDEX") + ', envsubst = ["MY_INDEX"]', {}),
        (good + ', wheels_lock = "//:wheels.lock"', {"wheels.lock": ""}),
    ]:
        mistake = Mistake(
            name="none", message="", attributes=attributes, files=files | more, variables={"MY_INDEX": mistaken.words["index"]}
        )
        run = mistaken.run(mistake)
        assert run.code == 0, run.output
    empty = mistaken.run(
        Mistake(name="none", message="", files={"requirements.txt": "# nothing yet\n"}, command=("query", "@pypi//:all"))
    )
    assert empty.code == 0, empty.output
    assert 'WARNING MODULE.bazel: pip.parse(hub_name = "pypi"): its lock has no packages, so @pypi has none' in empty.output
