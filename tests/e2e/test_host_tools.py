"""Programs of the host: hidden unless declared, part of the key, and told with a line that can be pasted; in both phases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, override, requirements
from support.builds import c_module
from support.local_index import make_sdist, sha256, write_simple

SETUP = """\
import subprocess
from setuptools import Extension, setup

if __name__ == "__main__":
    answer = subprocess.run(["perl", "-e", "print 6 * 7"], check=True, capture_output=True, text=True).stdout
    setup(name="tiny-tool", version="1.0", ext_modules=[Extension("tiny", ["tiny.c"], define_macros=[("ANSWER", answer)])])
"""

HUBS = ("tool_action", "tool_fetched", "tool_locked")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory, kept: Workspace) -> tuple[Workspace, str]:
    """Return a workspace with a hub for each phase, and one whose build lock has the tool; and the statements of its hubs."""
    base = tmp_path_factory.mktemp("tools")
    sdist = make_sdist(base, "tiny-tool", "1.0", {"setup.py": SETUP, "tiny.c": c_module(head="#include <yaml.h>")})
    setuptools = back_end_wheels()["setuptools"]
    index = write_simple(base / "simple", [setuptools, sdist])
    plain = json.loads(build_lock({sdist: [setuptools]}))
    locked = json.loads(build_lock({sdist: [setuptools]}))
    locked["sdists"]["tiny-tool==1.0"]["host_tools"] = ["perl"]
    files = {"r.txt": requirements([sdist]), "plain.json": json.dumps(plain), "locked.json": json.dumps(locked)}
    hubs = ""
    for name in HUBS:
        lock = "//:locked.json" if name == "tool_locked" else "//:plain.json"
        more = {"build_phase": "fetch"} if name == "tool_fetched" else {}
        hubs += hub(name, build_requirements_lock=lock, index_url=index, requirements_lock="//:r.txt", **more)
    kept.write(hubs, files)
    return kept, hubs


def pasted(output: str, hub_name: str) -> str:
    """Return the statement for MODULE.bazel that an error names."""
    found = re.search(rf'pip\.override\(hub_name = "{hub_name}", .*?\)', output)
    assert found, output
    return found[0] + "\n"


def test_lines_of_errors_are_enough(tools: tuple[Workspace, str]) -> None:
    """Each error names all that is missing; its line goes into MODULE.bazel as it is. A locked tool needs no line."""
    space, hubs = tools
    for name in HUBS:
        code, output, _ = space.build(f"@{name}//tiny_tool:whl")
        assert code != 0
        header = "tiny-tool==1.0: a compiler read the host header yaml.h, which is not declared"
        tool = "; it looked for perl, which this host has and which is not declared"
        assert (header if name == "tool_locked" else tool) in output
        line = pasted(output, name)
        assert line == override_line(name)
        hubs += line
    space.write(hubs, {})
    code, output, _ = space.build(*(f"@{name}//tiny_tool:whl" for name in HUBS))
    assert code == 0, output
    wheels = [space.action_wheels("tool_action"), space.fetched_wheels("tool_fetched"), space.action_wheels("tool_locked")]
    assert len({digest for found in wheels for digest in found.values()}) == 1
    external = space.machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/external/*tool_action_tiny_tool*")
    files = [file for folder in external for file in folder.glob("*.fingerprint.json")]
    (commands,) = (json.loads(file.read_text(encoding="utf-8"))["/bin/sh"] for file in files)
    assert f"{sha256(Path('/usr/bin/perl'))}  /usr/bin/perl\n" in [command["stdout"] for command in commands]


def override_line(hub_name: str) -> str:
    """Return the line that declares all that the sdist takes from the host."""
    text = override(hub_name, "tiny-tool", host_headers=["yaml.h"], host_tools=["perl"])
    return re.sub(r",\n\)", ")", re.sub(r"\(\n    |,\n    ", lambda m: "(" if m[0][0] == "(" else ", ", text))
