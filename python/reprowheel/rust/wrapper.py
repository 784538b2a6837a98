"""The rustc that a build sees: makes output independent of path, machine and number of processors.

See docs/decisions.md, "The wrapper of rustc". It runs as a program of its own: `rust.wrappers` writes a copy that ends with a
call of `main` with the configuration. So that it starts fast, it imports little, and runs without `site`.

argv: the arguments of rustc. The config has these keys:

- `rustc`: path of the compiler
- `version`: what `rustc -vV` says; a digest of metadata depends on it
- `maps`: [[path, canonical path]]; if several match, the last one wins
- `root`: the workspace
- `linker`: path of the C compiler's wrapper
- `debug`: value of `-C debuginfo` for what has none of its own
- `cpu`: CPU to make code for, or nothing
- `preload`: {variable: value} for rustc, which runs macros of crates
- `script`: {variable: value} for programs of build scripts
- `cache`: see `rust.cache`, or nothing

Exit code: the compiler's.
"""

# mypy: ignore-errors
# Copied into builds and run there by any interpreter: so it is plain code without annotations.

import hashlib
import os
import sys

_DROPPED = frozenset(("codegen-units", "incremental", "linker", "metadata", "strip"))
_REFUSED = frozenset(("profile-generate", "profile-use", "instrument-coverage"))
_HASHED = ("--cfg", "--crate-name", "--crate-type", "--edition", "--target")
_WITH_VALUE = frozenset(
    (
        "-C --codegen -L -l -o -W -A -D -F --allow --warn --deny --forbid --cap-lints --cfg --check-cfg --color"
        " --crate-name --crate-type --edition --emit --error-format --explain --extern --json --out-dir --print"
        " --remap-path-prefix --sysroot --target -Z"
    ).split()
)
_BUILD_SCRIPT = "build_script_"
_OFF = ("", "n", "no", "off", "false", "0", "none")


def main(argv, config, cache=None):
    """Run the real compiler; a program of a build script that it has made is put behind a script that sets variables.

    :param cache: `rust.cache.through_cache`, if there is a compiler cache for rustc.
    """
    given = _expand(argv[1:])
    options = list(_options(given))
    name = _value(options, "--crate-name")
    if not name or name == "___" or "-" in given or any(key == "--print" for key, _ in options):
        return _replace([config["rustc"], *given], config)
    codegen = dict(_codegen(options))
    for key in sorted(_REFUSED & codegen.keys()):
        if codegen[key] not in _OFF:
            text = "error: reprowheel: crate %s: -C %s: what a run measured differs from run to run; expected none\n"
            sys.stderr.write(text % (name, key))
            return 1
    metadata = _metadata(options, codegen, config)
    words = [*_kept(given), "-Cmetadata=" + metadata]
    optimized, debugged = codegen.get("opt-level", "0") != "0", codegen.get("debuginfo", "0") not in ("0", "none")
    if optimized or debugged:  # what has neither is for build scripts and macros only, and enters no wheel
        words.append("-Ccodegen-units=1")
    if optimized and not debugged:
        words.append("-Cdebuginfo=" + config["debug"])
    if config["cpu"] and codegen.get("target-cpu", "native") == "native":
        words.append("-Ctarget-cpu=" + config["cpu"])
    if os.environ.get("OUT_DIR"):
        os.environ["OUT_DIR"] = _stable_link(os.environ["OUT_DIR"], metadata, config)
    if cache is not None and (code := cache(words, options, codegen, config)) is not None:
        return code
    command = [config["rustc"], *words]
    command += ["--remap-path-prefix=%s=%s" % tuple(pair) for pair in config["maps"]]
    command.append("-Clinker=" + config["linker"])
    if not name.startswith(_BUILD_SCRIPT) or _value(options, "--crate-type") != "bin":
        return _replace(command, config)
    code = _run(command, config)
    if code == 0 and "link" in _value(options, "--emit", "link"):
        _hide(os.path.join(_value(options, "--out-dir", "."), name + codegen.get("extra-filename", "")), config)
    return code


def _expand(given):
    """Return the arguments with those of files (`@FILE`), which cargo writes if there are many."""
    words = []
    for word in given:
        if word.startswith("@") and os.path.isfile(word[1:]):
            with open(word[1:], encoding="utf-8", errors="surrogateescape") as file:
                words += file.read().split("\n")
        else:
            words.append(word)
    return [word for word in words if word]


def _options(given):
    """Yield (option, value) for each option; the value is empty where there is none."""
    words = iter(given)
    for word in words:
        option, equals, value = word.partition("=")
        if word in _WITH_VALUE:
            yield word, next(words, "")
        elif word.startswith("--") and equals:
            yield option, value
        elif word[:2] in ("-C", "-L", "-l", "-Z", "-W", "-A", "-D", "-F") and len(word) > 2:
            yield word[:2], word[2:]
        else:
            yield word, ""


def _value(options, name, default=""):
    return next((value for key, value in options if key == name), default)


def _codegen(options):
    """Yield (name, value) of each `-C`; a later one wins."""
    for key, value in options:
        if key in ("-C", "--codegen"):
            name, _, text = value.partition("=")
            yield name.replace("_", "-"), text


def _kept(given):
    """Return the arguments without the code generation options that the wrapper chooses, and without this machine's CPU."""
    kept = []
    words = iter(given)
    for word in words:
        taken, value = [word], word[2:] if word.startswith("-C") else ""
        if word in ("-C", "--codegen"):
            value = next(words, "")
            taken.append(value)
        elif word.startswith("--codegen="):
            value = word[10:]
        name, _, chosen = value.partition("=")
        name = name.replace("_", "-")
        if name not in _DROPPED and (name, chosen) != ("target-cpu", "native"):
            kept += taken
    return kept


def _metadata(options, codegen, config):
    """Return a hash in place of cargo's, which depends on the host and on paths outside of the workspace.

    Who calls rustc without cargo, as Meson does, tells crates of one name apart by what it gives.
    """
    place = os.environ.get("CARGO_MANIFEST_DIR", codegen.get("metadata", "")).replace(config["root"], "")
    parts = [config["version"], place, os.environ.get("CARGO_PKG_NAME", ""), os.environ.get("CARGO_PKG_VERSION", "")]
    parts += sorted("%s %s" % item for item in options if item[0] in _HASHED)
    ignored = _DROPPED | {"extra-filename", "link-arg", "link-args"}
    parts += sorted("-C %s=%s" % item for item in codegen.items() if item[0] not in ignored)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _stable_link(folder, metadata, config):
    """Return a link to the folder of a build script: cargo names it by a hash, which for some crates depends on the host."""
    links = os.path.join(config["root"], "cargo", "out")
    link = os.path.join(links, "%s-%s" % (os.environ.get("CARGO_PKG_NAME", ""), metadata))
    new = "%s.%d" % (link, os.getpid())
    try:
        os.makedirs(links, exist_ok=True)
        os.symlink(folder, new)
        os.replace(new, link)  # a crate may be built again, in another folder
    except OSError:
        return folder
    return link


def _hide(program, config):
    """Put a script in place of a build script's program; it sets the variables and runs the program."""
    real = program + ".program"
    if not os.path.isfile(program):
        return
    os.rename(program, real)
    variables = " ".join("%s='%s'" % item for item in sorted(config["script"].items()))
    with open(program, "w", encoding="utf-8", errors="surrogateescape") as script:
        script.write("#!/bin/sh\n%s exec '%s' \"$@\"\n" % (variables, os.path.abspath(real)))
    os.chmod(program, 0o755)


def _replace(command, config):
    os.environ.update(config["preload"])
    try:
        os.execv(command[0], command)
    except OSError as e:
        sys.stderr.write("rustc: %s: %s\n" % (command[0], e.strerror))
    return 127


def _run(command, config):
    child = os.fork()
    if not child:
        os._exit(_replace(command, config))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
