"""The host's interpreter for the helper: the host's python3, or a newer one beside it.

Phase: repository.
In: REPROWHEEL_HELPER_PYTHON (an absolute path), PATH. Out: a path and what the interpreter says of itself.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Minor versions of the Pythons that the helper runs with, newest first.
HELPER_MINORS = [15, 14, 13, 12, 11]

HELPER_VARIABLE = "REPROWHEEL_HELPER_PYTHON"

NO_HELPER_ERROR = (
    "the helper of rules_reprowheel needs CPython 3.{} or newer where actions run; the Python toolchains have none, and nor has " +
    "PATH. To fix: put python3.{} or newer on PATH, or add to .bazelrc: common --repo_env={}=/path/of/python3.{}"
).format(HELPER_MINORS[-1], HELPER_MINORS[-1], HELPER_VARIABLE, HELPER_MINORS[-1])

def runs_helper(implementation, version):
    """Says whether the helper runs with an interpreter.

    Args:
      implementation: (str) such as `cpython`.
      version: (str) such as `3.12`; empty if it is not known.

    Returns:
      (bool) whether it does; False if that is not known.
    """
    parts = version.split(".")
    if implementation != "cpython" or len(parts) < 2 or not parts[0].isdigit() or not parts[1].isdigit():
        return False
    return [int(parts[0]), int(parts[1])] >= [3, HELPER_MINORS[-1]]

def named_error(path, said):
    """Says that the interpreter that REPROWHEEL_HELPER_PYTHON names cannot be used.

    Args:
      path: (str) what it names.
      said: (str) what is wrong with it.

    Returns:
      (str) the message.
    """
    return "@reprowheel_host: {}={} {}; expected the absolute path of a CPython 3.{} or newer.".format(
        HELPER_VARIABLE,
        path,
        said,
        HELPER_MINORS[-1],
    )

def _facts(answers):
    return json.decode(answers[0]["stdout"]) if answers else None

def _fits(interpreter):
    return interpreter != None and runs_helper(interpreter["implementation"], interpreter["environment"]["python_version"])

def find_helper_python(rctx, own, resolve, ask):
    """Finds the host's interpreter for the helper.

    Args:
      rctx: the repository context.
      own: (struct) the host's python3: `path`, `answers`.
      resolve: (function) from a program to the path of the interpreter itself, or None if it does not run.
      ask: (function) from a path to its answers.

    Returns:
      (struct) `path`, `answers`: as `own`; None if the host has none. `error`: message or empty.
    """
    named = rctx.getenv(HELPER_VARIABLE) or ""
    if named:
        path = resolve(named) if named.startswith("/") else None
        if not path:
            return struct(answers = [], error = named_error(named, "does not run"), path = None)
        answers = ask(path)
        if not _fits(_facts(answers)):
            said = "is Python {}".format(_facts(answers)["environment"]["python_version"]) if answers else "does not run"
            return struct(answers = [], error = named_error(named, said), path = None)
        return struct(answers = answers, error = "", path = path)
    if _fits(_facts(own.answers)):
        return struct(answers = own.answers, error = "", path = own.path)
    for minor in HELPER_MINORS:
        program = rctx.which("python3.{}".format(minor))
        path = resolve(program) if program else None
        answers = ask(path) if path else []
        if _fits(_facts(answers)):
            return struct(answers = answers, error = "", path = path)
    return struct(answers = [], error = "", path = None)
