"""Programs that the helper runs in the interpreter of a build: plain code for every Python that is supported.

They are run as text (`python -c`), so nothing of the helper is on their path. `describe` asks what the interpreter is,
`compiling` makes bytecode of wheels. `environment/neutral/` and `compilers/wrapper.py` enter it, too. pyproject.toml lists
them all.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["program"]


def program(name: str) -> str:
    """Return the text of a module beside this one."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
