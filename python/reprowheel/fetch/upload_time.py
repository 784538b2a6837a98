"""Points in time: parses the argument `--before`, and compares upload times with it (PEP 700)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from reprowheel.errors import UsageError

__all__ = ["parse_moment", "shown_moment", "was_uploaded_before"]


def parse_moment(text: str) -> datetime:
    """Parse a date, which means its start, or a date with a time (ISO 8601); without a zone it is UTC.

    :raises UsageError: the text is neither.
    """
    moment = _moment(text)
    if moment is None:
        msg = f"--before {text}: is no date; expected ISO 8601"
        raise UsageError(msg, tip="write for example 2026-01-31 or 2026-01-31T12:00:00Z")
    return moment


def shown_moment(moment: datetime) -> str:
    """Return a point in time in the form of messages and commands: a date alone if it is midnight UTC."""
    moment = moment.astimezone(UTC)
    midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date().isoformat() if midnight else moment.isoformat().replace("+00:00", "Z")


def was_uploaded_before(upload_time: str, moment: datetime) -> bool | None:
    """Say whether a file was uploaded before `moment`; `None` if its upload time is not known."""
    uploaded = _moment(upload_time)
    return None if uploaded is None else uploaded < moment


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return None
