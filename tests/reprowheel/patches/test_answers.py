"""The answers that the Starlark code is compared with are those of the helper."""

from __future__ import annotations

import json

from support.patch_answers import ANSWERS, answered


def test_answers() -> None:
    """Each recorded patch does what is recorded (the first lines of support/patch_answers.py say how to write them again)."""
    recorded = json.loads(ANSWERS.read_text(encoding="utf-8"))
    assert [answered(case) for case in recorded] == recorded
