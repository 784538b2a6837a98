"""Folders of modules without `__init__.py`, which get one.

Phase: repository (pure functions).
In: installed files. Out: the files to add. The helper's `install` adds the same.
Spec: "Packaging namespace packages", packaging.python.org; PEP 420.
"""

load(":layout.bzl", "SITE")
load(":members.bzl", "folders_of")

visibility(["//python/...", "//tests/starlark/..."])

NAMESPACE_INIT = """\
# A namespace package: Bazel puts its parts into different folders, all of which are searched.
__path__ = __import__("pkgutil").extend_path(__path__, __name__)
"""

_MODULES = (".py", ".pyc", ".so", ".pyd")

def _is_identifier(text):
    for char in text.elems():
        if not (char.isalnum() or char == "_" or char >= "\200"):
            return False
    return bool(text) and not text[0].isdigit()

def namespace_inits(places):
    """Says which `__init__.py` are missing.

    Args:
      places: (dict) the installed files.

    Returns:
      (list[str]) paths, sorted.
    """
    folders = {}
    for place in places:
        folder = place.rpartition("/")[0]
        if place.startswith(SITE + "/") and place.endswith(_MODULES) and folder not in folders:
            folders.update({path: None for path in [folder] + folders_of(folder)})
    return sorted([
        folder + "/__init__.py"
        for folder in folders
        if folder != SITE and
           folder + "/__init__.py" not in places and
           not [part for part in folder[len(SITE) + 1:].split("/") if not _is_identifier(part)]
    ])

def joining_inits(places, read):
    """Says which `__init__.py` of a wheel join the parts of a namespace, by pkgutil or pkg_resources.

    In a folder below them there may be more. Others are not read.

    Args:
      places: (dict) the installed files.
      read: (function) gives the text of one.

    Returns:
      (list[str]) paths, sorted.
    """
    found = {}
    inits = [place for place in places if place.startswith(SITE + "/") and place.endswith("/__init__.py")]
    for place in sorted(inits, key = lambda place: (place.count("/"), place)):
        parent = place.rpartition("/")[0].rpartition("/")[0]
        if parent != SITE and parent + "/__init__.py" not in found:
            continue
        text = read(place)
        if ("extend_path(" in text and "__path__" in text) or "declare_namespace(" in text:
            found[place] = None
    return sorted(found)
