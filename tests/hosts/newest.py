#!/usr/bin/env python3
"""Runs consumers against checkouts of the newest rules_python, which no package registry has. By name only.

argv: `--rules-python DIR`, and `--module DIR` for each other module: bazel_features, bazel_lib, package_metadata, platforms,
rules_cc, rules_shell, bazel_skylib, toml.bzl. `--python PREFIX` names an interpreter in place of one that would be downloaded.
Reads: these folders. Writes: the work folder only (`--work`, else a temporary one); nothing of the checkouts is kept here.
Exit code: 0 if everything that was run passed, 1 if not, 2 for wrong arguments.

    tests/hosts/newest.py --rules-python ../rules_python --module ../bazel_features … --python ~/python3.9 [NAME…]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "python")]

from hosts.layouts import write_layouts  # noqa: E402 - needs the path
from hosts.newest_consumers import CONSUMERS, Consumer, build_lock, failures, switch, tested  # noqa: E402
from hosts.newest_modules import NewestError, bazelrc, copy_modules, python_version, slim_interpreter  # noqa: E402

TEST_OPTIONS = [
    "--test_output=errors",
    *[f"--test_env={name}" for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if name in os.environ],
]
"""Some tests of rules_python ask an index. Other variables of pip would change the files that they compare."""

Run: TypeAlias = "Callable[..., tuple[int, str]]"


@dataclass(kw_only=True)
class Row:
    """What became of one consumer."""

    name: str
    loads: bool = False
    builds: bool = False
    tests: dict[str, str] = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return self.loads and self.builds and set(self.tests.values()) <= {"PASSED"}

    def line(self) -> str:
        """Return the row of the table."""
        good = sum(result == "PASSED" for result in self.tests.values())
        yes = {True: "yes", False: "no"}
        return f"| {self.name} | {yes[self.loads]} | {yes[self.builds]} | {good} of {len(self.tests)} |"


class Bazel:
    """Runs Bazel in a workspace, with the copies."""

    def __init__(self, work: Path, rc: Path) -> None:
        self._startup = [str(ROOT / "bazelw"), f"--output_user_root={work / 'output'}", f"--bazelrc={rc}"]
        self._environment = os.environ | {"BAZELW_HOST_TOOLCHAIN": "0"}

    def run(self, workspace: Path, *arguments: str) -> tuple[int, str]:
        """Return the exit code and all that was printed."""
        run = subprocess.run(
            [*self._startup, *arguments],
            cwd=workspace,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return run.returncode, run.stdout


def run_consumer(bazel: Bazel, consumer: Consumer, workspace: Path, interpreters: dict[str, str], log: Path) -> Row:
    """Switch a workspace, lock what it builds, load, build and test it."""
    row = Row(name=consumer.name)
    with log.open("w", encoding="utf-8") as file:

        def run(*arguments: str) -> tuple[int, str]:
            code, output = bazel.run(workspace, *arguments)
            file.write(f"$ bazel {' '.join(arguments)}\n{output}\n")
            return code, output

        if not consumer.stock:
            for module in (path for path in workspace.rglob("MODULE.bazel") if "bazel-" not in str(path)):
                module.write_text(switch(module.read_text(encoding="utf-8"), str(ROOT)), encoding="utf-8")
            row.causes += write_build_locks(run, consumer, workspace, interpreters)
        targets = ["--keep_going", "--", "//...", *[f"-{target}" for target in [*consumer.flags, *consumer.refused]]]
        code, output = run("build", "--nobuild", *targets)
        row.loads, row.causes = code == 0, row.causes + failures(output)
        code, output = run("test", "--build_tests_only=false", *TEST_OPTIONS, *targets)
        row.tests = tested(output)
        row.builds = code in (0, 3, 4)
        row.causes = list(dict.fromkeys(row.causes + failures(output)))
        row.tests |= run_single(run, consumer)
        row.causes += [f"{test}: {result}" for test, result in row.tests.items() if result != "PASSED"]
        bazel.run(workspace, "shutdown")
    return row


def write_build_locks(run: Run, consumer: Consumer, workspace: Path, interpreters: dict[str, str]) -> list[str]:
    """Write the build lock of each lock; return what went wrong."""
    causes = []
    for lock, version in consumer.locks.items():
        python = [f"--python={interpreters[version]}/bin/python3"] if version in interpreters else []
        tool = ["run", "@rules_reprowheel//tools/lock", "--", str(workspace / lock), *consumer.options]
        code, output = run(*tool, f"--out={workspace / build_lock(lock)}", *python)
        causes += [f"lock of {lock}: {line}" for line in (failures(output, 1) or [output[-200:]]) if code]
    return causes


def run_single(run: Run, consumer: Consumer) -> dict[str, str]:
    """Run the tests that need a flag, and the targets that must not build; return the results."""
    results = {}
    for test, flag in consumer.flags.items():
        results |= tested(run("test", *TEST_OPTIONS, flag, test)[1])
        results.setdefault(test, "FAILED TO BUILD")
    for target, words in consumer.refused.items():
        code, output = run("build", target)
        good = code != 0 and all(word in output for word in words)
        results[f"{target}, which must not build"] = "PASSED" if good else "FAILED"
    return results


def table(rows: list[Row]) -> str:
    """Return all rows, and the causes of what failed."""
    lines = ["| consumer | loads | builds | tests that pass |", "|---|---|---|---|", *(row.line() for row in rows)]
    return "\n".join(lines + [f"{row.name}: {cause}" for row in rows for cause in row.causes]) + "\n"


def interpreters_of(prefixes: list[Path], work: Path) -> dict[str, str]:
    """Return version → prefix, for the named interpreters and the one that runs this."""
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = {python_version(prefix): prefix.resolve() for prefix in prefixes}
    found.setdefault(running, Path(sys.base_prefix))
    return {v: str(slim_interpreter(prefix, v, work / f"python-{v}")) for v, prefix in found.items()}


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rules-python", type=Path, required=True, metavar="DIR", help="checkout of rules_python")
    parser.add_argument("--module", type=Path, action="append", default=[], metavar="DIR", help="checkout of another module")
    parser.add_argument("--python", type=Path, action="append", default=[], metavar="PREFIX", help="an interpreter")
    parser.add_argument("--work", type=Path, metavar="DIR", help="an empty folder, which is kept")
    parser.add_argument("names", nargs="*", metavar="NAME", help="consumers, such as examples/bzlmod")
    return parser.parse_args(arguments)


def run_all(options: argparse.Namespace, work: Path) -> list[Row]:
    """Make the copies and run the consumers in them."""
    interpreters = interpreters_of(options.python, work)
    modules = copy_modules([options.rules_python, *options.module], work / "modules", interpreters)
    (work / "newest.bazelrc").write_text(bazelrc(modules), encoding="utf-8")
    bazel = Bazel(work, work / "newest.bazelrc")
    rows = []
    running = ".".join(map(str, sys.version_info[:2]))
    for consumer in [*CONSUMERS, *write_layouts(work / "layouts", running)]:
        if not options.names or consumer.name in options.names:
            log = work / f"{consumer.name.replace('/', '-').replace(' ', '-')}.log"
            rows.append(run_consumer(bazel, consumer, modules["rules_python"] / consumer.folder, interpreters, log))
            sys.stderr.write(f"{rows[-1].line()} {log}\n")
    return rows


def main(arguments: list[str]) -> int:
    """Run the command line."""
    options = _parse(arguments)
    work = options.work or Path(tempfile.mkdtemp(prefix="reprowheel-newest-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        rows = run_all(options, work.resolve())
    except NewestError as error:
        sys.stderr.write(f"ERROR {error}\n")
        return 2
    finally:
        if not options.work:
            subprocess.run(["chmod", "-R", "u+rwX", str(work)], check=False)
            shutil.rmtree(work, ignore_errors=True)
    sys.stdout.write(table(rows))
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
