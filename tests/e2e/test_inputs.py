"""What goes into a build: settings and what the host gives are part of the action's key and of the report, in both phases."""

from __future__ import annotations

import json
import os
import secrets
import socket
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, override, requirements
from support.builds import c_module
from support.hostile import found_in, hostile_files
from support.local_index import make_sdist, sha256, write_simple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READS_OPTIONS = """\
import sys
from setuptools import setup

options = [argument for argument in sys.argv[1:] if argument.startswith("--with-")]
sys.argv = [argument for argument in sys.argv if argument not in options]
with open("tiny_options.py", "w") as file:
    file.write(f"OPTIONS = {options}\\n")
setup(name="tiny-options", version="1.0", py_modules=["tiny_options"])
"""


WITH_HEADER = """\
from setuptools import Extension, setup
setup(name="tiny-header", version="1.0", ext_modules=[Extension("tiny", ["tiny.c"])])
"""


WITH_SOCKET = """\
import urllib.request
try:
    urllib.request.urlopen("https://example.org/sources.tar.gz")
except Exception:
    raise SystemExit("cannot get the sources") from None
"""


@pytest.fixture(scope="module")
def attacked(disk_folder: Callable[[str], Path]) -> Iterator[dict[str, dict[str, object]]]:
    """Yield what hostile builds attack: servers of this machine, which are there, files and processes."""
    folder, name = disk_folder("attacked"), f"reprowheel-{secrets.token_hex(8)}"
    (folder / "secret").write_text("secret", encoding="utf-8")
    folder.chmod(0o777)
    package = Path(__file__).parents[2] / "python" / "reprowheel"
    addresses = ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, f"\0{name}"), (socket.AF_UNIX, str(folder / "socket")))
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.socket(family, socket.SOCK_STREAM)) for family, _ in addresses]
        for server, (_, address) in zip(servers, addresses, strict=True):
            server.bind(address)
            server.listen(16)
        for server, (family, _) in zip(servers, addresses, strict=True):
            with socket.socket(family, socket.SOCK_STREAM) as control:
                control.connect(server.getsockname())
        secrets_ = [str(folder / "secret"), "/etc/shadow", "/proc/1/environ", str(Path.home() / ".bazelrc")]
        folders = ["/", "/usr", str(folder), str(package)]
        yield {
            "network": {"port": servers[0].getsockname()[1], "abstract": name, "path": str(folder / "socket")},
            "files": {"secrets": secrets_, "folders": folders, "files": [str(package / "build.py")]},
            "ptrace": {"processes": [os.getpid()], "mark": "reprowheel", "kill": True},
        }


@pytest.fixture(scope="module")
def inputs(
    tmp_path_factory: pytest.TempPathFactory, kept: Workspace, attacked: dict[str, dict[str, object]]
) -> Workspace:
    """Return a workspace with a hub per phase and way of giving options."""
    base = tmp_path_factory.mktemp("inputs")
    contents = {
        "tiny-options": {"setup.py": READS_OPTIONS, "tiny_options.py": ""},
        "tiny-socket": {"setup.py": WITH_SOCKET},
        "tiny-header": {"setup.py": WITH_HEADER, "tiny.c": c_module(head="#include <yaml.h>")},
    }
    contents |= {f"tiny-{name}": hostile_files(name, targets, f"tiny_{name}") for name, targets in attacked.items()}
    sdists = [make_sdist(base, name, "1.0", content) for name, content in contents.items()]
    setuptools = back_end_wheels()["setuptools"]
    index = write_simple(base / "simple", [setuptools, *sdists])
    plain = requirements(sdists)
    files = {
        "plain.txt": plain,
        "options.txt": plain.replace("\n", ' --global-option="--with-x y" --global-option=--with-z\n', 1),
        "lock.json": build_lock({sdist: [setuptools] for sdist in sdists}),
    }
    common = {"build_requirements_lock": "//:lock.json", "index_url": index}
    hubs = hub("plain", **common, requirements_lock="//:plain.txt") + hub("locked", **common, requirements_lock="//:options.txt")
    hubs += hub("fetched", **common, requirements_lock="//:options.txt", build_phase="fetch")
    hubs += hub("overridden", **common, requirements_lock="//:plain.txt")
    hubs += override("overridden", "tiny-options", global_options=["--with-x y", "--with-z"])
    hubs += hub("late", **common, requirements_lock="//:plain.txt", build_phase="fetch")
    for name in ("overridden", "fetched"):
        hubs += override(name, "tiny-header", host_headers=["yaml*.h", "elsewhere/*"])
    kept.write(hubs, files)
    return kept


def test_options_of_setup_py(inputs: Workspace) -> None:
    """Given in the lock or by pip.override, in an action or in the repository phase: the same wheel, and not the plain one."""
    hubs = ("plain", "locked", "overridden", "fetched")
    code, output, _ = inputs.build(*(f"@{name}//tiny_options:whl" for name in hubs))
    assert code == 0, output
    built = [inputs.action_wheels(name) for name in hubs[:3]] + [inputs.fetched_wheels("fetched")]
    digests = [digest for wheels in built for digest in wheels.values()]
    assert len(digests) == 4
    assert digests[0] != digests[1] == digests[2] == digests[3]
    place = inputs.repository("fetched_tiny_options_1_0") / "build"
    wheel = next((place / "wheel").glob("*.whl"))
    assert zipfile.ZipFile(wheel).read("tiny_options.py") == b"OPTIONS = ['--with-x y', '--with-z']\n"
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in [place / "report.json", *action_reports(inputs)]]
    assert sorted(len(report["global_options"]) for report in reports) == [0, 2, 2, 2]


def test_host_headers(inputs: Workspace) -> None:
    """One that is not declared is an error of the action and of the repository phase; declared, it is part of the key."""
    message = "tiny-header==1.0: a compiler read the host header yaml.h, which is not declared"
    for name, prefix in (("plain", "ERROR "), ("late", "plain.txt:3: ")):
        code, output, built = inputs.build(f"@{name}//tiny_header:whl")
        assert (code != 0, built) == (True, {})
        assert prefix + message in output, output
        line = f'pip.override(hub_name = "{name}", name = "tiny-header", host_headers = ["yaml.h"]), or --host-header yaml.h;'
        assert line in output
    code, output, _ = inputs.build("@overridden//tiny_header:whl", "@fetched//tiny_header:whl")
    assert code == 0, output
    wheels = [inputs.action_wheels("overridden"), inputs.fetched_wheels("fetched")]
    digests = {digest for found in wheels for name, digest in found.items() if name.startswith("tiny_header")}
    assert len(digests) == 1
    folder = inputs.machine.output_root
    (fingerprint,) = folder.glob("*/execroot/_main/bazel-out/*/bin/external/*overridden_tiny_header*/*.fingerprint.json")
    found = [command["stdout"] for command in json.loads(fingerprint.read_text(encoding="utf-8"))["/bin/sh"]]
    assert found == [f"{sha256(Path('/usr/include/yaml.h'))}  /usr/include/yaml.h\n", ""]


def test_build_that_wants_the_network(inputs: Workspace) -> None:
    """Package, what it wanted to reach and that builds have no network, in one line of both phases."""
    message = "tiny-socket==1.0: the build back end failed: cannot get the sources; it tried to reach example.org:443, and"
    for name, prefix in (("plain", "ERROR "), ("late", "plain.txt:2: ")):
        code, output, built = inputs.build(f"@{name}//tiny_socket:whl")
        assert (code != 0, built) == (True, {})
        assert f"{prefix}{message} builds have no network\n" in output, output


def test_hostile_build_in_an_action(inputs: Workspace, attacked: dict[str, dict[str, object]]) -> None:
    """In Bazel's sandbox and in the repository phase, attacks reach no server, file or process of this machine."""
    code, output, _ = inputs.build(*(f"@{hub}//tiny_{name}:whl" for hub in ("plain", "late") for name in attacked))
    assert code == 0, output
    wheels = inputs.machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/external/*/*.dist/tiny_*.whl")
    fetched = [inputs.repository(f"late_tiny_{name}_1_0") / "build" / "wheel" for name in attacked]
    found = [path for path in wheels if path.name.split("-")[0].removeprefix("tiny_") in attacked]
    found += [path for folder in fetched for path in folder.glob("*.whl")]
    assert len(found) == 2 * len(attacked)
    assert [(path, found_in(path)) for path in found] == [(path, {"reached": [], "broken": []}) for path in found]


def action_reports(space: Workspace) -> list[Path]:
    """Return the reports that actions wrote of the package with options."""
    folder = space.machine.output_root
    return sorted(folder.glob("*/execroot/_main/bazel-out/*/bin/external/*tiny_options*/*.report.json"))
