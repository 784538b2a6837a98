"""The commands whose answers identify the tools of the host.

Phase: repository (constants).
In: nothing. Out: commands. The helper runs the same commands again before each build, and compares the answers.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The keys are sorted, so that equal interpreters print equal texts. `sys.version` identifies the build of the interpreter.
INTERPRETER_SCRIPT = """\
import json, os, platform, sys, sysconfig
var = sysconfig.get_config_var
libc = platform.libc_ver()
musl = "musl" in (var("SOABI") or "") or "musl" in (var("HOST_GNU_TYPE") or "")
numbers = [int(n) for n in libc[1].split(".")[:2]] if libc[0] == "glibc" else [1, 2]
mac = [int(n) for n in (platform.mac_ver()[0] or "0.0").split(".")[:2]]
names = ("CC", "CXX", "CFLAGS", "OPT", "CCSHARED", "LDSHARED", "LDFLAGS", "AR", "ARFLAGS", "EXT_SUFFIX", "SOABI",
         "Py_DEBUG", "Py_GIL_DISABLED", "INCLUDEPY", "LIBDIR", "LDLIBRARY")
implementation = sys.implementation
version = "%d.%d.%d" % implementation.version[:3]
if implementation.version[3] != "final":
    version += implementation.version[3][0] + str(implementation.version[4])
print(json.dumps({
    "abiflags": getattr(sys, "abiflags", ""),
    "cache_tag": implementation.cache_tag,
    "environment": {
        "implementation_name": implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": "",
        "platform_system": platform.system(),
        "platform_version": "",
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
    "implementation": implementation.name,
    "libc": "musl" if musl else libc[0],
    "libc_version": numbers,
    "machine": platform.machine().lower(),
    "macos_version": (mac + [0, 0])[:2],
    "platform": sysconfig.get_platform(),
    "sys_version": sys.version,
    "sysconfig": {name: var(name) for name in names},
    "system": platform.system().lower(),
    "version": list(sys.version_info[:2]),
}, sort_keys=True))
"""

BASE_EXECUTABLE_SCRIPT = "import sys; print(getattr(sys, '_base_executable', None) or sys.executable)"

# What every Python of ours is started with, besides options of its own: names and texts do not depend on the locale (PEP 540).
UTF8_MODE = ["-X", "utf8"]

INTERPRETER_COMMANDS = [["-I", "-B"] + UTF8_MODE + ["-c", INTERPRETER_SCRIPT]]

COMPILERS = ["gcc", "g++", "cc", "c++", "clang", "clang++", "cpp"]

COMPILER_COMMANDS = [
    ["--version"],
    ["-dumpmachine"],
    ["-dumpspecs"],
    ["-print-prog-name=ld"],
    ["-print-prog-name=as"],
    ["-print-sysroot"],
]

BINUTILS = ["ar", "as", "ld", "ld.bfd", "ld.gold", "ld.lld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"]

# The C library's own program: its first line names the library's package version.
LIBC = ["ldd"]

VERSION_COMMANDS = [["--version"]]

# Tools that a build uses although no toolchain names them: the compiler's assembler, headers and stubs of the C library.
IMPLIED_TOOLS = ["as", "ldd"]

# Folders in which tools are searched, besides PATH.
SYSTEM_FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"]

# PATH of every action.
ACTION_FOLDERS = ["/bin", "/usr/bin"]

# All variables that the helper and what it runs see, in an action as in the repository phase. The helper makes the
# environment of a build from nothing.
ACTION_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "PATH": ":".join(ACTION_FOLDERS),
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}

# The environment in which a tool is asked. Its answer is then in English, and in UTF-8.
ENGLISH = {name: ACTION_ENVIRONMENT[name] for name in ["LC_ALL", "PYTHONUTF8"]}

# The environment of the commands above. The helper uses the same variables when it repeats them.
PROBE_ENVIRONMENT = ENGLISH | {"PATH": ACTION_ENVIRONMENT["PATH"]}
