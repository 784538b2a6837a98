"""Which Bazel `bazelw` runs, and that it passes arguments, status and defaults on unharmed."""

from __future__ import annotations

from pathlib import Path

import pytest
from bazelw.machine import REPOSITORY, Machine


def arguments(stdout: str) -> list[str]:
    """What a stand-in says it was called with, without the startup options that bazelw adds."""
    lines = stdout.splitlines()[1:]
    added = "[--bazelrc=", "[--host_jvm_args=-Dreprowheel.", "[--host_jvm_args=-DZstdNativePath="
    return [line[1:-1] for line in lines if not line.startswith(added)]


def test_variable_first(machine: Machine) -> None:
    """$BAZEL wins over everything on PATH, whatever its version says."""
    machine.add_bazel("bazelisk", "bazelisk")
    machine.add_bazel("bazel", "bazel 8.1.0")
    machine.add_bazel("mine", "bazel 5.0.0")
    result = machine.run("build", BAZEL=str(machine.bin / "mine"))
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "mine")


def test_variable_must_be_a_program(machine: Machine) -> None:
    """A $BAZEL that cannot be run is an error of one line, not a reason to run something else."""
    machine.add_bazel("bazel", "bazel 8.1.0")
    result = machine.run("build", BAZEL="/no/such/bazel")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "bazelw: $BAZEL is '/no/such/bazel', which is not an executable file; name one, or unset it"
    ]


def test_bazelisk_before_bazel(machine: Machine) -> None:
    """Bazelisk chooses the version itself, so it comes before a Bazel on PATH."""
    machine.add_bazel("bazel", "bazel 8.1.0")
    machine.add_bazel("bazelisk", "anything")
    assert machine.run("build").stdout.splitlines()[0] == "bazelisk"


@pytest.mark.parametrize("version", ["bazel 7.0.0", "bazel 8.4.2", "bazel 9.0.0rc1", "bazel 10.0.0"])
def test_new_enough_bazel(machine: Machine, version: str) -> None:
    """Bazel 7 or newer on PATH is used."""
    machine.add_bazel("bazel", version)
    machine.add_root_tools()
    result = machine.run("build")
    assert (result.returncode, result.stdout.splitlines()[0], result.stderr) == (0, "bazel", "")


@pytest.mark.parametrize("version", ["bazel 6.5.0", "bazel 4.2.3- (@non-git)", "", "Usage: bazel"])
def test_old_bazel_is_refused(machine: Machine, version: str) -> None:
    """An older one, or something else of that name, is passed over, and the reason said."""
    machine.add_bazel("bazel", version)
    machine.add_root_tools()
    result = machine.run("build")
    assert result.stdout.splitlines()[0] == "root"
    assert f"{machine.bin}/bazel is not used" in result.stderr
    assert machine.calls("mmdebstrap") != []


@pytest.mark.parametrize("tool", ["bazel", "root"])
@pytest.mark.parametrize("status", [0, 3, 37])
def test_arguments_and_status(machine: Machine, tool: str, status: int) -> None:
    """Blanks, quotes, globs, line ends and empty arguments arrive as they were given; the status comes back."""
    machine.add_bazel("bazel", "bazel 7.7.1") if tool == "bazel" else machine.add_root_tools()
    given = ["--output_base=/a b", "run", "//x", "--", "a  b", "q\"u'o", "$HOME", "*", "", "\\", "-n"]
    result = machine.run(*given, FAKE_STATUS=str(status))
    assert result.stdout.splitlines()[0] == tool
    # The root's stand-in sees what is handed to the bazelw inside, which adds the startup options there.
    assert arguments(result.stdout) == given
    assert result.returncode == status


def bazelrcs(stdout: str) -> str:
    """The text of every bazelrc that a stand-in was given."""
    files = [line[len("[--bazelrc=") : -1] for line in stdout.splitlines() if line.startswith("[--bazelrc=")]
    return "".join(Path(file).read_text() for file in files)


def test_default_caches(machine: Machine) -> None:
    """Without a word from the user, disk cache and repository cache are in the user's cache folder."""
    machine.add_bazel("bazel", "bazel 7.7.1")
    cache = machine.folder / "home/.cache/rules_reprowheel"
    text = bazelrcs(machine.run("build").stdout)
    assert f"--disk_cache={cache}/disk-cache\n" in text
    assert f"--repository_cache={cache}/repository-cache\n" in text
    elsewhere = bazelrcs(machine.run("build", XDG_CACHE_HOME=str(machine.folder / "x")).stdout)
    assert f"--disk_cache={machine.folder}/x/rules_reprowheel/disk-cache\n" in elsewhere


@pytest.mark.parametrize("where", ["argument", "workspace", "home"])
def test_the_users_cache_wins(machine: Machine, where: str) -> None:
    """A disk cache that the user names, anywhere, is the only one named; the other default stays."""
    machine.add_bazel("bazel", "bazel 7.7.1")
    line = "--disk_cache=/elsewhere"
    if where == "workspace":
        (machine.workspace / ".bazelrc").write_text(f"build {line}\n")
    if where == "home":
        (machine.folder / "home/.bazelrc").write_text(f"build {line}")
    text = bazelrcs(machine.run("build", *([line] if where == "argument" else [])).stdout)
    assert "--disk_cache" not in text
    assert "--repository_cache" in text


def test_version_stands_alone(machine: Machine) -> None:
    """Bazel knows --version as the first argument only."""
    machine.add_bazel("bazel", "bazel 7.7.1")
    assert machine.run("--version").stdout == "bazel 7.7.1\n"


MODULES = {
    "": None,
    'module(name = "other")\nbazel_dep(name = "rules_python", version = "1")': None,
    'module(\n    name = "rules_reprowheel",\n)': "@rules_reprowheel",
    'bazel_dep(name = "rules_reprowheel", version = "1")': "@rules_reprowheel",
    'bazel_dep(\n  name = "rules_reprowheel",\n  repo_name = "wheels",\n)': "@wheels",
    'bazel_dep(name = "x", repo_name = "y")\nbazel_dep(name = "rules_reprowheel")': "@rules_reprowheel",
}


@pytest.mark.parametrize(("module", "repository"), MODULES.items())
def test_toolchain_inside_the_root(machine: Machine, module: str, repository: str | None) -> None:
    """Inside the root, the root's interpreter is registered wherever this project is in the graph, and only there."""
    machine.add_bazel("bazel", "bazel 7.7.1")
    (machine.workspace / "MODULE.bazel").write_text(module)
    below = machine.workspace / "a/b"
    below.mkdir(parents=True)
    script = f"source {REPOSITORY}/tools/bazelw/common.sh; mode=inside; bazelw_startup_options build; echo; "
    script += "printf '[%s]\\n' \"${startup[@]}\""
    result = machine.run("-c", script, program=machine.bin / "bash", cwd=below)
    text = bazelrcs(result.stdout)
    assert "--disk_cache" in text, result.stderr
    expected = [f"common --extra_toolchains={repository}//python/toolchains:host"] if repository else []
    assert [line for line in text.splitlines() if "toolchains" in line] == expected


def test_shell_where_bazel_is(machine: Machine) -> None:
    """`tools/bazelw/shell` runs a command beside the Bazel that bazelw takes: on the host here, in the root there."""
    shell = REPOSITORY / "tools/bazelw/shell"
    machine.add_bazel("bazel", "bazel 7.7.1")
    command = ("bash", "-c", 'echo "$1"; echo "${BAZELW_VIEW-host}"; exit 5', "x", 'a "b')
    result = machine.run(*command, program=shell)
    assert (result.stdout.splitlines(), result.returncode) == (['a "b', "host"], 5)
    (machine.bin / "bazel").unlink()
    machine.add_root_tools()
    result = machine.run(*command, program=shell)
    assert result.stdout.splitlines()[0] == 'a "b'
    assert result.stdout.splitlines()[1] not in {"host", ""}
    assert result.returncode == 5
    assert machine.run(program=shell).returncode == 1
