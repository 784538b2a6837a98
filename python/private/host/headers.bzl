"""Identifies the host headers that compilers are allowed to read.

Phase: repository.
In: patterns from `pip.override`. Out: for each, a command that prints the digests of the files it matches, and its answer.
"""

load(":probe.bzl", "PROBE_ENVIRONMENT")

visibility(["//python/...", "//tests/starlark/..."])

_SHELL = "/bin/sh"
_SCRIPT = "find -L \"$@\" ! -type d -exec sha256sum {} + 2>/dev/null | LC_ALL=C sort -k 2"
_LOCAL = "/usr/local/include"
_SYSTEM = "/usr/include"

# Bazel watches at most this many files of a pattern. The helper compares all files before it builds, so it notices the rest.
_WATCHED = 200

def header_key(pattern):
    """Gives the key of a pattern's fingerprint. Libraries are in the same table; their keys are sonames.

    Args:
      pattern: (str) as `host_headers` has it.

    Returns:
      (str) the key.
    """
    return "header " + pattern

def _fixed_folder(pattern):
    """Gives the folder that an absolute pattern names before its first wildcard."""
    fixed = pattern
    for wildcard in ["*", "?", "["]:
        fixed = fixed.partition(wildcard)[0]
    return fixed.rpartition("/")[0] or "/"

def find_arguments(pattern):
    """Writes the command that prints path and digest of all files that a pattern matches.

    Args:
      pattern: (str) a header's name as sources include it, or an absolute path; `*` stands for any characters, `/` too.

    Returns:
      (list[str]) arguments of a shell.
    """
    if pattern.startswith("/"):
        return ["-c", _SCRIPT, "sh", _fixed_folder(pattern), "-path", pattern]
    places = [_LOCAL, _SYSTEM, _SYSTEM + "/*-linux-*"]
    tests = [word for place in places for word in ["-o", "-path", "{}/{}".format(place, pattern)]]
    return ["-c", _SCRIPT, "sh", _LOCAL, _SYSTEM, "("] + tests[1:] + [")"]

def identify_headers(rctx, patterns):
    """Identifies headers by their content. Bazel fetches the repository again when one of them changes.

    Args:
      rctx: the repository context.
      patterns: (list[str]) the headers.

    Returns:
      (dict[str, str]) key of each pattern to a fingerprint (JSON object of tool to commands); for headers that are
      not there the answer is empty, which also identifies the host.
    """
    if not rctx.path(_SHELL).exists:
        return {}
    found = {}
    for pattern in patterns:
        arguments = find_arguments(pattern)
        answer = rctx.execute([_SHELL] + arguments, environment = PROBE_ENVIRONMENT).stdout
        if hasattr(rctx, "watch"):
            for line in answer.strip().split("\n")[:_WATCHED]:
                path = line.partition("  ")[2]
                if path.startswith("/"):
                    rctx.watch(rctx.path(path).realpath)
        found[header_key(pattern)] = json.encode({_SHELL: [{"argv": arguments, "stdout": answer}]})
    return found
