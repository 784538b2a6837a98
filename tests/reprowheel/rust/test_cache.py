"""rustc with sccache: the bytes of a build without it, hits from another workspace, and no hit that is wrong."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, helper, make_sdist
from support.cargo_registry import make_crate
from support.rust import NoPackagesError, rust
from support.suite import virtual_environment

from reprowheel.compilers.cache import CompilerCache, find_compiler_cache, program_digest
from reprowheel.rust import cache as rust_cache
from reprowheel.rust import wrapper
from reprowheel.rust.toolchain import RustToolchain, find_rust
from reprowheel.rust.wrappers import write_wrappers
from reprowheel.workspace import Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

DEFAULT = "registry+https://github.com/rust-lang/" + "crates" + ".io-index"
SDIST = ROOT / "tests" / "sdists" / "rust-debug-info"
MACRO = """\
extern crate proc_macro;
#[proc_macro]
pub fn read(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let text = std::fs::read_to_string(format!("{}/x.txt", folder)).unwrap_or_default();
    format!("{:?}", text + &std::env::var("READ").unwrap_or_default()).parse().unwrap()
}
"""
WRITING = 'fn main() { std::fs::write(std::env::var("OUT_DIR").unwrap() + "/x.rs", "pub static X: u8 = 5;").unwrap(); }\n'
MACRO_MANIFEST = '[package]\nname = "maker"\nversion = "1.0.0"\nedition = "2018"\n[lib]\nproc-macro = true\n'
CRATES: dict[str, tuple[str, dict[str, str]]] = {
    "answer": ("", {"src/lib.rs": "pub fn answer(index: usize) -> u8 {\n    [42u8, 43][index]\n}\n"}),
    "dated": (
        "",
        {
            "build.rs": WRITING,
            "src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/x.rs"));\n',
        },
    ),
    "home": ("", {"src/lib.rs": 'pub fn home() -> &\'static str {\n    env!("CARGO_MANIFEST_DIR")\n}\n'}),
    "maker": ("", {"Cargo.toml": MACRO_MANIFEST, "src/lib.rs": MACRO}),
    "user": ('maker = "1"\n', {"src/lib.rs": "pub fn text() -> &'static str {\n    maker::read!()\n}\n", "x.txt": "read"}),
}
LIBRARY = """\
#[no_mangle]
pub extern "C" fn made(index: usize) -> usize {
    usize::from(answer::answer(index)) + usize::from(dated::X) + user::text().len() + home::home().len()
}
#[no_mangle]
pub extern "C" fn place() -> *const u8 {
    home::home().as_ptr()
}
"""


@pytest.fixture
def cache(tmp_path: Path) -> CompilerCache:
    """An empty one."""
    program = virtual_environment(ROOT / "tests" / "compiler-caches.txt").parent / "sccache"
    return find_compiler_cache(str(program), tmp_path / "cache")


@pytest.fixture
def counting(tmp_path: Path) -> tuple[Path, Path]:
    """A toolchain whose rustc writes down how it is called: its folder, and the file."""
    try:
        real = rust() / "bin"
    except NoPackagesError as e:
        pytest.skip(str(e))
    log = tmp_path / "cache" / "calls"  # the one folder outside its workspace that a build may write to
    tools = tmp_path / "counting" / "bin"
    tools.mkdir(parents=True)
    log.parent.mkdir(exist_ok=True)
    for name in ("rustc", "cargo"):
        script = (real / name).read_bytes()
        command = script.partition(b"\n")[2].decode() if script.startswith(b"#!") else f'exec {real / name} "$@"\n'
        said = f'echo "$*" 2>/dev/null >>{log}\n' if name == "rustc" else ""
        (tools / name).write_text(f"#!/bin/sh\n{said}{command}", encoding="utf-8")
        (tools / name).chmod(0o755)
    return tools.parent, log


def compiled(log: Path) -> set[str]:
    """Return the crates that rustc compiled, not those it was asked about, and forget them."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    calls = [line for line in lines if "--out-dir" in line and "--print" not in line]
    return {found[1] for line in calls if (found := re.search(r"--crate-name (\w+)", line))}


def project(folder: Path) -> Path:
    """Write the crates into `crates`, and an sdist that uses all of them."""
    crates = folder / "crates"
    crates.mkdir(parents=True)
    lock = 'version = 3\n\n[[package]]\nname = "tiny"\nversion = "1.0.0"\ndependencies = ["answer", "dated", "home", "user"]\n'
    for name, (dependencies, files) in CRATES.items():
        crate = make_crate(crates, name, "1.0.0", dependencies=dependencies, files=files)
        digest = hashlib.sha256(crate.read_bytes()).hexdigest()
        lock += f'\n[[package]]\nname = "{name}"\nversion = "1.0.0"\nsource = "{DEFAULT}"\nchecksum = "{digest}"\n'
        lock += 'dependencies = ["maker"]\n' if dependencies else ""
    tree = {path.relative_to(SDIST).as_posix(): path.read_bytes() for path in SDIST.rglob("*") if path.is_file()}
    manifest = tree["Cargo.toml"].decode().replace("debug = true", "opt-level = 3")
    manifest += '\n[dependencies]\nanswer = "1"\ndated = "1"\nhome = "1"\nuser = "1"\n'
    texts = {"Cargo.toml": manifest, "Cargo.lock": lock, "src/lib.rs": LIBRARY}
    return make_sdist(folder, tree | {name: text.encode() for name, text in texts.items()})


def test_bytes_and_hits(
    cache: CompilerCache, counting: tuple[Path, Path], tmp_path: Path, build_wheel: Callable[[str], Path]
) -> None:
    """Without, cold and warm, each in a workspace of its own: one wheel, one report. Warm, what can be kept is not compiled."""
    toolchain, log = counting
    sdist = project(tmp_path / "made")
    words: list[object] = ["build", sdist, "--build-wheel", build_wheel("setuptools"), "--rust-toolchain", toolchain]
    words += ["--crates", tmp_path / "made" / "crates"]
    elsewhere = Conditions(cwd=tmp_path / "elsewhere", umask=0o077)
    elsewhere.cwd.mkdir()
    outcomes = {}
    for name in ("plain", "cold", "warm"):
        places = [f"--out={tmp_path / name}", f"--report={tmp_path / name}.json", f"--debug-dir={tmp_path / name}.debug"]
        options = [] if name == "plain" else ["--compiler-cache", cache.program, f"--compiler-cache-dir={tmp_path / 'cache'}"]
        run = helper([*words, *places, *options], elsewhere if name == "warm" else Conditions(cwd=tmp_path))
        assert run.returncode == 0, run.stderr
        (wheel,) = (tmp_path / name).glob("*.whl")
        folder = tmp_path / f"{name}.debug"
        debug = {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.debug")}
        told = [line for line in run.stderr.splitlines() if "cache: " in line]
        outcomes[name] = (wheel.read_bytes(), (tmp_path / f"{name}.json").read_bytes(), debug, told, compiled(log))
    assert outcomes["plain"][:3] == outcomes["cold"][:3] == outcomes["warm"][:3]
    assert outcomes["plain"][2]
    always = {"build_script_build", "maker", "home", "tiny"}  # programs and shared libraries; what has the workspace's path
    assert outcomes["cold"][4] == {*always, "answer", "dated", "user"}
    assert outcomes["warm"][4] == always
    assert (outcomes["plain"][3], outcomes["warm"][3]) == ([], ["sccache: 3 hits, 0 misses"])


class Rustcs:
    """Wrapped compilers in workspaces, without a cache and with it."""

    def __init__(self, cache: CompilerCache, folder: Path) -> None:
        """Take an empty folder."""
        self.cache, self.folder, self.hits = cache, folder, 0

    def library(self, files: Mapping[str, str], more: Sequence[str] = (), **variables: str) -> bytes:
        """Compile the library `x` in new workspaces; assert that both ways have the same outcome; return the library.

        :param files: `x.rs`; of `maker.rs`, a macro, and `between.rs`, which may use it, crates are made before.
        :param more: arguments for `x`.
        :param variables: of the environment.
        """
        one, two = (self._outcome(used, files, more, variables) for used in (None, self.cache))
        assert one == two
        return one.get("libx-1.rlib", b"")

    def again(self, files: Mapping[str, str], more: Sequence[str] = (), **variables: str) -> bytes:
        """Compile with the cache alone; something must have been found there."""
        made = self._outcome(self.cache, files, more, variables)["libx-1.rlib"]
        assert self.hits >= 1
        return made

    def _outcome(
        self, used: CompilerCache | None, files: Mapping[str, str], more: Sequence[str], variables: Mapping[str, str]
    ) -> dict[str, bytes]:
        """Return what rustc said and made, with the path of the workspace left out."""
        outcome = {}
        with create_workspace(self.folder) as workspace:
            source, root = workspace.directory("src"), os.fspath(workspace.root)
            for name, text in files.items():
                (source / name).write_text(text, encoding="utf-8")
            write_wrappers(find_rust(rust(), "x"), workspace, sys.executable, cache=used)
            (workspace.root / "tools" / "cc").symlink_to("/usr/bin/cc")
            environment = {"PATH": os.defpath, "CARGO_MANIFEST_DIR": str(source), **variables}
            if "y.c" in files:
                subprocess.run("cc -c y.c && ar rcD liby.a y.o", shell=True, cwd=source, check=True)
            for name, kind in (("maker", "proc-macro"), ("between", "lib"), ("x", "lib")):
                if f"{name}.rs" in files:
                    words = [*_words(name, kind, source), *(more if name == "x" else ())]
                    command = [f"{root}/tools/rustc", *(word.replace("ROOT", root) for word in words)]
                    run = subprocess.run(command, cwd=source, env=environment, check=False, capture_output=True, text=True)
                    outcome[name] = f"{run.returncode} {run.stdout} {run.stderr}".replace(root, "").encode()
            if used:
                subprocess.run(used.around(["true"], workspace.root), check=True)
                self.hits = used.use(workspace.root).hits
            for file in sorted((source / "out").glob("*x-1.*")):
                data = file.read_bytes()
                outcome[file.name] = data.replace(root.encode(), b"") if file.suffix == ".d" else data
        return outcome


def _words(name: str, kind: str, source: Path) -> list[str]:
    """Return the arguments of rustc for a crate, as cargo gives them."""
    (source / "out").mkdir(exist_ok=True)
    (source / "out" / "CACHEDIR.TAG").touch()
    words = ["--crate-name", name, "--edition=2018", f"{name}.rs", "--error-format=json", "--json=artifacts"]
    words += ["--crate-type", kind]
    words += ["--emit=dep-info,link" if kind == "proc-macro" else "--emit=dep-info,metadata,link", "-C", "opt-level=3"]
    words += ["-C", "metadata=1", "-C", "extra-filename=-1", "--out-dir", f"{source}/out", "-L", f"dependency={source}/out"]
    made = {"maker": "libmaker-1.so", "between": "libbetween-1.rlib"}
    for needed in list(made)[: ("maker", "between", "x").index(name)]:
        if (source / "out" / made[needed]).exists():
            words += ["--extern", f"{needed}={source}/out/{made[needed]}"]
    return words + (["--extern", "proc_macro"] if kind == "proc-macro" else [])


@pytest.fixture
def rustcs(cache: CompilerCache, short_directory: Path) -> Rustcs:
    """Compilers with an empty cache."""
    try:
        rust()
    except NoPackagesError as e:
        pytest.skip(str(e))
    return Rustcs(cache, short_directory)


TEXT = "pub fn f(x: u32) -> u32 {\n    x + 1\n}\n"
TAKING = 'pub fn f() -> &\'static str {\n    include_str!("x.txt")\n}\n'
LINKED = '#[link(name = "y", kind = "static")]\nextern "C" {\n    fn y() -> i32;\n}\npub fn f() -> i32 {\n    unsafe { y() }\n}\n'
NAMED = 'pub fn f() -> Option<&\'static str> {\n    option_env!("NAMED")\n}\n'
EXPANDED = "pub fn f() -> &'static str {\n    maker::read!()\n}\n"
MACROS = {"maker.rs": MACRO, "x.rs": EXPANDED}
AROUND = {"maker.rs": MACRO, "between.rs": "pub use maker::read;\n", "x.rs": EXPANDED.replace("maker", "between")}
NATIVE = ["-L", "native=ROOT/src"]
Case = tuple[dict[str, str], list[str], dict[str, str]]
PAIRS: dict[str, tuple[Case, Case]] = {
    "source": (({"x.rs": TEXT}, [], {}), ({"x.rs": TEXT.replace("1", "2")}, [], {})),
    "file": (({"x.rs": TAKING, "x.txt": "1"}, [], {}), ({"x.rs": TAKING, "x.txt": "2"}, [], {})),
    "variable": (({"x.rs": NAMED}, [], {"NAMED": "1"}), ({"x.rs": NAMED}, [], {"NAMED": "2"})),
    "static-library": (
        ({"x.rs": LINKED, "y.c": "int y(void) { return 1; }"}, NATIVE, {}),
        ({"x.rs": LINKED, "y.c": "int y(void) { return 2; }"}, NATIVE, {}),
    ),
    "file-of-a-macro": ((MACROS | {"x.txt": "1"}, [], {}), (MACROS | {"x.txt": "2"}, [], {})),
    "variable-of-a-macro": ((MACROS, [], {"READ": "1"}), (MACROS, [], {"READ": "2"})),
    "macro-of-another-crate": ((AROUND | {"x.txt": "1"}, [], {}), (AROUND | {"x.txt": "2"}, [], {})),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_no_wrong_hit(rustcs: Rustcs, pair: str) -> None:
    """Two compilations that differ in little: each is what rustc makes of it, twice, the second time from the cache."""
    (files, more, variables), (others, others_more, others_variables) = PAIRS[pair]
    one, two = rustcs.library(files, more, **variables), rustcs.library(others, others_more, **others_variables)
    assert b"" != one != two != b""
    assert rustcs.again(files, more, **variables) == one
    assert rustcs.again(others, others_more, **others_variables) == two


def test_the_workspaces_own_path_is_never_kept(rustcs: Rustcs) -> None:
    """A library that has it is compiled each time; it is the one of this workspace."""
    text = 'pub fn f() -> &\'static str {\n    env!("CARGO_MANIFEST_DIR")\n}\n'
    for _ in range(2):
        assert rustcs.cache.use(rustcs.folder).hits == 0
        with create_workspace(rustcs.folder) as workspace:
            source = workspace.directory("src")
            (source / "x.rs").write_text(text, encoding="utf-8")
            write_wrappers(find_rust(rust(), "x"), workspace, sys.executable, cache=rustcs.cache)
            environment = {"PATH": os.defpath, "CARGO_MANIFEST_DIR": str(source)}
            command = [workspace.root / "tools" / "rustc", *_words("x", "lib", source)]
            run = subprocess.run(command, cwd=source, env=environment, check=False, capture_output=True, text=True)
            subprocess.run(rustcs.cache.around(["true"], workspace.root), check=True)  # first of all, its server is stopped
            assert run.returncode == 0, run.stderr
            assert os.fsencode(source) in (source / "out" / "libx-1.rlib").read_bytes()
            assert rustcs.cache.use(workspace.root).hits == 0


def test_messages_are_the_compilers(rustcs: Rustcs) -> None:
    """A warning is told again by a hit, with the paths of this workspace; of an error, there is no library."""
    assert rustcs.library({"x.rs": "fn unused() {}\n" + TEXT})
    assert rustcs.library({"x.rs": "fn unused() {}\n" + TEXT})
    assert rustcs.hits == 1
    for _ in range(2):
        assert rustcs.library({"x.rs": "pub fn f() -> u8 {\n    true\n}\n"}) == b""


def written(folder: Path, kind: str) -> Path:
    """Write wrappers for a toolchain in a folder, with a cache; return what is in `tools`."""
    version = {"": "rustc 1.95.0", "host": "x86_64-unknown-linux-gnu", "release": "1.95.0"}
    toolchain = RustToolchain(rustc="/x/rustc", cargo="/x/cargo", version=version, sysroot=str(folder / "sysroot"))
    tools = folder / f"{kind}{len(os.listdir(folder))}" / "tools"
    tools.mkdir(parents=True)
    workspace = Workspace.__new__(Workspace)  # one whose path has any length
    object.__setattr__(workspace, "root", tools.parent)
    write_wrappers(toolchain, workspace, "python3", cache=CompilerCache(kind=kind, program="/x", variables={}))
    return tools


def test_standard_library_is_in_the_key(tmp_path: Path) -> None:
    """Another one, which a distribution has patched, under the same version of rustc: nothing of the old one is found."""
    library = tmp_path / "sysroot" / "lib" / "rustlib" / "x86_64-unknown-linux-gnu" / "lib" / "libstd-1.rlib"
    library.parent.mkdir(parents=True)
    keys = set()
    for text in ("one", "two", "one"):
        library.unlink(missing_ok=True)
        library.write_text(text, encoding="utf-8")
        program_digest.cache_clear()
        found = re.search(r"'identity': '(\w{64})'", (written(tmp_path, "sccache") / ".rustc.py").read_text(encoding="utf-8"))
        assert found
        keys.add(found[1])
    assert len(keys) == 2


def test_ccache_does_not_know_rust(tmp_path: Path) -> None:
    """With it, rustc is called as without a cache."""
    assert (written(tmp_path, "sccache") / ".rust" / "rustc").is_file()
    tools = written(tmp_path, "ccache")
    assert not (tools / ".rust").exists()
    assert "def through_cache" not in (tools / ".rustc.py").read_text(encoding="utf-8")


CALL = ["--crate-name", "x", "--emit=dep-info,metadata,link", "--out-dir", "out"]


@pytest.mark.parametrize(
    ("more", "cached"),
    [
        (["--crate-type", "lib"], True),
        (["--crate-type", "rlib", "-C", "linker-plugin-lto", "-L", "native=/x", "-lstatic=y"], True),
        (["--crate-type", "lib,cdylib"], False),
        (["--crate-type", "proc-macro"], False),
        (["--crate-type", "bin"], False),
        ([], False),
        (["--crate-type", "lib", "--emit=asm"], False),
        (["--crate-type", "lib", "--target", "x.json"], False),
        (["--crate-type", "lib", "-C", "save-temps"], False),
        (["--crate-type", "lib", "--sysroot", "/x"], False),
        (["--crate-type", "lib", "-Zunstable-options"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_which_calls_are_cached(more: list[str], cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries, if sccache keeps all that is made of them; what it gets has no path of the workspace that it hashes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARGO_MANIFEST_DIR", f"{tmp_path}/crate")
    seen: list[tuple[list[str], dict[str, str], str]] = []

    def run(command: list[str], variables: dict[str, str], here: str, files: str) -> int:
        seen.append((command, variables, here))
        (tmp_path / f"{files}.err").write_text("", encoding="utf-8")
        return 0

    monkeypatch.setattr(rust_cache, "_captured", run)
    words = [*CALL, f"{tmp_path}/x.rs", *more]
    options = list(wrapper._options(words))  # type: ignore[no-untyped-call]
    codegen = dict(wrapper._codegen(options))  # type: ignore[no-untyped-call]
    settings = {"program": "/sccache", "variables": {}, "compiler": "/rustc", "identity": "", "macros": ""}
    code = rust_cache.through_cache(words, options, codegen, {"root": str(tmp_path), "cache": settings})  # type: ignore[no-untyped-call]
    assert (code, len(seen)) == ((0, 1) if cached else (None, 0))
    if cached:
        command, variables, here = seen[0]
        assert command[:2] == ["/sccache", "/rustc"]
        assert [word for word in command if str(tmp_path) in word] == [f"{tmp_path}/out"]
        assert (variables["CARGO_MANIFEST_DIR"], here) == (f"{rust_cache.PLACE}/crate", "/")
