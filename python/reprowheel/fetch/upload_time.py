"""Moments: the argument `--before`, and whether an index got a file before one (PEP 700)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from reprowheel.errors import UsageError

__all__ = ["parse_moment", "shown_moment", "was_uploaded_before"]


def parse_moment(text: str) -> datetime:
    """Read a date, which is its first moment, or a date with a time (ISO 8601); without a zone it is UTC.

    :raises UsageError: it is neither.
    """
    moment = _moment(text)
    if moment is None:
        msg = f"--before {text}: is no date; expected ISO 8601"
        raise UsageError(msg, tip="write for example 2026-01-31 or 2026-01-31T12:00:00Z")
    return moment


def shown_moment(moment: datetime) -> str:
    """Return a moment as messages and commands write it."""
    moment = moment.astimezone(UTC)
    midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date().isoformat() if midnight else moment.isoformat().replace("+00:00", "Z")


def was_uploaded_before(upload_time: str, moment: datetime) -> bool | None:
    """Say whether an index got a file before a moment, or return None where its page does not say when."""
    uploaded = _moment(upload_time)
    return None if uploaded is None else uploaded < moment


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return None
