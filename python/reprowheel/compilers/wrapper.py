"""The compiler driver that a build sees: makes output independent of path, time and CPU.

See docs/decisions.md, "Compiler wrappers". It runs as a program of its own: `compilers.wrappers` writes a copy that ends with
a call of `main` with the configuration. So that it starts fast, it imports nothing but `os` and `sys`, and runs without `site`.

argv: MODE (`cc` or `c++`) and the caller's arguments. The config has these keys:

- `driver`: {mode: [argv prefix]}
- `flags`: {`c`, `cxx`, `link_shared`, `link_executable`: [flag]}
- `cxx_libraries`: [flag], if the C++ driver is in truth a C driver
- `maps`: [[path, canonical path]]
- `root`: the workspace
- `macros`: [flag]
- `gnu`: whether the compiler understands GCC's own flags
- `zig`: {`library`: Zig's folder, `descriptor`: the file descriptor through which Zig sees it}, or nothing
- `baseline`: {`-march`: value, …}
- `headers`: the folder of records of headers that compilers read (for `checks.headers`), or nothing

Exit code: the compiler's.
"""

# mypy: ignore-errors
# Copied into builds and run there by any interpreter: so it is plain code without annotations.

import os
import sys

CXX_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp", ".mm", ".ii")
SOURCE_SUFFIXES = (".c", ".i", ".m", ".s", ".S", ".sx", ".f", ".f90", ".f95", ".f03", ".F", ".F90", *CXX_SUFFIXES)
CXX_HEADER_SUFFIXES = (".hh", ".H", ".hp", ".hxx", ".hpp", ".HPP", ".h++", ".tcc")
HEADER_SUFFIXES = (".h", *CXX_HEADER_SUFFIXES)
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
        # Objects for link-time optimization have the unmapped working directory in compressed streams; GCC takes it from $PWD.
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
    """Make the compiler record the headers that it reads, without a change of its output.

    GCC and clang do so if an environment variable is set. GCC's variable does not work if the caller wants a dependency file,
    too. If this file is complete, it is copied; else the preprocessor runs once more to find the headers.

    Returns (the caller's dependency file to copy when the compiler is done, or "", the record to copy it to).
    """
    words = expand(given)
    wanted = [word for word in words if word in DEPENDENCIES or word.startswith("-Wp,-M")]
    wanted += _DEPENDENCY_VARIABLES.intersection(os.environ)
    inputs = _inputs(words)
    headers = _headers(words)
    if ONLY_DEPENDENCIES.intersection(words) or not any(_is_source(i) or i in headers for i in inputs):
        return "", ""
    complete = not wanted or set(wanted) == {"-MD"}
    lists = complete and not config["gnu"]
    record = f"{config['headers']}/{os.getpid()}" + (".list" if lists else "")
    with open(record, "a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"# {os.getcwd()}\n")
        for header in headers:  # compilers do not write down the inputs themselves
            file.write((header if lists else _escaped(header)) + "\n")
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


def _escaped(path):
    """Return a path as a dependency file has it."""
    return path.replace("$", "$$").replace(" ", "\\ ").replace("#", "\\#")


def _without_outputs(words):
    """Return the arguments without those that name output files."""
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
    """Append a compiler's dependency file to the record, if the compiler has written one."""
    if os.path.isfile(source):
        with open(source, "rb") as file, open(record, "ab") as target:
            target.write(file.read() + b"\n")


def _run(command, *, quiet=False):
    """Run a command and return its exit code; if a signal ends it, end this process by the same signal."""
    actions = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)] if quiet else []
    status = os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=actions), 0)[1]
    if os.WIFSIGNALED(status) and not quiet:
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


def _mapped(path, maps):
    """Return the path that the compiler writes in place of `path`: the last map that matches is used."""
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
    inputs, headers = _inputs(given), _headers(given)
    linking = not NOT_LINKING.intersection(given) and len(headers) < len(inputs)
    if config["zig"]:
        passed = _for_zig(passed)
    if not inputs:
        return passed
    sources = [i for i in inputs if _is_source(i) or i in headers]
    flags, ours = config["flags"], []
    before, after = [], []
    if sources:
        cxx = mode == "c++" or any(i.endswith(CXX_SUFFIXES) or headers.get(i) for i in sources)
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
    """Return those macro definitions whose names are not among the arguments."""
    defined = {flag.partition("=")[0] for flag in given}
    return [macro for macro in macros if macro.partition("=")[0] not in defined]


def prefix_maps(maps):
    """Return compiler flags for pairs of (path, canonical path)."""
    return [f"-ffile-prefix-map={path}={canonical}" for path, canonical in maps]


def _relative(given, root):
    """Make paths of sources and header folders in the workspace relative, because GCC hashes their unmapped names."""
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
    """Replace `@file` arguments by the content of the files, with quoting as GCC documents it."""
    result = []
    for arg in given:
        if not (arg.startswith("@") and os.path.isfile(arg[1:])):
            result.append(arg)
            continue
        with open(arg[1:], encoding="utf-8", errors="surrogateescape") as file:
            result += expand(_split(file.read()))
    return result


def _split(text):
    """Split the text of a response file at white space; quotes group words, a backslash escapes the next character."""
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


def _is_source(path):
    return path.endswith(SOURCE_SUFFIXES) or path == "-"


def _headers(given):
    """Return the inputs that are compiled as headers: path → whether as C++. The compiler makes a precompiled header of each.

    `-x c++-header` says so for all inputs that follow it, another `-x` ends that; else the suffix of the file decides.
    """
    found, language, option = {}, "", ""
    for arg in given:
        if option:
            language, option = (arg if option == "-x" else language), ""
        elif arg in WITH_VALUE:
            option = arg
        elif arg.startswith("-x"):
            language = arg[2:]
        elif arg == "-" or not arg.startswith("-"):
            if language in ("", "none"):
                if arg.endswith(HEADER_SUFFIXES):
                    found[arg] = arg.endswith(CXX_HEADER_SUFFIXES)
            elif language.endswith("-header"):
                found[arg] = "++" in language
    return found


def _portable(given, baseline):
    """Replace `-march=native` and the like by the declared baseline.

    Returns (the arguments for the compiler, all arguments expanded). In the first, a response file is expanded only if it has
    such a flag.
    """
    passed, words = [], []
    for arg in given:
        found = expand([arg])
        portable = [f"{w[:-7]}={baseline[w[:-7]]}" if w[-7:] == "=native" and w[:-7] in baseline else w for w in found]
        passed += [arg] if portable == found else portable
        words += portable
    return passed, words


def _hold(library, descriptor):
    """Make Zig see its own folder and the working directory under paths that are the same on every machine.

    Zig compiles parts of itself, such as the C++ library. Their debug information has both paths, and flags cannot change it.
    """
    os.dup2(os.open(library, os.O_RDONLY | os.O_DIRECTORY), descriptor)
    os.environ.update(ZIG_LIB_DIR=f"/proc/self/fd/{descriptor}", PWD=_HERE)


def _for_zig(words):
    """Translate arguments for Zig's driver.

    Zig has underscores in the names of CPUs. It takes `-mtune` for a choice of the CPU, and refuses
    `-Wl,-Bsymbolic-functions`; both only ask for speed and are dropped.
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
    """Return a random seed for GCC that depends on the translation unit, but not on the place of the workspace.

    GCC takes any text. This one consists of the working directory, the inputs and the output. It is visible in debug
    information.
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
