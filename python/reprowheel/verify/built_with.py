"""Says in what versions a build had its interpreter and its tools, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reprowheel.programs import answer, bare_environment, first_line

if TYPE_CHECKING:
    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.verify.runner import Outcome

__all__ = ["built_with"]

_TOOLS = {"version": "C compiler", "cxx_version": "C++ compiler", "linker": "linker", "libc": "C library"}


def built_with(outcome: Outcome, toolchain: CcToolchain) -> tuple[tuple[str, str], ...]:
    """Return (name, version): as the report of the build has them; of a build that failed, the compiler alone."""
    try:
        report: dict[str, Any] = json.loads(outcome.report.read_text(encoding="utf-8"))
        interpreter, tools, requirements = report["interpreter"], report["toolchain"], report["build_requirements"]
    except (OSError, ValueError, KeyError):
        version = first_line(answer([*toolchain.driver(), "--version"], bare_environment(toolchain.env)))
        return (("C compiler", version),) if version else ()
    found = {"Python of the build": f"{interpreter['implementation']} {interpreter['version']}, {interpreter['platform']}"}
    found |= {name: tools[key] for key, name in _TOOLS.items() if tools.get(key)}
    found |= {"Rust compiler": report["rust"]["rustc"]} if "rust" in report else {}
    found["build requirements"] = ", ".join(f"{r['name']} {r['version']}" for r in requirements)
    return tuple((name, value) for name, value in found.items() if value)
