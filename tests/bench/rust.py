"""Cold builds of real Rust sdists: ours through Bazel, ours as a command, `pip wheel`; crates are fetched before, for all.

argv: `[NAME…] [--rust-toolchain DIR] [--rounds N] [--scratch DIR] [--json FILE]`; prints Markdown. Reads: the checkout, and,
once, before anything is measured, the index of Python packages and the registry of crates. Writes: a temporary folder, the tests'
cache.

All build the same sdists (tools/dev/corpus/rust; twelve of them unless others are named) with the same rustc, crates and build
requirements, in one run, in turns. `pip wheel` and the command build one sdist after the other; Bazel as many at once as there
are processors, with one job each.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/bench", "tools/dev/corpus", "tools/dev", "python")]

from corpus import Corpus, Ours, run_pip  # noqa: E402 - beside this file
from measuring import (  # noqa: E402
    Figure,
    cache,
    in_test_environment,
    installed_helper,
    measured,
    one_after_the_other,
    options,
    plain_environment,
    report,
    scratch_folder,
    test_python,
)
from prove_rust import prepare_cargo, rustup_toolchain  # noqa: E402 - the corpus's
from results import Group, Ratio, Target, of_samples  # noqa: E402

FOLDER = ROOT / "tools" / "dev" / "corpus" / "rust"
CHOSEN = "bcrypt blake3 cbor2 fastuuid jellyfish orjson ormsgpack regress rpds-py rtoml uuid-utils watchfiles".split()
PIP, COMMAND, OURS = "pip wheel", "reprowheel build", "rules_reprowheel"


def run_command(corpus: Corpus, folder: Path, toolchain: Path, crates: Path) -> Figure:
    """`reprowheel build`, one sdist after the other; with bytecode, as pip installs both it and itself."""
    start = [str(test_python()), "-B", "-m", "reprowheel", "build", "--quiet", f"--out={folder / 'out'}", f"--crates={crates}"]
    start += [f"--build-lock={corpus.folder / 'build-lock.json'}", f"--rust-toolchain={toolchain}"]
    helper = {"PYTHONPATH": str(installed_helper(folder)), "XDG_CACHE_HOME": str(cache().parent.parent)}
    environment = plain_environment(folder) | helper
    return one_after_the_other([[*start, str(sdist)] for sdist in corpus.sdists.values()], cwd=folder, environment=environment)


def run_ours(corpus: Corpus, folder: Path) -> Figure:
    """Our builds through Bazel, which takes the toolchain from PATH."""
    consumer = Ours(corpus, folder, cache() / "bench" / "downloads", "--disk_cache=")
    try:
        return consumer.build(batch=True)
    finally:
        consumer.remove()


def one_round(corpus: Corpus, folder: Path, toolchain: Path) -> dict[str, Figure]:
    """Measure everything once."""
    crates, home, plain = cache() / "bench" / "crates", cache() / "bench" / "cargo-home", {}
    for key, sdist in corpus.sdists.items():
        plain = prepare_cargo(sdist, corpus.lock["sdists"][key], home, toolchain)
    fetch = [str(test_python()), "-B", "-m", "reprowheel", "fetch-crates", "--build-lock", str(corpus.folder / "build-lock.json")]
    around = dict(os.environ) | {"PYTHONPATH": str(ROOT / "python")}
    (folder / "fetch").mkdir()
    measured([*fetch, f"--out={crates}"], cwd=folder / "fetch", environment=around)
    figures: dict[str, Figure] = {}
    runs = {
        PIP: lambda place: run_pip(corpus, place, plain),
        COMMAND: lambda place: run_command(corpus, place, toolchain, crates),
        OURS: lambda place: run_ours(corpus, place),
    }
    for name, run in runs.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        figures[name] = run(folder / name.replace(" ", "-"))
        print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)
    return figures


def groups(rounds: list[dict[str, Figure]], sdists: int) -> list[Group]:
    """Return the figures."""
    samples = {name: [figures[name].columns() for figures in rounds] for name in rounds[0]}
    ratios = [Ratio(label="wall / pip", column="wall s", baseline=PIP), Ratio(label="cpu / pip", column="cpu s", baseline=PIP)]
    wanted = [Target(row=OURS, figure="wall / pip", most=1.0)]
    note = f"{sdists} sdists; crates fetched before."
    return [of_samples(samples, part="rust", title="Cold build of Rust sdists", note=note, ratios=ratios, targets=wanted)]


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("name", nargs="*")
    parser.add_argument(
        "--rust-toolchain", type=Path, metavar="DIR", help="folder with bin/rustc and bin/cargo (default: rustup's)"
    )
    arguments = parser.parse_args()
    corpus = Corpus(arguments.name or CHOSEN, [], FOLDER)
    toolchain = arguments.rust_toolchain or rustup_toolchain()
    os.environ["PATH"] = f"{toolchain / 'bin'}:{os.environ['PATH']}"
    start, rounds = os.getloadavg()[0], []
    for _ in range(arguments.rounds):
        with scratch_folder(arguments) as scratch:
            rounds.append(one_round(corpus, scratch, toolchain))
    report(groups(rounds, len(corpus.sdists)), arguments, start)


if __name__ == "__main__":
    in_test_environment()
    main()
