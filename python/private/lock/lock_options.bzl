"""The command line of the verb `lock`, in one place: for the macro `lock`, for the command of a hub, and for messages.

Phase: any (pure functions).
In: what a build lock is for. Out: words of the command.
"""

load("@bazel_skylib//lib:shell.bzl", "shell")

visibility(["//python/...", "//tests/starlark/..."])

_PLAIN = {char: None for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@+%".elems()}

# Argument of `lock_options` → option. Each value of a list is given with the option once.
# @unsorted-dict-items
_LISTS = {
    "extras": "extra",
    "groups": "group",
    "dep_groups": "dep-group",
    "no_binary": "no-binary",
    "only_binary": "only-binary",
    "host_tools": "host-tool",
    "build_requirements": "build-requirement",
    "extra_index_urls": "extra-index-url",
    "envsubst": "envsubst",
}

_TEXTS = {"index_url": "index-url", "netrc": "netrc", "python_version": "python-version"}

def lock_options(*, portable = False, from_source = False, before = "", **kwargs):
    """Writes options of the verb `lock`.

    Args:
      portable: (bool) `--portable`.
      from_source: (bool) `--from-source`.
      before: (str) `--before`; empty for none.
      **kwargs: (list[str] or str) values of the options in the tables above, under the names of rules and tags.

    Returns:
      (list[str]) words, not quoted.
    """
    options = ["--{}={}".format(option, value) for name, option in _LISTS.items() for value in kwargs.pop(name, [])]
    for name, option in _TEXTS.items():
        value = kwargs.pop(name, "")
        options += ["--{}={}".format(option, value)] if value else []
    if kwargs:
        fail("lock_options: unknown: " + ", ".join(sorted(kwargs)))
    options += ["--portable"] if portable else []
    options += ["--from-source"] if from_source else []
    return options + (["--before=" + before] if before else [])

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
