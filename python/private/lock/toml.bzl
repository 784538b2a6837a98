"""Reads a TOML lock: by the host's Python, because Starlark has no TOML and Python has.

Phase: module extension or repository.
In: a file. Out: its content as Starlark values; what is a date there is a text here.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Names under which a Python with tomllib may be found, the usual one first.
PYTHONS = ["python3", "python"] + ["python3.{}".format(minor) for minor in range(15, 10, -1)]

_NO_TOMLLIB = 10
_NOT_TOML = 11

SCRIPT = """\
import json, sys
try:
    import tomllib
except ImportError:
    sys.exit({no_tomllib})
try:
    with open(sys.argv[1], "rb") as file:
        content = tomllib.load(file)
except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
    print(error)
    sys.exit({not_toml})
json.dump(content, sys.stdout, default=str)
""".format(no_tomllib = _NO_TOMLLIB, not_toml = _NOT_TOML)

def no_python_error(where, tried):
    """Words the error for a host without a Python that can read TOML.

    Args:
      where: (str) the lock.
      tried: (list[str]) interpreters that are too old.

    Returns:
      (str) the message.
    """
    return ("{}: is read by the host's Python, which must be 3.11 or newer (module tomllib); found {}. To fix: install one, " +
            "or export the lock as requirements.txt.").format(where, ", ".join(tried) or "none on PATH")

def read_toml(xctx, path, where):
    """Reads a TOML file.

    Args:
      xctx: (module_ctx or repository_ctx) what runs Python.
      path: (path) the file.
      where: (str) its name for messages.

    Returns:
      (struct) `content`: dict; `error`: text or empty.
    """
    tried = []
    for name in PYTHONS:
        python = xctx.which(name)
        if not python or str(python) in tried:
            continue
        run = xctx.execute([python, "-I", "-B", "-c", SCRIPT, path], environment = {"LC_ALL": "C.UTF-8"})
        if run.return_code == _NOT_TOML:
            return struct(content = {}, error = "{}: is not TOML: {}.".format(where, run.stdout.strip()))
        if run.return_code == 0:
            return struct(content = json.decode(run.stdout), error = "")
        tried.append(str(python))
    return struct(content = {}, error = no_python_error(where, tried))
