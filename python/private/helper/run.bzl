"""Runs the helper in a repository rule: as in an action, but with an interpreter of the host. The environment is made from nothing.

Phase: repository.
In: a verb with its arguments. Out: what the helper printed.
"""

load("//python/private/host:helper_python.bzl", "NO_HELPER_ERROR")
load("//python/private/host:probe.bzl", "ACTION_ENVIRONMENT", "UTF8_MODE")
load("//python/private/spec:platforms.bzl", "host_platform")

visibility(["//python/...", "//tests/starlark/..."])

# Time limit of a build. Bazel's default of ten minutes is too short for large packages.
FETCH_PHASE_SECONDS = 24 * 3600

def shared_facts(rctx):
    """Reads the facts that all repositories share: the host's interpreter, its compilers, the helper.

    Args:
      rctx: the repository context.

    Returns:
      (struct) `python`, `python_version`: in which back ends run; `helper_python`; `platform`, `implied`, `fingerprint` (dict),
      `toolchain` (path), `launcher` (path), `helper_wheels` (list of paths).
    """
    interpreter = json.decode(rctx.read(Label("@reprowheel_host//:interpreter.json")))
    host = json.decode(rctx.read(Label("@reprowheel_host//:host.json")))
    helper = _helper(rctx, host)
    return struct(
        fingerprint = json.decode(rctx.read(Label("@reprowheel_host//:fingerprint.json"))),
        implied = host["implied"],
        platform = host_platform(interpreter["system"], interpreter["machine"], interpreter["libc"]),
        python = host["python"],
        python_version = host["python_version"],
        toolchain = rctx.path(Label("@reprowheel_cc//:toolchain.json")),
        **helper
    )

def _helper(rctx, host):
    if not host["helper"]:
        fail("{}: {}".format(rctx.name, NO_HELPER_ERROR))
    launcher = rctx.path(Label("//python:reprowheel_launch.py"))
    if hasattr(rctx, "watch_tree"):
        rctx.watch_tree(launcher.dirname.get_child("reprowheel"))
    folder = rctx.path(Label("@reprowheel_tools//:BUILD.bazel")).dirname
    return {
        "helper_python": host["helper"],
        "helper_wheels": [file for file in sorted(folder.readdir(), key = str) if str(file).endswith(".whl")],
        "launcher": launcher,
    }

def helper_facts(rctx):
    """Reads the facts that a verb of the helper needs if it compiles nothing.

    Args:
      rctx: the repository context.

    Returns:
      (struct) `helper_python`, `launcher` (path), `helper_wheels` (list of paths).
    """
    return struct(**_helper(rctx, json.decode(rctx.read(Label("@reprowheel_host//:host.json")))))

def run_helper_program(rctx, facts, arguments, seconds, variables = {}):
    """Runs one verb of the helper in the repository's folder.

    Args:
      rctx: the repository context.
      facts: (struct) from `shared_facts` or `helper_facts`.
      arguments: (list) verb and arguments.
      seconds: (int) time limit.
      variables: (dict[str, str]) more environment.

    Returns:
      (struct) as `execute` returns.
    """
    environment = ACTION_ENVIRONMENT | variables
    command = ["/usr/bin/env", "-i"]  # without the client's variables, which `execute` would pass on
    command += ["{}={}".format(key, value) for key, value in environment.items()]
    command += [facts.helper_python, "-I", "-B"] + UTF8_MODE + [facts.launcher]
    for wheel in facts.helper_wheels:
        command += ["--wheel", wheel]
    return rctx.execute(command + ["--"] + arguments, quiet = True, timeout = seconds)
