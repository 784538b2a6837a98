"""Measures before and while a package is built: its place, its interpreter, what its processes see."""

from __future__ import annotations

from mutation import UMASK, Edit, Mutation, one, variable

__all__ = ["PLACE", "PROCESS"]

PLACE = (
    Mutation(
        id="fixed-length",
        measure="the workspace's fixed length",
        edits=(
            Edit("_workspace.py", "for _ in range(room))", "for _ in range(_TOKEN_MIN))"),
            Edit("_workspace.py", "if len(os.fspath(self.root)) != PATH_LENGTH", "if False"),
        ),
        causes=("path-length", "path-cmake-object"),
    ),
    one(
        "prefix-maps",
        "prefix maps",
        "_compiler_wrapper.py",
        'for path, canonical in config["maps"]]',
        "for path, canonical in ()]",
        "path-compressed-debug",
    ),
    one(
        "lto-directory",
        "another name for the working directory in objects for link-time optimization",
        "_compiler_wrapper.py",
        '        os.environ["PWD"] = _HERE\n',
        "",
        "compiler-lto",
    ),
    *(
        one(f"rewrite-{name}", f"rewriting of the path: {what}", "_leaks.py", old, new, *causes)
        for name, what, old, new, causes in (
            (
                "plain",
                "plain",
                "plain = {root.encode(): canonical.encode(), ",
                "plain = {",
                ("path-text", "path-rpath"),
            ),
            (
                "utf16",
                "UTF-16",
                ', root.encode("utf-16-le"): canonical.encode("utf-16-le")}',
                "}",
                ("path-string", "path-text"),
            ),
            (
                "escaped",
                "with escaped slashes",
                "longer = [] if elf else _places(",
                "longer = [] if True else _places(",
                ("path-text",),
            ),
            (
                "mangled",
                "mangled",
                "in_elf if elf else plain | mangled\n",
                "in_elf if elf else plain\n",
                ("path-text",),
            ),
        )
    ),
    Mutation(
        id="prefix-maps-and-rewriting",
        measure="prefix maps and rewriting of the path, which cover for each other where nothing is compressed",
        edits=(
            Edit("_compiler_wrapper.py", 'for path, canonical in config["maps"]]', "for path, canonical in ()]"),
            Edit("_leaks.py", "plain = {root.encode(): canonical.encode(), ", "plain = {"),
        ),
        causes=("path-debug-info", "path-file-macro", "path-archive", "header-paths", "compiler-switches"),
    ),
    one(
        "refuse",
        "refusing what still holds the path",
        "_leaks.py",
        "    needle = workspace.token[:_NEEDLE].encode()\n",
        "    return\n    needle = workspace.token[:_NEEDLE].encode()\n",
        "path-compressed",
        "path-file-name",
    ),
    one(
        "hook-command",
        "the front end's files in the workspace",
        "build.py",
        "command = hook_command(cmd, workspace)",
        "command = list(cmd)",
        "backend-command-line",
    ),
    Mutation(
        id="back-ends",
        measure="fixed build directories, counted temporary names and seeded `random`, which cover for each other",
        edits=(
            Edit("_backends.py", "return (adapter(build, jobs) if adapter else {}) | dict(given)", "return dict(given)"),
            Edit("_neutral.py", '    "tempfile": _patch_tempfile,\n', ""),
            Edit("_neutral.py", '    "random": _patch_random,\n', ""),
        ),
        causes=("backend-meson-python", "backend-scikit-build-core"),
    ),
    one(
        "interpreter-view",
        "the interpreter's view in the workspace",
        "_environment.py",
        "    env = workspace.directory(",
        "    base = Path(interpreter.executable)\n    env = workspace.directory(",
        "interpreter-sysconfig",
        "interpreter-headers",
    ),
    one(
        "interpreter-rpath",
        "sysconfig without `-rpath`",
        "_interpreter.py",
        "-Wl,(?:-rpath|--rpath|-R)(?:=|,)[^\\s'\"]+ ",
        "-Wl,nothing ",
        "interpreter-rpath",
    ),
    one(
        "interpreter-cpu",
        "sysconfig without the CPU of the machine it was built on",
        "_interpreter.py",
        "-m(?:arch|tune|cpu)=[^\\s'\"]+ ",
        "-mnothing ",
        "interpreter-sysconfig",
    ),
    one(
        "interpreter-prefix",
        "sysconfig without the interpreter's prefix",
        "_interpreter.py",
        "    for prefix in prefixes:\n",
        "    for prefix in ():\n",
        "interpreter-sysconfig",
    ),
    one(
        "direct-url",
        "leaving `direct_url.json` out",
        "normalize/wheel.py",
        ', "direct_url.json"})',
        "})",
        "direct-url",
    ),
)

PROCESS = (
    one("listdir", "sorted `os.listdir`", "_neutral.py", "sorted(listdir(path))", "listdir(path)", "order-listing"),
    one(
        "scandir",
        "sorted `os.scandir`",
        "_neutral.py",
        "iter(sorted(real, key=lambda e: e.name))",
        "iter(list(real))",
        "order-listing",
        "order-glob",
    ),
    one("uname", "a fixed `os.uname`", "_neutral.py", "    os.uname = _Call(fixed_uname)\n", "", "env-host"),
    one("host-name", "a fixed host name", "_neutral.py", '    "socket": _patch_socket,\n', "", "env-host"),
    one("cpu-count", "a fixed CPU count", "_neutral.py", "    os.cpu_count = _Call(lambda: _CPUS)\n", "", "env-cpus"),
    one(
        "affinity",
        "fixed allowed CPUs",
        "_neutral.py",
        '    if hasattr(os, "sched_getaffinity"):\n',
        "    if False:\n",
        "env-cpus",
    ),
    one("clock", "the epoch as wall clock", "_neutral.py", "    _fix_clock()\n", "", "time-python"),
    one("datetime", "the epoch in `datetime`", "_neutral.py", '    "datetime": _patch_datetime,\n', "", "time-python"),
    one("random", "seeded `random`", "_neutral.py", '    "random": _patch_random,\n', "", "random-python"),
    one("uuid", "counted `uuid`", "_neutral.py", '    "uuid": _patch_uuid,\n', "", "random-python"),
    one(
        "tarfile", "members without late times in `tarfile`", "_neutral.py", '    "tarfile": _patch_tarfile,\n', "", "time-packed"
    ),
    one(
        "zipfile", "members without late times in `zipfile`", "_neutral.py", '    "zipfile": _patch_zipfile,\n', "", "time-packed"
    ),
    Mutation(
        id="temporary-names",
        measure="counted temporary names and seeded `random`, which `tempfile` uses otherwise",
        edits=(
            Edit("_neutral.py", '    "tempfile": _patch_tempfile,\n', ""),
            Edit("_neutral.py", '    "random": _patch_random,\n', ""),
        ),
        causes=("random-temporary-name", "random-stray-file", "backend-in-tree", "backend-cffi"),
    ),
    one(
        "inherited",
        "an environment made from nothing",
        "_environment.py",
        "variables = _variables(",
        "variables = dict(os.environ) | _variables(",
        "env-flags",
        "env-variables",
        "env-python-path",
    ),
    variable("HOME", '"HOME": directory["home"],', "env-user", "env-user-config"),
    variable("LC_ALL", '"LC_ALL": "C.UTF-8",', "env-locale"),
    Mutation(
        id="variable-LOGNAME",
        measure="a fixed value of LOGNAME and a fixed `getpass.getuser`, which cover for each other",
        edits=(
            Edit("_environment.py", '"LOGNAME": "reprowheel",', '"LOGNAME": os.environ.get("LOGNAME", "reprowheel"),'),
            Edit("_neutral.py", '    "getpass": _patch_getpass,\n', ""),
        ),
        causes=("env-user",),
    ),
    variable("PIP_CONFIG_FILE", '"PIP_CONFIG_FILE": os.devnull,', "env-pip"),
    one("addresses", "programs at fixed addresses", "_isolation.py", "        fix_addresses()\n", "", "random-address"),
    one(
        "variable-PERL",
        "PERL_HASH_SEED and PERL_PERTURB_KEYS",
        "_environment.py",
        '        "PERL_HASH_SEED": "0",\n        "PERL_PERTURB_KEYS": "0",\n',
        "",
        "order-perl",
    ),
    variable("PYTHONHASHSEED", '"PYTHONHASHSEED": "0",', "order-hash-seed", "order-metadata"),
    variable("SOURCE_DATE_EPOCH", '"SOURCE_DATE_EPOCH": str(epoch),', "env-variables"),
    variable("TMPDIR", '"TMPDIR": directory["tmp"],', "random-temporary-name"),
    variable("TZ", '"TZ": "UTC",', "env-time-zone"),
    variable("USER", '"USER": "reprowheel",', "env-user"),
    one(
        "path",
        "PATH with the build's own tools first",
        "_environment.py",
        '"PATH": f"{directory[',
        '"PATH": os.environ["PATH"] + f":{directory[',
        "env-second-python",
    ),
    Mutation(id="umask", measure="umask 022, of the helper and of the build", edits=UMASK, causes=("mode-umask",)),
    Mutation(
        id="epoch-1980",
        measure="an epoch of at least 1980, of the sdist and of the build",
        edits=(
            Edit("build.py", "epoch = max(EPOCH_1980, ", "epoch = max(0, "),
            Edit("_sdist.py", "min(max(epoch, EPOCH_1980), _ZIP_LAST)", "min(epoch, _ZIP_LAST)"),
        ),
        causes=("epoch-before-1980",),
    ),
    one(
        "host-libraries",
        "refusing undeclared host libraries",
        "_host_libraries.py",
        "    for name, files in needed.items():\n",
        "    for name, files in ():\n",
        "env-library",
    ),
    one(
        "deep",
        "deep mode's library",
        "build.py",
        "        variables = deep_variables(workspace, request.toolchain, epoch=epoch)\n",
        "        variables = {}\n",
        "program-date",
        "program-find",
        "program-uname",
        "program-nproc",
        "cpu-probe",
        "random-system",
        "time-of-file",
        "time-tar-packed",
    ),
)
