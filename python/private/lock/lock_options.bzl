"""The command line of the verb `lock`, in one place: for the macro `lock`, for the command of a hub, and for messages.

Phase: any (pure functions).
In: what a build lock is for. Out: words of the command.
"""

load("@bazel_skylib//lib:shell.bzl", "shell")

visibility(["//python/...", "//tests/starlark/..."])

_PLAIN = {char: None for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@+%".elems()}

def _each(option, values):
    return ["--{}={}".format(option, value) for value in values if value]

def lock_options(
        *,
        extras = [],
        groups = [],
        dep_groups = [],
        no_binary = [],
        only_binary = [],
        host_tools = [],
        build_requirements = [],
        extra_index_urls = [],
        envsubst = [],
        patches = [],
        patch_strips = [],
        crate_index = "",
        index_url = "",
        netrc = "",
        python_version = "",
        portable = False,
        from_source = False,
        before = ""):
    """Writes options of the verb `lock`. The arguments have the names of the attributes of tags and rules.

    Args:
      extras: (list[str]) `--extra`.
      groups: (list[str]) `--group`.
      dep_groups: (list[str]) `--dep-group`.
      no_binary: (list[str]) `--no-binary`.
      only_binary: (list[str]) `--only-binary`.
      host_tools: (list[str]) `--host-tool`.
      build_requirements: (list[str]) `--build-requirement`: `NAME=REQUIREMENT`.
      extra_index_urls: (list[str]) `--extra-index-url`.
      envsubst: (list[str]) `--envsubst`.
      patches: (list[str]) `--patch`: `NAME=FILE`.
      patch_strips: (list[str]) `--patch-strip`: `NAME=N`.
      crate_index: (str) `--crate-index`; empty for none, as for the next three.
      index_url: (str) `--index-url`.
      netrc: (str) `--netrc`.
      python_version: (str) `--python-version`.
      portable: (bool) `--portable`.
      from_source: (bool) `--from-source`.
      before: (str) `--before`.

    Returns:
      (list[str]) words, not quoted.
    """
    options = _each("extra", extras) + _each("group", groups) + _each("dep-group", dep_groups)
    options += _each("no-binary", no_binary) + _each("only-binary", only_binary)
    options += _each("host-tool", host_tools) + _each("build-requirement", build_requirements)
    options += _each("patch", patches) + _each("patch-strip", patch_strips)
    options += _each("extra-index-url", extra_index_urls) + _each("envsubst", envsubst)
    options += _each("crate-index", [crate_index]) + _each("index-url", [index_url]) + _each("netrc", [netrc]) + _each("python-version", [python_version])
    options += (["--portable"] if portable else []) + (["--from-source"] if from_source else [])
    return options + _each("before", [before])

def lock_part(*, lock, out, options, label = ""):
    """Makes one part of a command: one lock, and the build lock that its sdists get into.

    Args:
      lock: (str) path of the lock from the workspace's root.
      out: (str) the same of the build lock.
      options: (list[str]) from `lock_options`.
      label: (str) label of the lock, if it is in another repository; else empty.

    Returns:
      (struct) the same fields.
    """
    return struct(label = label, lock = lock, options = options, out = out)

def _word(text):
    return text if text and not [char for char in text.elems() if char not in _PLAIN] else shell.quote(text)

def lock_command(parts):
    """Writes the command for people who have no command of their hub: `tools/lock` with all that the tags say.

    Args:
      parts: (list[struct]) from `lock_part`; all that one build lock is for.

    Returns:
      (str) the command.
    """
    words = [" ".join([_word(word) for word in [part.lock] + part.options + ["--out", part.out]]) for part in parts]
    return "bazel run @rules_reprowheel//tools/lock -- " + " --and ".join(words)
