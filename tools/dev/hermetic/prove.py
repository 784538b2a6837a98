"""Proves that one compiler makes the same wheels on two operating systems, and writes the table of docs/hermetic-compiler.md.

argv: [NAME…] [--work DIR] [--table-only]; an interpreter that both systems see and can run, such as one in the home folder
Builds each sdist of build-lock.json with the ziglang wheel of zig.txt, once in the userland of this machine and once in that of
`tools/bazelw/shell`; Zig lies in another place there and has another cache, so that each system compiles the runtime itself.
Wheel, debug files and report must have the same bytes; then the wheel is installed and its extension run on both. A result is
kept per package in DIR, so a run that was cut short goes on. Needs Linux on x86-64, 1.5 GB and an index.
Exit code: 0 if everything that was asked for is the same on both and works on both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(HERE.parent / "corpus"), str(HERE.parent), str(ROOT / "python")]

from checks import CHECKS  # noqa: E402 - of the corpus
from environments import test_python  # noqa: E402 - the tests' environment has what the helper needs

LOCK = HERE / "build-lock.json"
PAGE = ROOT / "docs" / "hermetic-compiler.md"
BEGIN, END = "<!-- written by tools/dev/hermetic/prove.py: begin -->\n", "<!-- end -->\n"
GLIBC = "2.28"
SHELLS: dict[str, list[str]] = {"here": [], "root": [str(ROOT / "tools" / "bazelw" / "shell")]}


def main() -> int:
    """Prove what was asked for and write the table from all results there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*")
    parser.add_argument("--work", type=Path, default=Path(os.path.expanduser("~/.cache/reprowheel/hermetic")))
    parser.add_argument("--table-only", action="store_true", help="write the table from results of earlier runs")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    keys = sorted(json.loads(LOCK.read_text(encoding="utf-8"))["sdists"])
    chosen = [key for key in keys if not arguments.name or key.partition("==")[0] in arguments.name]
    if not arguments.table_only:
        toolchains = {system: toolchain(work, system) for system in SHELLS}
        for key in chosen:
            result = work / f"{key}.json"
            if not result.exists():
                outcome = prove(key, toolchains, work)
                result.write_text(json.dumps(outcome, indent=2), encoding="utf-8")
                print(f"{key}: {outcome}", flush=True)
    results = {key: json.loads(p.read_text(encoding="utf-8")) for key in keys if (p := work / f"{key}.json").exists()}
    write_table(results)
    bad = [key for key in chosen if not good(results.get(key, {}))]
    print(f"{sum(map(good, results.values()))} of {len(keys)} proven; not proven: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


def good(result: dict) -> bool:
    """Tell whether a package is proven."""
    return bool(result.get("equal")) and all(result["works"].values())


def toolchain(work: Path, system: str) -> Path:
    """Fetch Zig by its hash, unpack it at a place of this system's own, and return the description of the toolchain."""
    wheels, place = work / "wheels", work / f"zig-{system}" / ("deeper/" * list(SHELLS).index(system))
    if not any(wheels.glob("ziglang-*.whl")):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "-r", str(HERE / "zig.txt"), "-d", str(wheels)], check=True)
    program = place / "ziglang" / "zig"
    if not program.exists():
        partial = place.with_name(place.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        with zipfile.ZipFile(next(wheels.glob("ziglang-*.whl"))) as archive:
            archive.extractall(partial)
        (partial / "ziglang" / "zig").chmod(0o755)
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(place)
    description = work / f"{system}.json"
    content = {"compiler": "zig", "glibc": GLIBC, "tools": {"cc": str(program)}, "cache": str(work / f"cache-{system}")}
    description.write_text(json.dumps(content), encoding="utf-8")
    return description


def prove(key: str, toolchains: dict[str, Path], work: Path) -> dict:
    """Build one package on both systems, compare, and use the wheel on both."""
    from reprowheel.lock.locked_builds import LockedBuilds

    name = key.partition("==")[0]
    with LockedBuilds(LOCK, None) as locked:  # type: ignore[arg-type] - only builds of requirements need a template
        sdist = locked.archive(key)
        wheels = [f"--build-wheel={wheel}" for wheel in locked.wheels_for(locked.entry(sdist)[1])]
    files, works = {}, {}
    for system, shell in SHELLS.items():
        out = work / key / system
        shutil.rmtree(out, ignore_errors=True)
        places = [f"--out={out / 'wheel'}", f"--debug-dir={out / 'debug'}", f"--report={out / 'report.json'}"]
        build = [*shell, *helper(), "build", str(sdist), *wheels, f"--cc-toolchain={toolchains[system]}", *places]
        subprocess.run(build, check=False, cwd=work)
        files[system] = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        works[system] = use(name, out, shell, work)
    built = sorted((work / key / "here" / "wheel").glob("*.whl"))
    report = json.loads((work / key / "here" / "report.json").read_text(encoding="utf-8")) if built else {}
    return {
        "equal": bool(built) and files["here"] == files["root"],
        "works": works,
        "wheel": report.get("wheel", {}),
        "debug": sum(path.startswith("debug/") for path in files["here"]),
        "interpreter": report.get("interpreter", {}).get("version", ""),
        "compiler": report.get("toolchain", {}).get("version", ""),
        "systems": {system: identity(shell) for system, shell in SHELLS.items()},
    }


def helper() -> list[str]:
    """Return the command line's beginning; the shell of the root hands no variables on."""
    return ["/usr/bin/env", f"PYTHONPATH={ROOT / 'python'}", sys.executable, "-B", "-m", "reprowheel"]


def use(name: str, out: Path, shell: list[str], work: Path) -> bool:
    """Install the wheel into an empty tree and run the package's check there, on the same system."""
    tree = out.parent / f"{out.name}-installed"
    shutil.rmtree(tree, ignore_errors=True)
    install = [*shell, *helper(), "install", str(out / "wheel"), f"--out={tree}"]
    if not out.exists() or subprocess.run(install, check=False, cwd=work).returncode:
        return False
    check = f"import sys; sys.path.insert(0, {str(tree / 'site-packages')!r})\n{CHECKS[name]}"
    return subprocess.run([*shell, sys.executable, "-I", "-B", "-c", check], check=False, cwd=work).returncode == 0


def identity(shell: list[str]) -> str:
    """Return a system's name and C library."""
    name = "platform.freedesktop_os_release()['PRETTY_NAME']"
    ask = f"import os, platform; print({name} + ' with ' + os.confstr('CS_GNU_LIBC_VERSION'))"
    return subprocess.run([*shell, sys.executable, "-I", "-c", ask], check=True, capture_output=True, text=True).stdout.strip()


def said(works: dict[str, bool]) -> str:
    """Return where a wheel works, for the column "works on both"."""
    names = {"here": "this machine", "root": "Debian testing"}
    there = [names[system] for system, works_there in works.items() if works_there]
    return "yes" if len(there) == len(works) else f"**only on {there[0]}**" if there else "**on neither**"


def write_table(results: dict[str, dict]) -> None:
    """Replace the part of the page between its two marks."""
    first = next((r for r in results.values() if r["interpreter"]), {"interpreter": "?", "compiler": "?", "systems": {}})
    made = f"CPython {first['interpreter']}, {first['compiler']}, {platform.machine()}"
    head = "| package | wheel, debug files, report | debug files | works on both | tag | wheel's sha256 |\n"
    lines = [f"{made}; {' and '.join(first['systems'].values())}.\n\n", head, "|---|---|---|---|---|---|\n"]
    for key, r in results.items():
        equal = "equal" if r["equal"] else "**not equal, or not built**"
        works = said(r["works"])
        tag = r["wheel"].get("filename", "").removesuffix(".whl").rpartition("-")[2]
        lines.append(f"| {key} | {equal} | {r['debug']} | {works} | {tag} | `{r['wheel'].get('sha256', '')[:16]}…` |\n")
    lines.append(f"\n{sum(map(good, results.values()))} of {len(results)} are the same on both systems and work on both.\n")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "".join(lines) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    if find_spec("elftools") is None:
        locked = str(test_python())
        os.execv(locked, [locked, "-B", *sys.argv])
    sys.exit(main())
