"""Moments, as people and indexes write them, and what an index had at one."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_wheel, serve, sha256, toy_back_end, toy_sdist, write_simple

from reprowheel.__main__ import main
from reprowheel.errors import FetchError, LockError, UsageError
from reprowheel.fetch.index import Index
from reprowheel.fetch.upload_time import parse_moment, shown_moment, was_uploaded_before
from reprowheel.lock.build_lock import BuildLock
from reprowheel.lock.write import lock_requirements

OLD, NEW = "2024-01-15T10:00:00.123456Z", "2024-06-15T10:00:00Z"


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024-03-01T12:30:00", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("2024-03-01T12:30:00Z", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("2024-03-01 12:30:00+02:00", datetime(2024, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    """A date is its first moment; without a zone it is UTC; what is shown means the same moment."""
    assert parse_moment(text) == moment
    assert parse_moment(shown_moment(moment)) == moment


@pytest.mark.parametrize(
    ("text", "moment"), [("36h", "2024-02-28T18:30:15Z"), ("7d", "2024-02-23T06:30:15Z"), ("2w", "2024-02-16T06:30:15Z")]
)
def test_how_long_ago(text: str, moment: str) -> None:
    """Hours, days and weeks count back from now, over the end of a month in a leap year, too; what is shown is the moment."""
    now = datetime(2024, 3, 1, 6, 30, 15, 999, tzinfo=UTC)
    assert shown_moment(parse_moment(text, now)) == moment
    assert datetime.now(UTC) - parse_moment("0h") < timedelta(minutes=10)


@pytest.mark.parametrize(
    "text", ["yesterday", "2024-13-01", "01.03.2024", "20240301T99", "7", "7m", "-7d", "1.5d", "7d2h", "999999w", "٣d"]
)
def test_what_is_no_date(text: str) -> None:
    """The message has the text and an example."""
    with pytest.raises(UsageError, match=f"--before {text}: is no date; expected ISO 8601") as caught:
        parse_moment(text)
    assert "2026-01-31" in caught.value.tip


@pytest.mark.parametrize(
    ("uploaded", "early"),
    [
        (OLD, True),
        ("2024-02-29T23:59:59.999999Z", True),
        ("2024-03-01T00:00:00Z", False),
        (NEW, False),
        ("", None),
        ("soon", None),
    ],
)
def test_before_is_strict(uploaded: str, early: bool | None) -> None:
    """What came at the very moment did not come before it; no time, or one that cannot be read, is no answer."""
    assert was_uploaded_before(uploaded, parse_moment("2024-03-01")) is early


class Day:
    """An index whose files have upload times, and a requirements file."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self.out = folder / "lock.json"
        self.requirements = folder / "requirements.txt"
        self.uploads: dict[str, str] = {}
        self.add(toy_back_end(self.files), OLD)
        self.sdist = self.add(toy_sdist(self.files, "foo", requires=["toy", "helper", "onlysource"]), OLD)
        self.requirements.write_text(f"foo==1.0 --hash=sha256:{sha256(self.sdist)}\n", encoding="utf-8")
        for version, uploaded in (("1.0", OLD), ("2.0", NEW)):
            self.add(make_wheel(self.files, "helper", version), uploaded)
            self.add(toy_sdist(self.files, "onlysource", version), uploaded)

    def add(self, archive: Path, uploaded: str | None) -> Path:
        """Let the index have an archive since a moment."""
        if uploaded is not None:
            self.uploads[archive.name] = uploaded
        return archive

    def lock(self, *options: str, kind: str = "json") -> tuple[list[str], list[str]]:
        """Lock by the command line; return (sdists, wheels)."""
        with serve(sorted(self.files.iterdir()), kind=kind, uploads=self.uploads, metadata=True) as url:
            assert main(["lock", str(self.requirements), "--out", str(self.out), "--index-url", url, *options]) == 0
        data = json.loads(self.out.read_text(encoding="utf-8"))
        return sorted(data["sdists"]), sorted(data["wheels"])


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """Give an index and a lock file to write."""
    return Day(tmp_path)


def test_a_lock_as_of_a_day(day: Day) -> None:
    """Neither pip nor the choice of a build requirement's sdist sees later files; without a day both do (control)."""
    assert day.lock("--before", "2024-03-01") == (["foo==1.0", "onlysource==1.0"], ["helper==1.0", "toy==1.0"])
    day.out.unlink()
    assert day.lock() == (["foo==1.0", "onlysource==2.0"], ["helper==2.0", "toy==1.0"])


def test_how_long_ago_is_printed_and_recorded(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    """`--before 2w` is one moment, which is printed and stands in the lock; later runs that change nothing else leave it."""
    day.uploads["helper-2.0-py3-none-any.whl"] = shown_moment(datetime.now(UTC) - timedelta(days=10))
    assert day.lock("--before", "2w")[1] == ["helper==1.0", "toy==1.0"]
    recorded = json.loads(day.out.read_text(encoding="utf-8"))["before"]
    assert timedelta(days=14) <= datetime.now(UTC) - parse_moment(recorded) < timedelta(days=14, minutes=10)
    assert f"--before 2w: what the index got before {recorded}\n" in capsys.readouterr().err
    content = day.out.read_bytes()
    day.lock("--before", "0h")
    assert day.out.read_bytes() == content
    with serve(sorted(day.files.iterdir()), kind="json", uploads=day.uploads, metadata=True) as url:
        arguments = ["lock", str(day.requirements), "--out", str(day.out), "--index-url", url, "--check"]
        assert main([*arguments, "--before", "300h"]) == 0
        assert main(["lock", str(day.requirements), "--out", str(day.out), "--offline", "--check", "--before", "2w"]) == 0
    day.lock("--before", "2w", "--upgrade", "helper")
    day.lock("--before", "0h", "--upgrade", "helper")
    data = json.loads(day.out.read_text(encoding="utf-8"))
    assert sorted(data["wheels"]) == ["helper==2.0", "toy==1.0"]
    assert datetime.now(UTC) - parse_moment(data["before"]) < timedelta(minutes=10)
    day.lock()
    assert "before" not in json.loads(day.out.read_text(encoding="utf-8"))


def test_pins_from_after_the_day_are_dropped(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    """An existing lock's newer pins do not fit the day, and a line says so; the check says what to run."""
    day.lock()
    assert day.lock("--before", "2024-03-01") == (["foo==1.0", "onlysource==1.0"], ["helper==1.0", "toy==1.0"])
    assert "the pins of the existing lock no longer fit" in capsys.readouterr().err
    day.lock("--upgrade", ":all:")
    with serve(sorted(day.files.iterdir()), kind="json", uploads=day.uploads) as url:
        arguments = ["lock", str(day.requirements), "--out", str(day.out), "--before", "2024-03-01", "--check"]
        assert main([*arguments, "--index-url", url]) == 1
    assert f"To fix: reprowheel lock {day.requirements} --out {day.out} --before 2024-03-01\n" in capsys.readouterr().err


def test_pip_chooses_what_pip_itself_would(day: Day) -> None:
    """With pip's own option for it, pip resolves to the same versions and hashes from the same index."""
    day.lock("--before", "2024-03-01")
    with serve(sorted(day.files.iterdir()), kind="json", uploads=day.uploads) as url:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-"]
        command += ["--only-binary=:all:", "--uploaded-prior-to", "2024-03-01T00:00:00Z", "--index-url", url, "toy", "helper"]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
    theirs = {
        f"{item['metadata']['name']}=={item['metadata']['version']}": item["download_info"]["archive_info"]["hashes"]["sha256"]
        for item in json.loads(run.stdout)["install"]
    }
    ours = json.loads(day.out.read_text(encoding="utf-8"))["wheels"]
    assert theirs == {key: wheel["sha256"] for key, wheel in ours.items()}


def test_a_locked_sdist_from_after_the_day(day: Day) -> None:
    """What is to be built came later: the message has file, line, package, and how many files the day hides."""
    day.uploads[day.sdist.name] = NEW
    files = sorted(day.files.iterdir())
    with serve(files, kind="json", uploads=day.uploads) as url, pytest.raises(FetchError) as caught:
        run(day, url)
    assert caught.value.message.startswith(f"{day.requirements}:1: foo==1.0: the index lists no file of this version")
    assert "1 of its files came to the index on or after 2024-03-01 (--before)" in caught.value.message
    assert "--before" in caught.value.tip
    assert not day.out.exists()


def test_nothing_old_enough(day: Day) -> None:
    """A build requirement that did not exist yet cannot be resolved."""
    day.uploads["toy-1.0-py3-none-any.whl"] = NEW
    said = r"build requirement toy cannot be found: \d+ of its files came to the index on or after"
    missing = pytest.raises(LockError, match=said)
    with serve(sorted(day.files.iterdir()), kind="json", uploads=day.uploads) as url, missing:
        run(day, url)


@pytest.mark.parametrize("project", ["foo", "helper", "onlysource"])
def test_an_index_without_upload_times(day: Day, project: str) -> None:
    """The message names package, page, file and what to do, whoever asked: pip, the locked sdist, a build requirement."""
    name = {"foo": "foo-1.0.tar.gz", "helper": "helper-1.0-py3-none-any.whl", "onlysource": "onlysource-1.0.tar.gz"}[project]
    del day.uploads[name]
    with serve(sorted(day.files.iterdir()), kind="json", uploads=day.uploads) as url:
        with pytest.raises(FetchError) as caught:
            run(day, url)
        page = f"{url}{project}/"
    assert caught.value.message == f"{project}: {page} gives no upload time for {name}; --before 2024-03-01 needs one"
    assert "PEP 700" in caught.value.tip
    assert not day.out.exists()


def test_html_pages_have_no_upload_times(day: Day) -> None:
    """A page of PEP 503, or a folder, cannot say when; without a day it is good enough (control)."""
    with pytest.raises(FetchError, match="gives no upload time for foo-1.0.tar.gz"):
        run(day, write_simple(day.files.parent / "index", sorted(day.files.iterdir())))
    day.lock(kind="html")


def test_one_index_that_says_when_is_enough(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes in an index with times and in one without: the time holds; a file of the second alone has none."""
    files = sorted(day.files.iterdir())
    other = write_simple(day.files.parent / "index", files)
    for first in (True, False):
        with serve(files, kind="json", uploads=day.uploads) as url:
            main_index, extra = (url, other) if first else (other, url)
            monkeypatch.setenv("PIP_EXTRA_INDEX_URL", extra)
            with Index(main_index, before=parse_moment("2024-03-01")) as index:
                assert [f.filename for f in index.files("helper")] == ["helper-1.0-py3-none-any.whl"]
    make_wheel(day.files, "helper", "3.0")
    other = write_simple(day.files.parent / "index", sorted(day.files.iterdir()))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", other)
    missing = pytest.raises(FetchError, match=r"gives no upload time for helper-3\.0-py3-none-any\.whl")
    with serve(files, kind="json", uploads=day.uploads) as url, Index(url, before=parse_moment("2024-03-01")) as index, missing:
        index.files("helper")


def test_a_wrong_date_is_one_line(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line says what is wrong before it asks anything."""
    assert main(["lock", str(day.requirements), "--out", str(day.out), "--before", "soon"]) == 2
    assert capsys.readouterr().err.startswith("ERROR --before soon: is no date; expected ISO 8601, or how long ago: ")


def run(day: Day, url: str) -> None:
    """Lock as of a day, for the errors, which come out as they are."""
    lock_requirements(day.requirements, previous=BuildLock(), index_url=url, before=parse_moment("2024-03-01"))
