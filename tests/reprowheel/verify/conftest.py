"""Builds of `verify` are processes of their own, which import the helper from where this process would."""

from __future__ import annotations

import pytest
from support.builds import compiled_helper


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """They find a copy with bytecode first: to compile the helper anew is a third of a short run."""
    monkeypatch.syspath_prepend(compiled_helper())
