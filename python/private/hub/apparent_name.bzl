"""The name under which the root module imports a hub: `use_repo(pip, mine = "pypi")` makes it `@mine`.

Phase: module extension.
In: the root's MODULE.bazel, as text. Out: a name for messages. Bazel tells it to no extension.
"""

load("//python/private/lock:read_lock.bzl", "read_beside")
load("//python/private/spec:names.bzl", "label_repository")

visibility(["//python/...", "//tests/starlark/..."])

_LOCKS = ["requirements_lock", "uv_lock", "pylock_toml", "requirements_linux", "requirements_darwin", "requirements_windows"]

def _imports(text):
    """Gives the arguments of all calls of `use_repo`, as (name, repository); the name is empty where they are the same."""
    plain = "\n".join([line.partition("#")[0] for line in text.split("\n")])
    found = []
    for call in plain.split("use_repo(")[1:]:
        for argument in call.partition(")")[0].split(","):
            name, equals, value = argument.partition("=")
            if equals:
                found.append((name.strip(), value.strip().strip("\"'")))
            else:
                found.append(("", argument.strip().strip("\"'")))
    return found

def apparent_name(text, hub_name):
    """Finds the name of a hub.

    Args:
      text: (str) the root's MODULE.bazel; None if it cannot be read.
      hub_name: (str) the hub's own name.

    Returns:
      (str) the name that the root module gives it; its own name if the text does not tell.
    """
    names = [name or hub_name for name, repository in _imports(text or "") if repository == hub_name]
    return hub_name if not names or hub_name in names else names[0]

def read_apparent_name(mctx, hub_name, tags):
    """Finds the name of a hub that the root module makes.

    Args:
      mctx: the module context.
      hub_name: (str) the hub's own name.
      tags: (list[struct]) its `pip.parse` tags. A lock beside MODULE.bazel says where that is, whether or not the root has a BUILD file.

    Returns:
      (str) see `apparent_name`.
    """
    labels = [getattr(tag, name) for tag in tags for name in _LOCKS if getattr(tag, name)]
    labels += [label for tag in tags for label in tag.requirements_by_platform]
    labels += [tag.build_requirements_lock for tag in tags if tag.build_requirements_lock]
    beside = [label for label in labels if not label_repository(label)]
    return apparent_name(read_beside(mctx, Label("@@//:MODULE.bazel"), beside[0]) if beside else None, hub_name)
