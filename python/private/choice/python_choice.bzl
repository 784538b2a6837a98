"""Which Python version a hub is for, where `python_version` does not say it.

Phase: module extension, or repository (WORKSPACE).
In: a tag, pyproject.toml files, a named interpreter. Out: a version.
"""

load("//python/private/host:probe.bzl", "ENGLISH", "UTF8_MODE")
load("//python/private/lock:toml.bzl", "read_toml")
load("//python/private/spec:names.bzl", "lock_label")

visibility(["//python/...", "//tests/starlark/..."])

_VERSION_SCRIPT = "import sys; print('%d.%d.%d' % sys.version_info[:3])"

def exact_version(requires_python):
    """Reads `requires-python` of a pyproject.toml, as rules_python does: it must name one version.

    Args:
      requires_python: (str) such as `==3.13.2`.

    Returns:
      (str) such as `3.13.2`; empty if it is anything else.
    """
    version = requires_python.strip().removeprefix("==").strip()
    parts = version.split(".")
    exact = requires_python.strip().startswith("==") and len(parts) in [2, 3] and not [part for part in parts if not part.isdigit()]
    return version if exact else ""

def _of_pyproject(xctx, label, place):
    """Reads the version out of a pyproject.toml. Returns (version, error)."""
    where = lock_label(label)
    if not xctx.path(label).exists:
        return "", "{}: pyproject_toml: {}: no such file; expected it, or python_version instead.".format(place, where)
    read = read_toml(xctx, xctx.path(label), {"extras": [], "groups": [], "kind": "pyproject", "where": where})
    if hasattr(xctx, "watch"):
        xctx.watch(label)
    if read.error:
        return "", read.error
    version = exact_version(read.requires_python)
    if not version:
        return "", "{}: requires-python is '{}'; expected one version, such as ==3.13.2. To fix: write that, or python_version instead of pyproject_toml.".format(
            where,
            read.requires_python,
        )
    return version, ""

def _of_interpreter(xctx, tag, where):
    """Asks the interpreter that a tag names. Returns (version, error)."""
    if tag.python_interpreter_target:
        python = xctx.path(tag.python_interpreter_target)
    else:
        name = tag.python_interpreter
        python = xctx.path(name) if "/" in name else xctx.which(name)
        if not python or not python.exists:
            return "", "{}: python_interpreter '{}' is not there; expected a program on PATH, or an absolute path.".format(where, name)
    run = xctx.execute([python, "-I"] + UTF8_MODE + ["-c", _VERSION_SCRIPT], environment = ENGLISH)
    if run.return_code != 0:
        return "", "{}: {} does not run ({}); expected a working Python 3.".format(where, python, (run.stderr.strip().split("\n"))[-1])
    return run.stdout.strip(), ""

def choose_python(xctx, tag, where, pyproject_toml = None):
    """Says which Python version a tag is for: `python_version`, else `pyproject_toml`, else that of the interpreter it names.

    Args:
      xctx: (module_ctx or repository_ctx) what reads and runs.
      tag: (struct) with the attributes of `pip.parse`.
      where: (str) the tag, for messages.
      pyproject_toml: (Label) that of `pip.default`.

    Returns:
      (struct) `version`: empty for the host's; `error`: message or empty.
    """
    version, error = tag.python_version, ""
    label = tag.pyproject_toml or pyproject_toml
    if not version and label:
        version, error = _of_pyproject(xctx, label, where)
    elif not version and (tag.python_interpreter_target or tag.python_interpreter):
        version, error = _of_interpreter(xctx, tag, where)
    return struct(error = error, version = version)

def with_python(tag, version, place):
    """Gives a tag with another Python version, and with its place for messages.

    Args:
      tag: (struct) with the attributes of `pip.parse`.
      version: (str) the version.
      place: (str) such as `MODULE.bazel: pip.parse(hub_name = "pypi")`.

    Returns:
      (struct) a tag with the same attributes, but for that, and `place`.
    """
    return struct(**({name: getattr(tag, name) for name in dir(tag) if name not in ["to_json", "to_proto"]} | {"place": place, "python_version": version}))
