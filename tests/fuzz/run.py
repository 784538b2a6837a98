"""Runs one fuzz target, with the engine atheris or without.

argv: TARGET and one of `--seconds N` (coverage-guided; needs atheris, see requirements.txt), `--inputs N [--seed S]`
(deterministic, no engine), `--input FILE` (one input, for a finding). `--corpus DIR` keeps what the engine found worth
keeping; `--findings DIR` is where it writes an input that breaks something.
env: TMPDIR. Writes: the two folders, and a temporary one.
Exit codes: 0 nothing was found, 2 wrong use, anything else a finding, whose input is printed or written.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "python")]

if TYPE_CHECKING:
    from fuzz.targets import Target

__all__ = ["MAX_SECONDS", "check_bounded", "main"]

MAX_MEMORY = 1 << 29
"""Bytes of address space (deterministic runs) or of memory (the engine) that a target gets by with."""
MAX_FILE = 1 << 28
"""Bytes that one file of a target may have."""
MAX_SECONDS = 10.0
"""Processor time that one input may take; ordinary ones take milliseconds."""


def main(argv: list[str]) -> int:
    """Run one target; see the module's docstring."""
    arguments = parser().parse_args(argv)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))
    if arguments.seconds:
        return fuzz(arguments.target, arguments.seconds, arguments.corpus, arguments.findings)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    target = load(arguments.target)
    if arguments.input:
        check_bounded(target, arguments.input.read_bytes())
        print(f"{arguments.target}: {arguments.input.name}: nothing found")
        return 0
    return drive(arguments.target, target, arguments.inputs, arguments.seed)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(description="Run one fuzz target.", fromfile_prefix_chars="@")
    result.add_argument("target", help="a row of the table in targets.py")
    how = result.add_mutually_exclusive_group(required=True)
    how.add_argument("--seconds", type=int, help="run the engine for so long")
    how.add_argument("--inputs", type=int, help="run so many deterministic inputs")
    how.add_argument("--input", type=Path, help="run one input")
    result.add_argument("--seed", type=int, default=0, help="of the deterministic inputs")
    result.add_argument("--corpus", type=Path, help="folder to keep inputs in")
    result.add_argument("--findings", type=Path, default=Path(), help="folder for inputs that break something")
    return result


def load(name: str) -> Target:
    """Return the target of that name; imports the code under test."""
    targets: dict[str, Target] = import_module("fuzz.targets").TARGETS
    if name not in targets:
        sys.exit(f"run.py: no target {name!r}; there are {', '.join(targets)}")
    return targets[name]


def check_bounded(target: Target, data: bytes) -> None:
    """Run one input and raise TimeoutError if it took too long."""
    start = time.process_time()
    target(data)
    took = time.process_time() - start
    if took > MAX_SECONDS:
        msg = f"{took:.1f} s of processor time for an input of {len(data)} bytes"
        raise TimeoutError(msg)


def drive(name: str, target: Target, count: int, seed: int) -> int:
    """Run deterministic inputs; the one that breaks something is printed in hexadecimal."""
    mutations = import_module("fuzz.mutate").mutations
    ran = 0
    for data in mutations(target.seeds(), count=count, seed=seed, max_size=target.max_size):
        try:
            check_bounded(target, data)
        except BaseException:
            print(f"{name}: input {ran} of seed {seed}: {data.hex()}", file=sys.stderr)
            raise
        ran += 1
    print(f"{name}: {ran} inputs, nothing found")
    return 0


def fuzz(name: str, seconds: int, corpus: Path | None, findings: Path) -> int:
    """Run the engine; it ends the process by itself."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["reprowheel", "elftools", "zipfile", "tarfile"]):
        import_module("tarfile")
        import_module("zipfile")
        import_module("elftools.elf.elffile")  # the helper imports it late
        target = load(name)
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as scratch:
        folder = corpus or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(target.seeds()):
            (folder / f"seed-{number}").write_bytes(data)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={target.max_size}",
            f"-timeout={int(2 * MAX_SECONDS)}",
            f"-rss_limit_mb={MAX_MEMORY >> 20}",
            f"-artifact_prefix={findings / name}-",
            "-print_final_stats=1",
            "-handle_xfsz=0",  # MAX_FILE is then an OSError, as it is without the engine
        ]
        atheris.Setup([sys.argv[0], *options, str(folder)], target)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
