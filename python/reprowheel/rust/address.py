"""Says which index cargo's registry has: by cargo's environment variables and configuration files, else by cargo itself.

It is also a program, which Bazel's repository phase runs: so it imports the standard library only. argv: a source as Cargo.lock
has it (`registry+URL`, `sparse+URL`); none for the default registry. It prints a JSON object with these keys:

- `index`: address of the sparse index, such as `sparse+https://example.org/index/`; empty if it is not known
- `token`: the token for it; empty if there is none
- `files`, `variables`: what was read, so that a change of it can be noticed
- `said`: why there is no index

Specs: the Cargo book, "Configuration", "Source replacement", "Registries" and "Registry authentication".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any

__all__ = ["find_index"]

_DEFAULT = re.compile(r"registry\+https://github\.com/rust-lang/[a-z.]+-index|sparse\+https://index\.[a-z.]+/?")
_NAME = "crates-io"
_MOST_STEPS = 16
_SECONDS = 60
_MANIFEST = '[package]\nname = "ask"\nversion = "0.0.0"\nedition = "2018"\n[lib]\npath = "ask.rs"\n[dependencies]\nlibc = "*"\n'


class _Config:
    """Cargo's configuration files, the nearest first, and what was read for an answer."""

    def __init__(self) -> None:
        home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
        here, folders = os.getcwd(), []
        while True:
            folders.append(os.path.join(here, ".cargo"))
            if here == os.path.dirname(here):
                break
            here = os.path.dirname(here)
        self.home = home
        self.files: list[str] = []
        self.variables = ["CARGO_HOME"]
        self._tables = [self._read(folder, "config") for folder in dict.fromkeys([*folders, home])]
        self._secrets = self._read(home, "credentials")

    def _read(self, folder: str, name: str) -> dict[str, Any]:
        for file in (os.path.join(folder, name), os.path.join(folder, f"{name}.toml")):
            if os.path.isfile(file):
                self.files.append(os.path.abspath(file))
                return _parse(file)
        return {}

    def table(self, kind: str, name: str) -> dict[str, Any]:
        """Return a table such as `source.NAME`; keys of nearer files win."""
        found: dict[str, Any] = {}
        for data in self._tables:
            table = data.get(kind, {}).get(name, {}) if isinstance(data.get(kind, {}), dict) else {}
            found = {**table, **found} if isinstance(table, dict) else found
        return found

    def names(self, kind: str) -> list[str]:
        """Return the names of tables of one kind."""
        return list(dict.fromkeys(name for data in self._tables if isinstance(data.get(kind), dict) for name in data[kind]))

    def variable(self, name: str) -> str:
        """Return an environment variable."""
        self.variables.append(name)
        return os.environ.get(name, "")

    def registry(self, name: str) -> str:
        """Return the index of a registry that is configured by name."""
        return self.variable(f"CARGO_REGISTRIES_{_shouted(name)}_INDEX") or str(self.table("registries", name).get("index", ""))

    def token(self, index: str) -> str:
        """Return the token of the registry with this index."""
        for name in self.names("registries"):
            if _same(self.registry(name), index):
                secret = self._secrets.get("registries", {}).get(name, {})
                said = self.variable(f"CARGO_REGISTRIES_{_shouted(name)}_TOKEN") or self.table("registries", name).get(
                    "token", ""
                )
                return str(said or secret.get("token", ""))
        return ""


def _parse(file: str) -> dict[str, Any]:
    try:
        import tomllib  # noqa: PLC0415 - an older Python says so below
    except ImportError:
        sys.exit("Python 3.11 or newer is needed to read cargo's configuration")
    try:
        with open(file, "rb") as content:
            return tomllib.load(content)
    except (OSError, ValueError) as e:
        sys.exit(f"{file}: cannot be read ({e})")


def _shouted(name: str) -> str:
    return name.upper().replace("-", "_")


def _same(left: str, right: str) -> bool:
    return bool(left) and left.removeprefix("sparse+").rstrip("/") == right.removeprefix("sparse+").rstrip("/")


def find_index(source: str = "") -> dict[str, object]:
    """Return the answer of the program.

    :param source: as Cargo.lock has it; empty for the default registry.
    """
    config = _Config()
    index, said = _index(config, "" if _DEFAULT.fullmatch(source) else source)
    if index and not index.startswith("sparse+"):
        index, said = (
            "",
            f"its index {index} is a git repository; expected a sparse one (sparse+https://…) in cargo's configuration",
        )
    return {
        "index": index,
        "token": config.token(index) if index else "",
        "files": config.files,
        "variables": config.variables,
        "said": said,
    }


def _index(config: _Config, source: str) -> tuple[str, str]:
    """Return the index of a source, and why there is none."""
    name = _NAME
    if source:
        kind, _, url = source.partition("+")
        url = f"sparse+{url}" if kind == "sparse" else url
        known = [n for n in config.names("source") if _same(str(config.table("source", n).get("registry", "")), url)]
        if not known:
            named = [config.registry(n) for n in config.names("registries")]
            return next((index for index in named if _same(index, url)), url), ""
        name = known[0]
    for _ in range(_MOST_STEPS):
        table = config.table("source", name)
        following = table.get("replace-with")
        if not isinstance(following, str):
            break
        name = following
    for kind in ("directory", "local-registry", "git"):
        if kind in table:
            return "", f"cargo's configuration has a {kind} for it, which is no registry with an index"
    index = str(table.get("registry", "")) or config.registry(name)
    return (index, "") if index or name != _NAME else _ask_cargo(config)


def _ask_cargo(config: _Config) -> tuple[str, str]:
    """Return cargo's own default: it names it when it cannot reach it."""
    cargo = shutil.which("cargo") or shutil.which("cargo", path=os.path.join(config.home, "bin"))
    if not cargo:
        return "", "there is no cargo on this machine to ask for it"
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        for name, text in (("Cargo.toml", _MANIFEST), ("ask.rs", "")):
            with open(os.path.join(scratch, name), "w", encoding="utf-8") as file:
                file.write(text)
        unset = ("CARGO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
        variables = {key: value for key, value in os.environ.items() if not key.upper().startswith(unset)}
        variables |= {"CARGO_HOME": os.path.join(scratch, "home"), "CARGO_HTTP_PROXY": "127.0.0.1:9", "CARGO_NET_RETRY": "0"}
        try:
            run = subprocess.run(
                [cargo, "fetch"],
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                env=variables,
                cwd=scratch,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            return "", f"cargo cannot be asked for it ({e})"
    found = re.search(r"(https?://\S+?)config\.json", run.stderr)
    if found:
        return f"sparse+{found[1]}", ""
    return "", "cargo does not name its default registry; it is older than 1.70, or it does not work here"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(find_index(*sys.argv[1:2]), indent=2, sort_keys=True) + "\n")
