"""Pythons of a build whose hash seed would be random, and those without `site`, are neutral, and otherwise as asked for."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import NEUTRAL_EPOCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.environment.create import BuildEnvironment

TELL = (
    "import json, os, sys, time; print(json.dumps([int(time.time()), hash('text'), sys.argv, sys.path[:1], sorted(os.environ)]))"
)


def ask(environment: BuildEnvironment, *words: str, variables: Mapping[str, str] | None = None, cwd: Path | None = None) -> Any:
    """Run the build's Python and return what it prints, as JSON."""
    command = [os.fspath(environment.python), *words]
    chosen = environment.variables if variables is None else variables
    run = subprocess.run(command, env=dict(chosen), cwd=cwd, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


OPTIONS = [
    ("-I",),
    ("-E",),
    ("-S",),
    ("-R",),
    ("-ISB",),
    ("-E", "-s", "-B"),
    ("-W", "ignore", "-I"),
    ("-Wignore", "-X", "dev", "-I"),
    ("-IWignore",),
    ("--check-hash-based-pycs", "never", "-I"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_every_option_has_the_seed_and_the_clock(environment: BuildEnvironment, options: Sequence[str]) -> None:
    """Hashes and time are those of a Python without options; arguments and variables are the caller's."""
    plain = ask(environment, "-c", TELL, "-I", "an argument")
    asked = ask(environment, *options, "-c", TELL, "-I", "an argument")
    assert plain[0] == asked[0] == NEUTRAL_EPOCH
    assert asked[1:3] == plain[1:3]
    assert asked[2] == ["-c", "-I", "an argument"]
    assert asked[4] == plain[4]


@pytest.mark.parametrize("variables", [{}, {"PYTHONHASHSEED": "random"}], ids=["none", "random"])
def test_variables_of_the_caller(environment: BuildEnvironment, variables: Mapping[str, str]) -> None:
    """Without a seed in the environment, or with a random one, the seed is ours; the program sees its own variables."""
    plain = ask(environment, "-c", TELL)
    asked = ask(environment, "-c", TELL, variables=variables)
    assert asked[1] == plain[1]
    assert set(asked[4]) - {"LC_CTYPE"} == set(variables)  # which Python sets itself in the locale C


def test_seed_of_the_build_is_kept(environment: BuildEnvironment) -> None:
    """A build may choose a seed; the control is that seeds differ."""
    seeds = [
        ask(environment, "-c", TELL, variables={**environment.variables, "PYTHONHASHSEED": seed})[1] for seed in ("7", "8", "7")
    ]
    assert seeds[0] == seeds[2] != seeds[1]


def test_isolation_stays(environment: BuildEnvironment, tmp_path: Path) -> None:
    """Under `-I` neither the folder of the script nor PYTHONPATH is searched; children get the variables."""
    (tmp_path / "near.py").write_text("", encoding="utf-8")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "far.py").write_text("", encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(
        "import importlib.util as u, json, os, sys\n"
        "print(json.dumps([bool(u.find_spec('near')), bool(u.find_spec('far')), os.environ['PYTHONPATH'], os.environ['ODD']]))\n",
        encoding="utf-8",
    )
    variables = {**environment.variables, "PYTHONPATH": os.fspath(tmp_path / "far"), "ODD": "é\n\udcff"}
    expected = [os.fspath(tmp_path / "far"), "é\n\udcff"]
    assert ask(environment, os.fspath(script), variables=variables, cwd=tmp_path) == [True, True, *expected]
    assert ask(environment, "-I", os.fspath(script), variables=variables, cwd=tmp_path) == [False, False, *expected]


@pytest.mark.parametrize("words", [["-c", "FIND"], ["-m", "near"], ["-"], ["folder"]], ids=" ".join)
def test_isolation_of_other_programs(environment: BuildEnvironment, tmp_path: Path, words: list[str]) -> None:
    """Under `-I` the working folder is not searched, whatever the program is; a folder that is the program is."""
    find = "import importlib.util as u, json; print(json.dumps([bool(u.find_spec('near')), bool(u.find_spec('inside'))]))"
    (tmp_path / "near.py").write_text("print('[]')", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.py").touch()
    (tmp_path / "folder" / "__main__.py").write_text(find, encoding="utf-8")
    command = [os.fspath(environment.python), "-I", *(find if word == "FIND" else word for word in words)]
    variables = dict(environment.variables)
    run = subprocess.run(command, env=variables, cwd=tmp_path, input=find, check=False, capture_output=True, text=True)
    if words[0] == "-m":
        assert "No module named near" in run.stderr
    else:
        assert json.loads(run.stdout) == [False, words == ["folder"]]


def test_standard_input_is_not_read_twice(environment: BuildEnvironment) -> None:
    """A program on standard input runs once."""
    command = [os.fspath(environment.python), "-I", "-"]
    run = subprocess.run(
        command, env=dict(environment.variables), input="print(6 * 7)", check=True, capture_output=True, text=True
    )
    assert run.stdout == "42\n"


def test_modules_without_site(environment: BuildEnvironment) -> None:
    """`-S` still leaves `site` out, and what it would add."""
    code = "import json, sys; print(json.dumps(['site' in sys.modules, [p for p in sys.path if 'site-packages' in p]]))"
    assert ask(environment, "-S", "-c", code) == [False, []]
    assert ask(environment, "-c", code)[0] is True


SQLITE = """
import json, sqlite3
connection = sqlite3.connect(":memory:")
def ask(question, *values):
    return list(connection.execute(question, values).fetchone())
class Mine(sqlite3.Connection): pass
mine = sqlite3.connect(":memory:", factory=Mine)
connection.execute("CREATE TABLE t (a TEXT DEFAULT CURRENT_TIMESTAMP, b TEXT GENERATED ALWAYS AS (date(a)) STORED, c INTEGER)")
connection.execute("CREATE INDEX i ON t (date(a))")
connection.execute("INSERT INTO t (c) VALUES (1)")
found = {
    "now": ask("SELECT datetime('now'), date('now'), time('NOW'), CURRENT_DATE, date(), date('now', '+1 day')"),
    "given": ask("SELECT datetime(0, 'unixepoch'), date('2001-02-03'), strftime('%Y', '2001-02-03'), date('rubbish')"),
    "table": ask("SELECT a, b FROM t"),
    "types": [type(mine) is Mine, isinstance(connection, sqlite3.Connection), mine.execute("SELECT date('now')").fetchone()[0]],
    "random": ask("SELECT typeof(random()), length(randomblob(8)), random() = random()"),
}
print(json.dumps(found))
"""


def test_sqlite(environment: BuildEnvironment) -> None:
    """The present is the epoch, wherever SQL asks for it; times that are given, tables, indexes and classes are as usual."""
    assert ask(environment, "-c", SQLITE) == {
        "now": ["2017-07-14 02:40:00", "2017-07-14", "02:40:00", "2017-07-14", "2017-07-14", "2017-07-15"],
        "given": ["1970-01-01 00:00:00", "2001-02-03", "2001", None],
        "table": ["2017-07-14 02:40:00", "2017-07-14"],
        "types": [True, True, "2017-07-14"],
        "random": ["integer", 8, 0],
    }
