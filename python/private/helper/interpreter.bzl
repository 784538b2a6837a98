"""The interpreter of the Python toolchain, in which back ends run, or the host's interpreter that the toolchain means.

Phase: analysis.
In: the Python toolchain. Out: an executable, its files, its version. The helper has another: `helper_interpreter.bzl`.
"""

load("@reprowheel_host//:fingerprint.bzl", "FINGERPRINT", "PYTHON", "PYTHON_VERSION")
load("//python/private/host:platform_tag.bzl", "PlatformTagInfo")
load("//python/private/host:wheel_name.bzl", "interpreter_tag")
load("//python/private/spec:pythons.bzl", "old_python_error")

visibility(["//python/...", "//tests/starlark/..."])

PYTHON_TOOLCHAIN = "@rules_python//python:toolchain_type"

# Scripts of rules_python and Bazel that look for `python3` on PATH when they run. Their answer would not be in the cache key. So
# the interpreter that the host repository has found is used instead: it is in the key.
_PATH_WRAPPERS = ["py3wrapper.sh", "py3wrapper_nonstrict.sh", "runtime_env_toolchain_interpreter.sh"]

def _version(info):
    return "{}.{}".format(info.major, info.minor) if info else ""

def find_interpreter(ctx):
    """Finds the interpreter of the Python toolchain.

    Args:
      ctx: rule context with `PYTHON_TOOLCHAIN` among its toolchains.

    Returns:
      (struct) `executable` (File or str), `files` (depset), `host_path` (str, empty for an interpreter that is an
      input), `version` (str, empty if the toolchain does not say).
    """
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN].py3_runtime
    if not runtime:
        fail("{}: the Python toolchain has no Python 3 runtime; expected one.".format(ctx.label))
    return runtime_interpreter(runtime)

def runtime_interpreter(runtime):
    """Gives the interpreter of a runtime.

    Args:
      runtime: (PyRuntimeInfo) a Python 3 runtime.

    Returns:
      (struct) as `find_interpreter`.
    """
    if runtime.interpreter and runtime.interpreter.basename not in _PATH_WRAPPERS:
        return struct(
            executable = runtime.interpreter,
            files = depset([runtime.interpreter], transitive = [runtime.files] if runtime.files else []),
            host_path = "",
            version = _version(getattr(runtime, "interpreter_version_info", None)),
        )
    path = PYTHON if runtime.interpreter else runtime.interpreter_path
    return struct(
        executable = path,
        files = depset(),
        host_path = path,
        version = PYTHON_VERSION if path == PYTHON else _version(getattr(runtime, "interpreter_version_info", None)),
    )

def toolchain_version(ctx):
    """Gives the version of the Python toolchain.

    Args:
      ctx: rule context with `PYTHON_TOOLCHAIN` among its toolchains, which need not be there.

    Returns:
      (str) such as `3.12`; empty if there is no toolchain, or if it does not say.
    """
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
    return runtime_interpreter(toolchain.py3_runtime).version if toolchain and toolchain.py3_runtime else ""

def find_tag(ctx, interpreter, python_version):
    """Gives the tag that a wheel's file has before it is built.

    Args:
      ctx: rule context with `PYTHON_TOOLCHAIN` among its toolchains and `_platform`.
      interpreter: (struct) of `find_interpreter`.
      python_version: (str) version that the hub was made for; used if the toolchain does not say one.

    Returns:
      (str) see `interpreter_tag`.
    """
    if interpreter.host_path == PYTHON:
        host = json.decode(FINGERPRINT[PYTHON][0]["stdout"])
        version = "{}.{}".format(host["version"][0], host["version"][1])
        return interpreter_tag(host["implementation"], version, host["abiflags"], host["platform"])
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN].py3_runtime
    return interpreter_tag(
        getattr(runtime, "implementation_name", None) or "cpython",
        interpreter.version or ".".join(python_version.split(".")[:2]),
        getattr(runtime, "abi_flags", None) or "",
        ctx.attr._platform[PlatformTagInfo].tag,
    )

def version_error(wanted, found):
    """Compares the Python version that a hub was locked for with that of the toolchain, which must not be too old.

    Args:
      wanted: (str) such as `3.12`, empty for any.
      found: (str) the same of the toolchain, empty if it does not say.

    Returns:
      (str) a message, or empty.
    """
    if not wanted or not found or wanted == found:
        return old_python_error(found)
    return ("the Python toolchain is {found}; expected {wanted}, for which the hub was made. " +
            "To fix: pip.parse(python_version = \"{found}\"), or a toolchain of Python {wanted}.").format(
        found = found,
        wanted = wanted,
    )
