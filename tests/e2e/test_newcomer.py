"""The first day: a repository of sixty distributions is switched with what the README and the error messages say."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, REPOSITORY, Machine
from e2e.newcomer.script import advice, apply_diff, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.machines import Run

SOURCE = Path(__file__).resolve().parent / "newcomer" / "workspace"
PYTHON = "{}.{}".format(*sys.version_info[:2])
SOURCES = ["charset-normalizer", "click", "itsdangerous", "markupsafe", "msgpack", "pyyaml", "simplejson", "wrapt"]
TRIES = 5


class Newcomer:
    """A repository that uses rules_python, on a machine whose module registry has the rule set."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        shutil.copytree(SOURCE, folder)
        self.machine, self.folder = machine, folder
        self.module = folder / "MODULE.bazel"
        self.paste(self.module.read_text(encoding="utf-8"))

    def paste(self, text: str) -> None:
        """Write MODULE.bazel, for the Python of this machine."""
        self.module.write_text(text.replace('"3.14"', f'"{PYTHON}"'), encoding="utf-8")

    def bazel(self, command: str, *words: str) -> Run:
        """Run a command of Bazel; options of the test are no steps of the newcomer."""
        options = ["--disk_cache=", f"--override_module=rules_reprowheel={self.machine.checkout}"]
        return self.machine.bazel(command, *options, *words, workspace=self.folder)

    def until_it_passes(self, command: str, *words: str) -> Run:
        """Run a command; as long as it fails, do what its messages say, and nothing else."""
        for _ in range(TRIES):
            run = self.bazel(command, *words)
            if run.code == 0:
                return run
            found = advice(run.output)
            assert found.statements or found.commands, f"no message says what to do:\n{run.output}"
            for step in found.follow(self.folder):
                done = self.bazel(*step)
                assert done.code == 0, done.output
        pytest.fail(f"{TRIES} times the messages said what to do, and it did not help:\n{run.output}")


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Newcomer]:
    """Yield the repository before anything is changed."""
    base = tmp_path_factory.mktemp("newcomer")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    made = Newcomer(machine, base / "repository")
    try:
        yield made
    finally:
        machine.bazel("shutdown", workspace=made.folder)
        machine.remove()


def test_first_day(newcomer: Newcomer) -> None:
    """README's steps, pasted in their order, switch the repository; then eight packages of it are built from source."""
    lock = (newcomer.folder / "requirements.txt").read_text(encoding="utf-8")
    assert lock.count("==") == 59
    steps = blocks((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert next(kind for kind, _ in steps) == "MODULE.bazel"
    for kind, text in steps:
        if kind == "MODULE.bazel":
            diff = text.replace('"3.14"', f'"{PYTHON}"')
            newcomer.paste(apply_diff(newcomer.module.read_text(encoding="utf-8"), diff))
            continue
        for line in text.splitlines():
            program, *words = shlex.split(line, comments=True)
            assert program == "bazel", line
            newcomer.until_it_passes(*words)
    assert newcomer.until_it_passes("run", "//:app").output.endswith("<p>hello &amp; welcome</p>\n")
    good = json.loads((newcomer.folder / "build-lock.json").read_text(encoding="utf-8"))
    assert set(good["sdists"]) == {"docopt==0.6.2"}

    text = newcomer.module.read_text(encoding="utf-8")
    anchor = '    requirements_lock = "//:requirements.txt",\n'
    assert text.count(anchor) == 1
    newcomer.paste(text.replace(anchor, f"{anchor}    no_binary = {json.dumps(SOURCES)},\n"))
    tested = newcomer.until_it_passes("test", "--keep_going", "--test_output=errors", "//...")
    built = {Path(path).name.split("-")[0] for spawn in tested.of(BUILD) for path in spawn.outputs if path.endswith(".whl")}
    assert "//:app_test" in tested.output
    assert "PASSED" in tested.output
    lock_of_all = json.loads((newcomer.folder / "build-lock.json").read_text(encoding="utf-8"))
    assert {key.partition("==")[0] for key in lock_of_all["sdists"]} == {"docopt", *SOURCES}
    assert lock_of_all["sdists"]["docopt==0.6.2"] == good["sdists"]["docopt==0.6.2"]
    assert "pyyaml" in built, "it was built after its libraries were declared"
