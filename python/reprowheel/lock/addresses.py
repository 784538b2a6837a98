"""Addresses of indexes with variables of the environment in them, as `pip.parse(envsubst = ...)` has them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["expand_variables"]


def expand_variables(address: str, names: Sequence[str]) -> str:
    """Return an address with `$NAME`, `${NAME}` and `${NAME:-default}` replaced, for the given names only.

    :raises UsageError: a variable is not set, and there is no default.
    """
    if not names:
        return address
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"\$(?:\{{({any_name})(?::-([^}}]*))?\}}|({any_name}))")

    def value(found: re.Match[str]) -> str:
        name, default = found[1] or found[3], found[2]
        known = os.environ.get(name)
        if known is None and default is None:
            msg = f"{address}: the variable {name} is not set"
            raise UsageError(msg, tip=f"set it, as envsubst names it: {name}=... in front of the command")
        return (known or default or "") if default is not None else known or ""

    return pattern.sub(value, address)
