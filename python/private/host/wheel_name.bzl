"""Chooses the file name of a wheel before it is built: Bazel must know the names of outputs.

Phase: analysis.
In: the distribution, the interpreter that builds it. Out: a file name after PEP 427.
"""

load("//python/private/spec:names.bzl", "file_name_part")

visibility(["//python/...", "//tests/starlark/..."])

_SHORT = {"cpython": "cp", "pypy": "pp"}

def _escaped(text):
    return text.replace("-", "_").replace(".", "_").replace(" ", "_")

def interpreter_tag(implementation, version, abi_flags, platform):
    """Gives the narrowest tag of an interpreter. A wheel that it builds works with it, whatever tag the build chooses.

    Args:
      implementation: (str) such as `cpython`.
      version: (str) such as `3.12`; empty if it is not known.
      abi_flags: (str) such as `t`.
      platform: (str) as `sysconfig.get_platform()` has it.

    Returns:
      (str) such as `cp312-cp312-linux_x86_64`. If the version is unknown, the tag fits no interpreter.
    """
    python = _SHORT.get(implementation, implementation) + version.replace(".", "")
    abi = python + abi_flags if implementation == "cpython" else "none"
    if not version:
        python, abi = python + "3", "none"
    return "{}-{}-{}".format(python, abi, _escaped(platform))

def wheel_file_name(distribution, version, tag):
    """Gives the name.

    Args:
      distribution: (str) the distribution's name.
      version: (str) its version.
      tag: (str) see `interpreter_tag`.

    Returns:
      (str) the name.
    """
    return "{}-{}-{}.whl".format(file_name_part(distribution), version.replace("-", "_"), tag)
