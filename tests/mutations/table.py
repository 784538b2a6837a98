"""All mutations, in the order of docs/mutations.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutations.after import FORMATS, TOOLS
from mutations.before import PLACE, PROCESS
from mutations.rust import RUST

if TYPE_CHECKING:
    from mutations.mutation import Mutation

__all__ = ["MUTATIONS"]

MUTATIONS: tuple[Mutation, ...] = (*PLACE, *PROCESS, *TOOLS, *FORMATS, *RUST)
