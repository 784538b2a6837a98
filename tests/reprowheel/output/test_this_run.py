"""What a page says of the run that made it: enough to run it again, and no secret."""

from __future__ import annotations

import os
import platform
import sys

import pytest

from reprowheel.output.this_run import command_line, this_run, without_credentials


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["build", "a b.tar.gz", "--out=d"], "build 'a b.tar.gz' --out=d"),
        (["--env", "TOKEN=s3cret", "x"], "--env 'TOKEN=***' x"),
        (["--env=TOKEN=s3cret"], "'--env=TOKEN=***'"),
        (["--en", "TOKEN=s3=cret"], "--en 'TOKEN=***'"),
        (["--en=TOKEN=s3cret"], "'--en=TOKEN=***'"),
        (["--env", "TOKEN", "plain"], "--env TOKEN plain"),
        (["--env", "--env=s3cret"], "--env '--env=***'"),
        (["--env"], "--env"),
        (["--epoch", "12=3"], "--epoch 12=3"),
        (["--index=https://u:s3cret@example.org/x?token=s3cret"], "'--index=https://***@example.org/x?***'"),
    ],
)
def test_command_line(given: list[str], told: str) -> None:
    """It can be pasted into a shell; variables keep their names, addresses their hosts."""
    assert command_line(given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "from git+https://u:p@example.org/a.git and http://b/?x=1 'https://c'",
            "from git+https://***@example.org/a.git and http://b/?*** 'https://c'",
        ),
        ("ssh://git@example.org/x", "ssh://git@example.org/x"),
        ("no address://[broken", "no address://[broken"),
        ("a: //b", "a: //b"),
    ],
)
def test_addresses_in_text(given: str, told: str) -> None:
    """All addresses in a text are told without user, password and query."""
    assert without_credentials(given) == told


def test_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Command line, Python, operating system and machine are those of this process; its host and user are not told."""
    monkeypatch.setattr("sys.argv", ["/somewhere/__main__.py", "compare", "a"])
    found = dict(this_run("reprowheel"))
    assert found["command line"] == "reprowheel compare a"
    assert found["run by"].endswith(" {}.{}.{}".format(*sys.version_info[:3]))
    assert os.uname().release in found["operating system"]
    assert found["machine"].startswith(f"{platform.machine()}, {len(os.sched_getaffinity(0))} CPU")
    assert not [value for value in found.values() if platform.node() in value.split()]
    assert dict(this_run("execlog", ["a"]))["command line"] == "execlog a"
