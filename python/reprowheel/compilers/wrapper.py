"""The compiler driver that a build sees: output without place, time and CPU (docs/decisions.md, "Compiler wrappers").

Runs as a stand-alone program: `compilers.toolchain` writes a copy that ends in a call of `main` with the configuration, so a
start costs an interpreter without `site` and nothing else. Standard library only, no imports beyond `os` and `sys`.

argv: MODE (`cc` or `c++`) and the caller's arguments. Config: `driver` {mode: [argv prefix]}, `flags` {`c`, `cxx`,
`link_shared`, `link_executable`: [flag]}, `cxx_libraries` [flag] where the C++ driver is a C driver, `maps` [[path,
canonical path]], `root` the workspace, `macros` [flag], `gnu` whether GCC's own flags are understood, `zig` {`library`: its
folder, `descriptor`: the number under which it sees it} or nothing, `baseline` {`-march`: value, …}, `headers` the folder in
which compilers leave what they read (`checks.headers` reads it), or nothing.
Exit code: the compiler's.
"""

# mypy: ignore-errors
# Copied into a build and run there by whatever interpreter it has: plain code, no imports for annotations' sake.

import os
import sys

CXX_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp", ".mm", ".ii")
SOURCE_SUFFIXES = (".c", ".i", ".m", ".s", ".S", ".sx", ".f", ".f90", ".f95", ".f03", ".F", ".F90", *CXX_SUFFIXES)
_HERE = "/proc/self/cwd"
NOT_LINKING = frozenset(("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"))
ONLY_DEPENDENCIES = frozenset(("-M", "-MM"))
DEPENDENCIES = frozenset(("-MD", "-MMD"))
_DEPENDENCY_VARIABLES = frozenset(("DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES"))
COUNTING = frozenset(("--coverage", "-coverage", "-ftest-coverage", "-fprofile-arcs"))
_OUTPUTS = ("-o", "-MF", "-MT", "-MQ", "-dumpdir", "-dumpbase")
_BEFORE_PATH = ("", "-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros")
WITH_VALUE = frozenset(
    (
        "-o -x -I -L -l -D -U -include -imacros -isystem -iquote -idirafter -iprefix -isysroot -MF -MT -MQ -T -u -z"
        " -Xlinker -Xassembler -Xpreprocessor -Xclang -arch -target -B -aux-info --param -e -h -soname -mllvm"
    ).split()
)


def main(argv, config):
    """Replace this process by the real compiler."""
    mode, given = argv[1], argv[2:]
    command = config["driver"][mode] + command_arguments(mode, given, config)
    if config["gnu"] and any(arg.startswith("-flto") for arg in command):
        # Objects for link-time optimization hold the working directory, unmapped, in compressed streams; GCC takes $PWD.
        os.environ["PWD"] = _HERE
        command.append(f"-ffile-prefix-map={_HERE}={_mapped(os.getcwd(), config['maps'])}")
    try:
        if config["zig"]:
            _hold(**config["zig"])
        if config["headers"]:
            written, record = _watch(mode, given, config)
            if written:
                code = _run(command)
                _append(written, record)
                return code
        os.execv(command[0], command)
    except OSError as e:
        sys.stderr.write(f"{mode}: {command[0]}: {e.strerror}\n")
        return 127


def _watch(mode, given, config):
    """Have the headers that this compiler reads written to a file of its own, in a way that changes no output.

    GCC and clang do so if an environment variable says it. GCC's is of no use where the caller wants dependencies, too:
    those are copied then if they are complete, else found by a run of the preprocessor. Returns the caller's file to copy
    when the compiler is done, or nothing, and where to copy it.
    """
    words = expand(given)
    wanted = [word for word in words if word in DEPENDENCIES or word.startswith("-Wp,-M")]
    wanted += _DEPENDENCY_VARIABLES.intersection(os.environ)
    inputs = _inputs(words)
    if ONLY_DEPENDENCIES.intersection(words) or not any(i.endswith(SOURCE_SUFFIXES) or i == "-" for i in inputs):
        return "", ""
    complete = not wanted or set(wanted) == {"-MD"}
    lists = complete and not config["gnu"]
    record = f"{config['headers']}/{os.getpid()}" + (".list" if lists else "")
    with open(record, "a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"# {os.getcwd()}\n")
    if lists:
        os.environ.update(CC_PRINT_HEADERS="1", CC_PRINT_HEADERS_FILE=record)
    elif not wanted:
        os.environ["SUNPRO_DEPENDENCIES"] = record
    elif complete and "-MF" in words[:-1]:
        return words[len(words) - words[::-1].index("-MF")], record
    elif "-" not in inputs:
        scan = command_arguments(mode, _without_outputs(words), config)
        _run([*config["driver"][mode], *scan, "-M", "-MF", record + ".scan"], quiet=True)
        _append(record + ".scan", record)
    return "", ""


def _without_outputs(words):
    """Drop what says which files a compiler writes."""
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif not (word in NOT_LINKING or word in DEPENDENCIES or word.startswith(("-Wp,-M", "-MF", "-MT", "-MQ", "-o"))):
            kept.append(word)
    return kept


def _append(source, record):
    """Add a compiler's list of dependencies, if it came as far as writing one."""
    if os.path.isfile(source):
        with open(source, "rb") as file, open(record, "ab") as target:
            target.write(file.read() + b"\n")


def _run(command, *, quiet=False):
    """Run a command and return its exit code; a signal that ends it ends this process, too."""
    actions = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)] if quiet else []
    status = os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=actions), 0)[1]
    if os.WIFSIGNALED(status) and not quiet:
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


def _mapped(path, maps):
    """Return what the compiler writes for a path: of the maps that match, the last counts."""
    for prefix, canonical in reversed(maps):
        if path.startswith(prefix):
            return canonical + path[len(prefix) :]
    return path


def command_arguments(mode, given, config):
    """Return the arguments for the real compiler."""
    counting = COUNTING.intersection(given) or any(arg.startswith("-fprofile-generate") for arg in given)
    if counting:
        given = _relative(given, config["root"])
    passed, given = _portable(given, config["baseline"])
    inputs, linking = _inputs(given), not NOT_LINKING.intersection(given)
    if config["zig"]:
        passed = _for_zig(passed)
    if not inputs:
        return passed
    sources = [i for i in inputs if i.endswith(SOURCE_SUFFIXES) or i == "-"]
    flags, ours = config["flags"], []
    before, after = [], []
    if sources:
        cxx = mode == "c++" or any(i.endswith(CXX_SUFFIXES) for i in sources)
        before += flags["cxx" if cxx else "c"]
        ours += undefined(config["macros"], (*before, *given))
    ours += prefix_maps(config["maps"])
    if config["zig"]:
        ours.append(f"-ffile-prefix-map={_HERE}={_mapped(os.getcwd(), config['maps'])}")
    if config["gnu"]:
        ours.append("-frandom-seed=" + _seed(given, config["root"]))
    if linking:
        shared = "-shared" in given
        after += flags["link_shared" if shared else "link_executable"]
        if mode == "c++":
            after += config["cxx_libraries"]
        if not any("--build-id" in arg for arg in given) and "-r" not in given:
            after.append("-Wl,--build-id=sha1")
    return before + passed + ours + after


def undefined(macros, given):
    """Return the definitions of macros that the arguments do not have."""
    defined = {flag.partition("=")[0] for flag in given}
    return [macro for macro in macros if macro.partition("=")[0] not in defined]


def prefix_maps(maps):
    """Return the flags for (path, canonical path)."""
    return [f"-ffile-prefix-map={path}={canonical}" for path, canonical in maps]


def _relative(given, root):
    """Name sources and directories of headers in the workspace from here: GCC hashes their names, unmapped."""
    here = os.getcwd()
    if not here.startswith(root + "/"):
        return given
    up = os.path.relpath(root, here)
    result = []
    for arg in given:
        prefix = next((p for p in _BEFORE_PATH if arg.startswith(f"{p}{root}/")), None)
        output = bool(result) and result[-1] in _OUTPUTS
        result.append(arg if prefix is None or output else f"{prefix}{up}{arg[len(prefix) + len(root) :]}")
    return result


def expand(given):
    """Expand `@file` arguments, so that what is in them is seen; quoting as GCC documents it."""
    result = []
    for arg in given:
        if not (arg.startswith("@") and os.path.isfile(arg[1:])):
            result.append(arg)
            continue
        with open(arg[1:], encoding="utf-8", errors="surrogateescape") as file:
            result += expand(_split(file.read()))
    return result


def _split(text):
    """Split the text of a response file: white space separates, quotes group, a backslash takes the next character."""
    words, word, quote, index, started = [], "", "", 0, False
    while index < len(text):
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            index += 1
            word, started = word + text[index], True
        elif quote:
            if char == quote:
                quote = ""
            else:
                word += char
        elif char in "'\"":
            quote, started = char, True
        elif char.isspace():
            if started:
                words.append(word)
            word, started = "", False
        else:
            word, started = word + char, True
        index += 1
    return [*words, word] if started else words


def _inputs(given):
    """Return the input files among the arguments; `-` alone is standard input."""
    inputs, skip = [], False
    for arg in given:
        if skip:
            skip = False
        elif arg in WITH_VALUE:
            skip = True
        elif arg == "-" or not arg.startswith("-"):
            inputs.append(arg)
    return inputs


def _portable(given, baseline):
    """Turn flags that tie code to the CPU of this machine into the declared baseline.

    Returns what the compiler gets, where response files stay files unless one holds such a flag, and all arguments.
    """
    passed, words = [], []
    for arg in given:
        found = expand([arg])
        portable = [f"{w[:-7]}={baseline[w[:-7]]}" if w[-7:] == "=native" and w[:-7] in baseline else w for w in found]
        passed += [arg] if portable == found else portable
        words += portable
    return passed, words


def _hold(library, descriptor):
    """Have Zig see its own folder under a path that is the same on every machine, and the working directory, too.

    Debug information of what it compiles of itself, such as the C++ library, holds both, and no flag of ours reaches it.
    """
    os.dup2(os.open(library, os.O_RDONLY | os.O_DIRECTORY), descriptor)
    os.environ.update(ZIG_LIB_DIR=f"/proc/self/fd/{descriptor}", PWD=_HERE)


def _for_zig(words):
    """Say what Zig's driver understands.

    It names CPUs with underscores, takes `-mtune` for a choice of the CPU, and refuses what only asks the linker for speed.
    """
    result = []
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in ("-march", "-mcpu") and equals:
            cpu, plus, features = value.partition("+")
            result.append(flag + equals + cpu.replace("-", "_") + plus + features)
        elif flag != "-mtune" and word != "-Wl,-Bsymbolic-functions":
            result.append(word)
    return result


def _seed(given, root):
    """Return a seed that differs from one translation unit to the next and not from one place to the next.

    GCC takes any text; this one names inputs and output, and stands in debug information.
    """
    parts, value = [os.getcwd()], ""
    for arg in given:
        if value:
            parts += [arg] if value == "-o" else []
            value = ""
        elif arg in WITH_VALUE:
            value = arg
        elif arg == "-" or arg[:1] != "-" or arg[:2] == "-o":
            parts.append(arg)
    return ":".join(parts).replace(root, "")
