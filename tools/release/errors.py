"""The one error of this program: its message is the line that is printed."""

from __future__ import annotations

__all__ = ["ReleaseError"]


class ReleaseError(Exception):
    """No release can be made; the message says why, and what to do."""
