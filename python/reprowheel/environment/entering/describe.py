"""Prints as JSON what an interpreter is: its version, its paths, and what its markers and wheel tags are made of."""

# mypy: ignore-errors

import json
import os
import platform
import sys
import sysconfig

OLDEST = (3, 9)
"""The oldest version that is supported; of one before it, only the version is told."""


def libc():
    """Return the C library as `confstr` names it, such as `glibc 2.36`; nothing if it is another one."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return ""


def full_version(info):
    """Return a version as PEP 508 writes that of an implementation."""
    version = ".".join(map(str, info[:3]))
    return version if info[3] == "final" else version + info[3][0] + str(info[4])


def markers():
    """Return the environment of PEP 508."""
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": full_version(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def description():
    """Return everything."""
    var, base, lib = sysconfig.get_config_var, sys.base_prefix, os.path.dirname(sysconfig.__file__)
    split = os.path.isdir(os.path.join(lib, "..", "lib-dynload"))
    return {
        "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
        "prefix": base,
        "exec_prefix": sys.base_exec_prefix,
        "stdlib": sysconfig.get_path("stdlib", vars={"base": base, "installed_base": base}),
        "platstdlib": os.path.dirname(lib if split else os.__file__),
        "include": sysconfig.get_path("include"),
        "platinclude": sysconfig.get_path("platinclude"),
        "libdir": var("LIBDIR") or "",
        "ldlibrary": var("LDLIBRARY") or "",
        "instsoname": var("INSTSONAME") or "",
        "platlibdir": sys.platlibdir,
        "name": "python" + ".".join(map(str, sys.version_info[:2])) + getattr(sys, "abiflags", ""),
        "version": platform.python_version(),
        "implementation": sys.implementation.name,
        "cache_tag": sys.implementation.cache_tag,
        "soabi": var("SOABI") or "",
        "platform": sysconfig.get_platform(),
        "data_name": sysconfig._get_sysconfigdata_name(),  # noqa: SLF001 - nothing public has it
        "built_prefix": var("prefix"),
        "free_threaded": bool(var("Py_GIL_DISABLED")),
        "debug": bool(var("Py_DEBUG")),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "libc": libc(),
        "macos": platform.mac_ver()[0],
        "markers": markers(),
    }


if sys.version_info < OLDEST or sys.implementation.name != "cpython":
    print(json.dumps({"unsupported": platform.python_implementation() + " " + platform.python_version()}))
else:
    print(json.dumps(description()))
