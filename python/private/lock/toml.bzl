"""Reads a TOML lock: by the host's Python, because Starlark has no TOML and Python has.

Phase: module extension or repository.
In: a file. Out: its distributions, as `python/reprowheel/requirements/tables` reads it, here and in the helper.
"""

load("//python/private/host:helper_python.bzl", "HELPER_MINORS", "HELPER_VARIABLE")
load("//python/private/host:probe.bzl", "ENGLISH", "UTF8_MODE")
load(":locked.bzl", "locked_distribution", "locked_file", "parsed_lock")
load(":requirements_source.bzl", "commit_error")

visibility(["//python/...", "//tests/starlark/..."])

# Names under which a Python with tomllib may be found, the usual one first.
PYTHONS = ["python3", "python"] + ["python3.{}".format(minor) for minor in HELPER_MINORS]

# The files of the reader, which need nothing but the standard library.
READER = [
    "__init__.py",
    "__main__.py",
    "choices.py",
    "graph.py",
    "lock.py",
    "marker.py",
    "names.py",
    "pylock.py",
    "read.py",
    "table.py",
    "uv.py",
]

# The reader is run as a package of its own: what is around it needs packages that the host may not have.
SCRIPT = """\
import runpy, sys
if sys.version_info < (3, 11):
    sys.exit("too old")
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("tables", run_name="__main__", alter_sys=True)
"""

def _instead(kind):
    return "write python_version instead" if kind == "pyproject" else "export the lock as requirements.txt"

def no_python_error(where, tried, kind = ""):
    """Words the error for a host without a Python that can read TOML.

    Args:
      where: (str) the lock.
      tried: (list[str]) interpreters that are too old.
      kind: (str) `pyproject` for a pyproject.toml.

    Returns:
      (str) the message.
    """
    return ("{}: is read by the host's Python, which must be 3.11 or newer (module tomllib); found {}. To fix: install one, " +
            "name one with --repo_env={}=/path/of/python3.11, or {}.").format(
        where,
        ", ".join(tried) or "none on PATH",
        HELPER_VARIABLE,
        _instead(kind),
    )

def reader_failed_error(where, python, stderr):
    """Words the error for a lock with which the reader itself fails.

    Args:
      where: (str) the lock.
      python: (str) the interpreter, which is new enough.
      stderr: (str) what it printed: a traceback.

    Returns:
      (str) the message.
    """
    reason = stderr.strip().split("\n")[-1]
    return "{}: cannot be read by {} ({}). To fix: write the lock again, or export it as requirements.txt.".format(where, python, reason)

def _reader_folder(xctx):
    """Finds the folder that has the package `tables`; a change of a file in it reads the lock again."""
    folder = xctx.path(Label("//python:reprowheel/requirements/tables/__main__.py")).dirname
    for name in READER if hasattr(xctx, "watch") else []:
        xctx.watch(folder.get_child(name))
    return folder.dirname

def _entries(found):
    return [locked_distribution(**(entry | {"files": [locked_file(**file) for file in entry["files"]]})) for entry in found]

def _parsed(answer, is_uv):
    """Makes of the reader's answer what every parser of a lock returns."""
    error = answer.get("error")
    if error and error["moving"]:
        return parsed_lock(error = "{}: {}".format(error["message"], commit_error(**error["moving"])))
    if error:
        return parsed_lock(error = "{}. To fix: {}.".format(error["message"], error["tip"]))
    entries = _entries(answer["entries"])
    known = entries + _entries(answer["more"])
    return parsed_lock(
        choices = {name: [known[number] for number in numbers] for name, numbers in answer["choices"].items()},
        entries = entries,
        environments = answer["environments"],
        exact_edges = is_uv,
        index_url = answer["index_url"],
        requires_python = answer["requires_python"],
    )

def read_toml(xctx, path, request):
    """Reads a lock in TOML.

    Args:
      xctx: (module_ctx or repository_ctx) what runs Python.
      path: (path) the file.
      request: (dict) `kind`: `uv`, `pylock`, or `pyproject` for `requires_python` of a pyproject.toml; `where`: its name for messages,
        and what paths in it are relative to; `extras`: list of str; `groups`: list of str, or None for those the lock names as
        default; `choices`: list of str.

    Returns:
      (struct) from `parsed_lock`.
    """
    folder = _reader_folder(xctx)
    tried = []
    for python in [xctx.getenv(HELPER_VARIABLE)] + [xctx.which(name) for name in PYTHONS]:
        if not python or str(python) in tried:
            continue
        command = [python, "-I", "-S", "-B"] + UTF8_MODE + ["-c", SCRIPT, folder, path, json.encode(request)]
        run = xctx.execute(command, environment = ENGLISH)
        if run.return_code == 0:
            return _parsed(json.decode(run.stdout), request["kind"] == "uv")
        if "Traceback" in run.stderr:
            return parsed_lock(error = reader_failed_error(request["where"], python, run.stderr))
        tried.append(str(python))
    return parsed_lock(error = no_python_error(request["where"], tried, request.get("kind", "")))
