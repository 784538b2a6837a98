"""What Bazel itself writes: the formats of one build agree, and what was changed between two builds is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.machines import SHORT_LIVED
from execlog.analysis import Analysis
from execlog.model import Store
from execlog.read import read_log
from support.devtools import Browser
from support.visible import assert_readable

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = {
    "MODULE.bazel": f"""\
module(name = "w")
bazel_dep(name = "rules_python", version = "1.0.0")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{REPOSITORY}")
""",
    "src.txt": "s\n",
    "other.txt": "o\n",
    "with space.txt": "w\n",
    "pkg/deep/lib.py": "X = 1\n",
    "program.py": "from pkg.deep import lib\nprint(lib.X)\n",
    "rules.bzl": """\
def _tool_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(program, "#!/bin/sh\\nexec cat \\"$@\\"\\n", is_executable = True)
    links = {"links/one": ctx.file.src, "links/of a tree": ctx.files.tree[0]}
    files = ctx.runfiles(ctx.files.data, symlinks = links, root_symlinks = {"root/link": ctx.file.src})
    return DefaultInfo(executable = program, files = depset([program]), runfiles = files)

tool = rule(_tool_impl, executable = True, attrs = {
    "data": attr.label_list(allow_files = True),
    "src": attr.label(allow_single_file = True),
    "tree": attr.label(allow_files = True),
})

def _tree_impl(ctx):
    tree = ctx.actions.declare_directory(ctx.label.name)
    script = "mkdir -p $2/sub; cp $1 $2/sub/f; ln -s f $2/sub/l; : > $2/empty"
    ctx.actions.run_shell(outputs = [tree], inputs = [ctx.file.src], arguments = [ctx.file.src.path, tree.path],
                          command = script, mnemonic = "Tree", env = {"FOO": "b=r"})
    link = ctx.actions.declare_symlink(ctx.label.name + ".link")
    ctx.actions.symlink(output = link, target_path = "no/where")
    empty = ctx.actions.declare_file(ctx.label.name + ".empty")
    ctx.actions.run_shell(outputs = [empty], inputs = [tree, link], command = ": > " + empty.path, mnemonic = "Empty")
    alias = ctx.actions.declare_file(ctx.label.name + ".alias")
    ctx.actions.symlink(output = alias, target_file = ctx.file.src)
    out = ctx.actions.declare_file(ctx.label.name + ".out")
    ctx.actions.run_shell(outputs = [out], inputs = [alias, empty], mnemonic = "Out",
                          command = "cat %s %s > %s" % (alias.path, empty.path, out.path))
    return DefaultInfo(files = depset([tree]), runfiles = ctx.runfiles([out]))

tree = rule(_tree_impl, attrs = {"src": attr.label(allow_single_file = True)})
""",
    "BUILD.bazel": """\
load("@rules_python//python:py_binary.bzl", "py_binary")
load("@rules_python//python:py_library.bzl", "py_library")
load(":rules.bzl", "tool", "tree")

genrule(name = "chance", srcs = ["src.txt"], outs = ["chance.txt"], cmd = "head -c 8 /dev/urandom > $@")
genrule(name = "middle", srcs = [":chance"], outs = ["middle.txt"], cmd = "cp $< $@")
genrule(
    name = "end",
    srcs = [":middle", "other.txt"],
    outs = ["end.txt"],
    tools = [":tool"],
    cmd = "$(location :tool) $(SRCS) > $@",
)
genrule(name = "clean", srcs = ["src.txt"], outs = ["clean.txt"], cmd = "cp $< $@")
genrule(name = "reader", srcs = [":clean"], outs = ["reader.txt"], cmd = "cp $< $@")
tree(name = "tree", src = "src.txt")
tree(name = "chance_tree", src = ":chance")
tool(name = "tool", src = "src.txt", data = ["other.txt", "with space.txt", ":tree"], tree = ":tree")
py_library(name = "lib", srcs = ["pkg/deep/lib.py"], data = [":tree"])
py_binary(name = "program", srcs = ["program.py"], deps = [":lib"])
genrule(name = "run", outs = ["run.txt"], tools = [":program"], cmd = "$(location :program) > $@")
""",
}
Build = Callable[..., str]


@pytest.fixture(scope="module")
def builds() -> Iterator[tuple[Path, dict[str, str]]]:
    """A workspace, and the logs of its builds by name."""
    base = Path(tempfile.mkdtemp(prefix="execlog"))
    workspace, disk = base / "w", f"--disk_cache={base / 'disk'}"
    for name, text in FILES.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text, encoding="utf-8")
    bazel = [str(REPOSITORY / "bazelw"), f"--output_user_root={base / 'out'}", *SHORT_LIVED]

    def run(*arguments: str, code: int = 0) -> str:
        result = subprocess.run([*bazel, *arguments], cwd=workspace, capture_output=True, text=True, check=False)
        assert result.returncode == code, result.stderr
        return result.stdout

    def build(name: str, form: str, *options: str) -> str:
        log = str(base / f"{name}.log")
        common = ("--experimental_convenience_symlinks=ignore", "--incompatible_strict_action_env")
        run("build", f"--execution_log_{form}_file={log}", *common, *options, "//...")
        run("clean")
        return log

    try:
        logs = {"filling": build("filling", "compact", disk)}
        logs |= {form: build(form, form, disk) for form in ("json", "compact", "binary")}
        logs["again"] = build("again", "compact", "--disk_cache=")
        logs["again json"] = build("again json", "json", "--disk_cache=")
        (workspace / "src.txt").write_text("edited\n", encoding="utf-8")
        logs["edited"] = build("edited", "compact", disk, "--action_env=WHO=me")
        program = ("@rules_reprowheel//tools/execlog", "--", logs["compact"], logs["again"], "--html=page.html")
        logs["told"] = run("run", "--experimental_convenience_symlinks=ignore", *program, code=1)
        yield workspace, logs
    finally:
        run("shutdown")
        subprocess.run(["chmod", "-R", "u+rwX", str(base)], check=False)
        shutil.rmtree(base, ignore_errors=True)


def told(log: str, *, cache: bool = True) -> dict[tuple[str, ...], dict[str, object]]:
    """Return what a log says of each spawn, by its outputs."""
    store = Store(expand=True)
    names = store.atoms
    found = {}
    for s in read_log(log, store).spawns:
        found[s.listed] = {
            "command": (s.label, s.mnemonic, s.args, s.env, s.platform, s.timeout, s.cacheable, s.status, s.exit_code),
            "inputs": sorted(names[a] for a in store.content(s.inputs)),
            "tools": sorted(names[a] for a in store.content(s.tools)),
            "outputs": sorted(names[a] for a in s.outputs),
            "cache": (s.runner, s.cache_hit) if cache else (),
            "digest": s.digest,
        }
    return found


def compare(builds: tuple[Path, dict[str, str]], left: str, right: str) -> Analysis:
    """Compare two of the builds."""
    store = Store(expand=left.endswith("json") != right.endswith("json"))
    return Analysis(read_log(builds[1][left], store), read_log(builds[1][right], store), store)


def facts(found: Analysis) -> set[tuple[str, str]]:
    """Return kind and last part of the subject of each root cause."""
    return {(root.kind, root.subject.rpartition("/")[2]) for root in found.roots}


def test_formats_agree(builds: tuple[Path, dict[str, str]]) -> None:
    """The compact, JSON and binary log of one build, all from the cache, say the same, runfiles and trees file by file."""
    of_json = told(builds[1]["json"])
    assert len(of_json) == len(read_log(builds[1]["json"], Store()).spawns) > 10
    assert {s["cache"] for s in of_json.values()} == {("disk cache hit", True)}
    assert told(builds[1]["binary"]) == of_json
    assert told(builds[1]["compact"]) == of_json
    paths = {path for s in of_json.values() for path, _ in s["inputs"]}  # type: ignore[attr-defined]
    tool = "/bin/tool.sh.runfiles/"
    for end in ("_main/links/one", "_main/links/of a tree/sub/f", "root/link", "_main/with space.txt", "_main/tree/sub/f"):
        assert any(path.endswith(tool + end) for path in paths), end


def test_hits_change_nothing_else(builds: tuple[Path, dict[str, str]]) -> None:
    """A build that ran its actions and one that took them from the cache differ in that only."""
    assert told(builds[1]["filling"], cache=False) == told(builds[1]["compact"], cache=False)
    assert {s["cache"] for s in told(builds[1]["filling"]).values()} == {("linux-sandbox", False)}
    assert compare(builds, "filling", "compact").equal
    assert compare(builds, "filling", "json").equal


@pytest.mark.parametrize("logs", [("compact", "again"), ("json", "again json"), ("compact", "again json"), ("json", "again")])
def test_chance(builds: tuple[Path, dict[str, str]], logs: tuple[str, str]) -> None:
    """Of a build without a cache, only what depends on chance differs, and it is the only cause, in all formats."""
    found = compare(builds, *logs)
    assert facts(found) == {("nondeterministic", "chance.txt")}
    different = {found.spawns(p)[1].label for p in range(found.count) if found.misses[p]}
    assert different == {"//:middle", "//:end", "//:chance_tree"}


def test_run_by_bazel(builds: tuple[Path, dict[str, str]]) -> None:
    """The program runs from another workspace, with its own files alone, and writes where it was called."""
    assert "  NOT DETERMINISTIC  bazel-out/k8-fastbuild/bin/chance.txt\n" in builds[1]["told"]
    assert "chance.txt" in (builds[0] / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1280])
def test_page(builds: tuple[Path, dict[str, str]], browser: Browser, width: int, dark: bool) -> None:
    """The page of two builds by Bazel can be read in every window."""
    assert_readable(browser, builds[0] / "page.html", width=width, dark=dark)


def test_edit_and_environment(builds: tuple[Path, dict[str, str]]) -> None:
    """An edited source and an added variable are two causes; what the source reaches by symlinks and runfiles is its."""
    found = compare(builds, "compact", "edited")
    assert facts(found) == {("source", "src.txt"), ("environment", "WHO")}
    causes = {found.spawns(p)[1].label: {found.roots[n].subject for n in found.of(p)} for p in range(found.count)}
    assert causes["//:end"] == causes["//:reader"] == {"src.txt", "WHO"}  # genrules take the action environment
    reader = next(p for p in range(found.count) if found.spawns(p)[1].label == "//:reader")
    number = next(n for n in found.of(reader) if found.roots[n].subject == "src.txt")
    assert [os.path.basename(path) for path, _ in found.chain(reader, number)] == ["clean.txt"]
    assert all(not hit.cache_hit for hit in (found.spawns(p)[1] for p in range(found.count) if found.misses[p]))
    source = next(r for r in found.roots if r.subject == "src.txt")
    assert source.spawns == source.missed > source.alone
