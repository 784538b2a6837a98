"""Calls of rustc through sccache: what stands in front of it, and what it takes for the compiler.

See docs/decisions.md, "The compiler cache and rustc". It runs inside of builds: `rust.wrappers` writes copies of it, one that
ends with a call of `wrapper.main`, and one that ends with a call of `behind_cache`. The configuration `cache` has these keys:

- `program`: path of sccache
- `variables`: {variable: value} for it
- `compiler`: path of the script that calls `behind_cache`; its name is `rustc`
- `identity`: what tells the compiler and its standard library from others
- `macros`: what else macros of crates can see of the build, such as its time

`behind_cache` takes from the configuration of the wrapper `rustc`, `maps`, `linker`, `root` and `preload`.
"""

# mypy: ignore-errors
# Copied into builds and run there by any interpreter: so it is plain code without annotations.

import hashlib
import json
import os
import sys

PLACE = "/reprowheel-workspace"
"""What sccache sees in place of the workspace."""

CACHED_TYPES = frozenset(("lib", "rlib", "staticlib"))
CACHED_OUTPUTS = frozenset(("dep-info", "metadata", "link"))
UNCACHED = frozenset(("-Z", "-o", "--sysroot", "--print"))
UNCACHED_CODEGEN = frozenset(("save-temps", "split-debuginfo", "llvm-args", "passes"))
_VOLATILE = frozenset(("CARGO_BUILD_JOBS", "CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS", "OLDPWD", "SHLVL", "_"))
_OWN = ("REPROWHEEL_CALL", "REPROWHEEL_CWD", "CARGO_REPROWHEEL_KEY")


def through_cache(words, options, codegen, config):
    """Compile a library by way of sccache.

    :param words: arguments for the compiler, without those that depend on the place of the workspace.
    :returns: the exit code, or `None` if the compiler has to be called without the cache.
    """
    if not _is_cacheable(words, options, codegen):
        return None
    root, here = config["root"], os.getcwd()
    plain = all(_is_plain(value, root) for key, value in options if key == "--extern")
    call = os.path.join(_folder(root, "calls"), str(os.getpid()))
    if os.path.exists(call + ".done"):
        os.unlink(call + ".done")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("SCCACHE_")}
    for name in [name for name in variables if name.startswith("CARGO_")]:  # sccache hashes each of them
        variables[name] = variables[name].replace(root, PLACE)
    variables.update(config["cache"]["variables"])
    variables.update(CARGO_REPROWHEEL_KEY=_key(options, config, plain=plain), REPROWHEEL_CWD=here, REPROWHEEL_CALL=call)
    passed = [config["cache"]["program"], config["cache"]["compiler"], *_without_root(words, root)]
    code = _captured(passed, variables, "/", call)
    if code and not os.path.exists(call + ".done"):
        return None  # the compiler's own messages and exit code count
    with open(call + ".err", encoding="utf-8", errors="surrogateescape") as file:
        _write(2, file.read().replace(PLACE, root))
    stem = _stem(options, codegen)
    _edit(os.path.join(_last(options, "--out-dir"), stem + ".d"), PLACE, root)
    if plain:
        with open(os.path.join(_folder(root, "plain"), "lib" + stem), "w", encoding="utf-8"):
            pass
    return 0


def behind_cache(argv, config):
    """Be the compiler that sccache calls: put the workspace's path back, and take it out of what sccache keeps."""
    root = config["root"]
    words = [word.replace(PLACE, root) for word in argv[1:]]
    call, here = os.environ.get("REPROWHEEL_CALL"), os.environ.get("REPROWHEEL_CWD")
    kept = [name for name in os.environ if name not in _OWN and not name.startswith("SCCACHE_")]
    variables = {name: os.environ[name].replace(PLACE, root) for name in kept}
    if here:
        os.chdir(here)
    if not call or "--crate-name" not in words or "--print" in words:
        os.execve(config["rustc"], [config["rustc"], *words], variables)
    command = [config["rustc"], *words, *("--remap-path-prefix=%s=%s" % tuple(pair) for pair in config["maps"])]
    command.append("-Clinker=" + config["linker"])
    files = "%s.%d" % (call, os.getpid())
    code = _captured(command, {**variables, **config["preload"]}, here, files)
    with open(files + ".err", encoding="utf-8", errors="surrogateescape") as file:
        _write(2, file.read().replace(root, PLACE))
    if code:
        return code
    if "-o" in words:
        _portable_dependencies(words[words.index("-o") + 1], here, root)
        return 0
    folder = words[words.index("--out-dir") + 1]
    extra = next((word.partition("=")[2] for word in words if word.startswith(("extra-filename=", "-Cextra-filename="))), "")
    stem = words[words.index("--crate-name") + 1] + extra
    _edit(os.path.join(folder, stem + ".d"), root, PLACE)
    token = os.path.basename(root).encode()
    if any(_has(os.path.join(folder, "lib" + stem + suffix), token) for suffix in (".rlib", ".rmeta", ".a")):
        with open(call + ".done", "w", encoding="utf-8"):
            return 1  # what has the path of this workspace must not be kept; it is complete all the same
    return 0


def _is_cacheable(words, options, codegen):
    """Return whether sccache keeps the outcome of such a call, and sees all that it depends on."""
    types = {part for key, value in options if key == "--crate-type" for part in value.split(",")}
    outputs = [value.split(",") for key, value in options if key == "--emit"]
    if not types or not types <= CACHED_TYPES or len(outputs) != 1 or not set(outputs[0]) <= CACHED_OUTPUTS:
        return False
    if not {"link", "metadata"}.intersection(outputs[0]) or not {"--crate-name", "--out-dir"} <= set(words):
        return False
    if UNCACHED.intersection(key for key, _ in options) or UNCACHED_CODEGEN.intersection(codegen):
        return False
    return not _last(options, "--target").endswith(".json")


def _is_plain(value, root):
    """Return whether a crate that a call names runs no macro in the compiler, neither its own nor one of those it needs."""
    path = value.partition("=")[2]
    name = os.path.splitext(os.path.basename(path))[0]
    return not path or os.path.exists(os.path.join(_folder(root, "plain"), name))


def _key(options, config, *, plain):
    """Return a digest of what sccache does not look at, and the outcome may depend on."""
    root = config["root"]
    digest = hashlib.sha256()
    parts = [config["cache"]["identity"], os.getcwd().replace(root, PLACE)]
    parts += ["%s=%s" % item for item in sorted(os.environ.items()) if item[0].startswith("RUST")]
    for key, value in options:
        folder = value.partition("=")[2] if value.split("=")[0] in ("native", "all") else value
        if key == "-L" and not value.startswith(("dependency=", "crate=", "framework=")):
            _add_files(digest, folder, lambda name: name.endswith(".a"))
    if not plain:
        parts += [config["cache"]["macros"]]
        parts += ["%s=%s" % item for item in sorted(os.environ.items()) if item[0] not in _VOLATILE]
        manifest = os.environ.get("CARGO_MANIFEST_DIR", "")
        sdist = os.path.join(root, "src")
        for folder in (sdist if manifest.startswith(sdist + "/") else manifest, os.environ.get("OUT_DIR", "")):
            _add_files(digest, folder, lambda _: True)
    digest.update("\0".join(parts).replace(root, PLACE).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _add_files(digest, folder, wanted):
    """Add names and contents of files; what cargo writes below a folder, which is marked as a cache, is left out."""
    for place, folders, names in os.walk(folder or os.devnull):
        folders[:] = [] if "CACHEDIR.TAG" in names else sorted(folders)
        for name in sorted(names) if "CACHEDIR.TAG" not in names else ():
            path = os.path.join(place, name)
            if wanted(name) and os.path.isfile(path):
                digest.update(json.dumps([os.path.relpath(path, folder), os.path.getsize(path)]).encode())
                with open(path, "rb") as file:
                    while data := file.read(1 << 20):
                        digest.update(data)


def _without_root(words, root):
    """Return the arguments as sccache gets them. It reads the files that these options name, and hashes none of their paths."""
    passed, before = [], ""
    for word in words:
        read = before in ("-L", "--extern", "--out-dir") or word.startswith(("-L", "--extern=", "--out-dir="))
        passed.append(os.path.abspath(word) if before == "--out-dir" else word if read else word.replace(root, PLACE))
        before = word
    return passed


def _portable_dependencies(path, here, root):
    """Edit a dependency file for sccache: it reads the files, whose names must be absolute, and hashes the variables."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        rule, *lines = file.read().split("\n")
    target, colon, names = rule.partition(": ")
    start = here.replace(" ", "\\ ") + "/"
    found = [name.replace("\0", "\\ ") for name in names.replace("\\ ", "\0").split(" ")]
    found = [name if name.startswith("/") or not name else start + name for name in found]
    lines = [line.replace(root, PLACE) if line.startswith("# env-dep:") else line for line in lines]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join([target + colon + " ".join(found), *lines]))


def _stem(options, codegen):
    return _last(options, "--crate-name") + codegen.get("extra-filename", "")


def _last(options, name):
    return ([""] + [value for key, value in options if key == name])[-1]


def _folder(root, name):
    path = os.path.join(root, "cargo", ".sccache", name)
    os.makedirs(path, exist_ok=True)
    return path


def _edit(path, old, new):
    """Replace a text in a file of text, if it is there."""
    if os.path.isfile(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text.replace(old, new))


def _has(path, token):
    """Return whether a file has these bytes."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return token in file.read()


def _write(descriptor, text):
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(descriptor, data) :]


def _captured(command, variables, here, files):
    """Run a command in a folder; what it writes to standard error goes into a file. Return its exit code."""
    child = os.fork()
    if not child:
        code = 127
        try:
            os.chdir(here)
            os.dup2(os.open(files + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
            os.execve(command[0], command, variables)
        except OSError as e:
            sys.stderr.write("rustc: %s: %s\n" % (command[0], e.strerror))
            sys.stderr.flush()
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status)
