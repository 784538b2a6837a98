"""Points in time: parses the argument `--before`, and compares upload times with it (PEP 700)."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from reprowheel.errors import UsageError

__all__ = ["parse_moment", "shown_moment", "was_uploaded_before"]

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def parse_moment(text: str, now: datetime | None = None) -> datetime:
    """Parse a date, which means its start, a date with a time (ISO 8601; without a zone it is UTC), or a time ago such as `7d`.

    :param now: what `7d` counts from; `None`: now. The result has whole seconds then.
    :raises UsageError: the text is none of these.
    """
    ago = re.fullmatch(r"([0-9]{1,6})([hdw])", text.strip())
    moment = _moment(text)
    with suppress(OverflowError):
        if ago:
            moment = (now or datetime.now(UTC)).replace(microsecond=0) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if moment is None:
        msg = f"--before {text}: is no date; expected ISO 8601, or how long ago: a number of hours (h), days (d) or weeks (w)"
        raise UsageError(msg, tip="write for example 2026-01-31, 2026-01-31T12:00:00Z, 36h, 7d or 2w")
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
