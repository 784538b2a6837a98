"""The host's Rust toolchain: where it is, and what identifies it. It is looked for only if a package that uses Rust is built.

Phase: repository.
In: folders of the host, PATH, the toolchain that rustup chooses. Out: paths of rustc and cargo, and the commands that identify them.
"""

load(":probe.bzl", "PROBE_ENVIRONMENT", "SYSTEM_FOLDERS")

visibility(["//python/...", "//tests/starlark/..."])

# Prints the paths of rustc and cargo in the first of the folders that has both. A link to rustup stands for the program that
# rustup chooses; it must not download one. The helper looks in the same order, see rust/toolchain.py.
_FIND_SCRIPT = """\
for folder; do
    rustc=$folder/rustc cargo=$folder/cargo
    [ -x "$rustc" ] && [ -x "$cargo" ] || continue
    if [ "$rustc" -ef "$folder/rustup" ]; then
        rustc=$(RUSTUP_AUTO_INSTALL=0 "$folder/rustup" which rustc) && cargo=$(RUSTUP_AUTO_INSTALL=0 "$folder/rustup" which cargo) || continue
    fi
    printf '%s\\n' "$rustc" "$cargo"
    exit
done
"""

# Prints the digests of the libraries that enter whatever is built. What rustc says of itself does not tell two packages of a
# distribution apart.
_STD_SCRIPT = """cd "$("$1" --print sysroot)/lib/rustlib" && sha256sum */lib/*.rlib"""

_SHELL = "/bin/sh"

# Names that `toolchain_files` links into a repository, and what they have besides: the libraries of the compiler, by patterns.
_COMPILER_LIBRARIES = ["librustc_driver", "libLLVM", "libstd", "libtest"]

def rust_folders(path, home):
    """Gives the folders in which a Rust toolchain is looked for.

    Args:
      path: (str) the variable PATH.
      home: (str) the user's home folder; empty if it is not known.

    Returns:
      (list[str]) those of the system, then PATH, then the one of rustup.
    """
    folders = {}
    for folder in SYSTEM_FOLDERS + path.split(":") + ([home + "/.cargo/bin"] if home else []):
        if folder.startswith("/"):
            folders[folder.rstrip("/")] = None
    return folders.keys()

def _answer(rctx, tool, argv):
    run = rctx.execute([tool] + argv, environment = PROBE_ENVIRONMENT)
    return [{"argv": argv, "stdout": run.stdout}] if run.return_code == 0 and run.stdout.strip() else []

def _movable(rctx, rustc, cargo):
    """Gives the folder of a toolchain that works anywhere, as those of rustup do; None if there is no such folder."""
    rustc, cargo = rctx.path(rustc).realpath, rctx.path(cargo).realpath
    folder = rustc.dirname.dirname
    own = str(rustc.dirname) == str(cargo.dirname) and rustc.dirname.basename == "bin" and str(folder) not in ["/usr", "/usr/local"]
    return folder if own and rctx.path(str(folder) + "/lib/rustlib/components").exists else None

def link_toolchain(rctx, folder, host):
    """Links the files of a toolchain into the repository, so that their digests are the key of builds, wherever the folder is.

    Args:
      rctx: the repository context.
      folder: (path) the toolchain, with `bin` and `lib`.
      host: (str) the target triple that it runs on.

    Returns:
      (list[str]) what was linked: files and folders.
    """
    linked = []
    libraries = [
        file.basename
        for file in folder.get_child("lib").readdir()
        if [name for name in _COMPILER_LIBRARIES if file.basename.startswith(name)]
    ]
    for name in ["bin/cargo", "bin/rustc", "lib/rustlib/" + host] + ["lib/" + name for name in libraries]:
        target = rctx.path("{}/{}".format(folder, name))
        if target.exists:
            rctx.symlink(target, "toolchain/" + name)
            linked.append("toolchain/" + name)
    return linked

def find_host_rust(rctx):
    """Finds the host's rustc and cargo.

    Args:
      rctx: the repository context.

    Returns:
      (struct) `rustc`, `cargo`: absolute paths, empty if there are none; `fingerprint`: dict from tool to the commands that
      identify it; `folder`: (path) of a toolchain that is complete in one folder, else None; `host`: its target triple;
      `said`: what rustup says if it has no toolchain.
    """
    home = rctx.getenv("HOME") or ""
    folders = rust_folders(rctx.getenv("PATH") or "", home)
    for name in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]:
        rctx.getenv(name)
    if hasattr(rctx, "watch"):
        for folder in folders:
            rctx.watch("{}/rustc".format(folder))
            rctx.watch("{}/cargo".format(folder))
    present = [folder for folder in folders if rctx.path(folder + "/rustc").exists]
    run = rctx.execute([_SHELL, "-c", _FIND_SCRIPT, "sh"] + present) if present and rctx.path(_SHELL).exists else None
    found = run.stdout.strip().split("\n") if run else []
    if len(found) != 2:
        said = run.stderr.strip().split("\n")[0] if run else ""
        return struct(cargo = "", fingerprint = {}, folder = None, host = "", rustc = "", said = said)
    rustc, cargo = found
    if hasattr(rctx, "watch"):
        for path in found:
            rctx.watch(rctx.path(path).realpath)
    about = _answer(rctx, rustc, ["-vV"])
    host = [line.removeprefix("host: ") for line in (about[0]["stdout"] if about else "").split("\n") if line.startswith("host: ")]
    answers = {
        cargo: _answer(rctx, cargo, ["-V"]),
        rustc: about,
        _SHELL: _answer(rctx, _SHELL, ["-c", _STD_SCRIPT, "sh", rustc]),
    }
    works = bool(about and answers[cargo] and host)
    return struct(
        cargo = cargo if works else "",
        fingerprint = {tool: commands for tool, commands in answers.items() if commands},
        folder = _movable(rctx, rustc, cargo) if works else None,
        host = host[0] if host else "",
        rustc = rustc if works else "",
        said = "" if works else "{} does not run".format(rustc if not about else cargo),
    )
