"""Identifies the host libraries that wheels are allowed to need.

Phase: repository.
In: sonames from `pip.override`. Out: for each library of this host a command and its answer, as in the fingerprint.
"""

load(":probe.bzl", "ENGLISH")

visibility(["//python/...", "//tests/starlark/..."])

_LDCONFIG = ["/sbin/ldconfig", "/usr/sbin/ldconfig"]
_FOLDERS = ["/usr/local/lib", "/usr/lib64", "/lib64", "/usr/lib", "/lib"]

def parse_ldconfig(text, soname):
    """Finds a library in what `ldconfig -p` prints.

    Args:
      text: (str) lines such as `libfoo.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libfoo.so.1`.
      soname: (str) the library.

    Returns:
      (list[str]) its paths, one per architecture, in the loader's order.
    """
    return [
        line.partition(" => ")[2].strip()
        for line in text.split("\n")
        if line.strip().startswith(soname + " (") and " => " in line
    ]

def _paths(rctx, soname):
    for program in _LDCONFIG:
        if rctx.path(program).exists:
            return parse_ldconfig(rctx.execute([program, "-p"], environment = ENGLISH).stdout, soname)
    return ["{}/{}".format(folder, soname) for folder in _FOLDERS]

def identify_libraries(rctx, sonames):
    """Identifies libraries by their content. Bazel fetches the repository again when one of them changes.

    Args:
      rctx: the repository context.
      sonames: (list[str]) the libraries.

    Returns:
      (dict[str, str]) soname to a fingerprint (JSON object of tool to commands). A library that is not there has none,
      and the build reports that.
    """
    found = {}
    program = rctx.which("sha256sum")
    for soname in sonames:
        paths = [rctx.path(path) for path in _paths(rctx, soname)] if program else []
        answers = []
        for path in [path for path in paths if path.exists]:
            if hasattr(rctx, "watch"):
                rctx.watch(path.realpath)
            run = rctx.execute([program, path], environment = ENGLISH)
            if run.return_code == 0:
                answers.append({"argv": [str(path)], "stdout": run.stdout})
        if answers:
            found[soname] = json.encode({str(program): answers})
    return found
