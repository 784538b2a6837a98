"""Describes C/C++ libraries of the workspace for a build: names of headers, static libraries in link order.

Phase: analysis.
In: targets with `CcInfo`. Out: a dict to be written as JSON (docs/contracts.md, "Native dependencies"), and files.
"""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

visibility(["//python/...", "//tests/starlark/..."])

_SHARED_ERROR = (
    "native_deps: {label} has {file} as a shared library only; expected a static one, which the wheel can carry. " +
    "To fix: take the `cc_library` itself, or a `cc_import` with static_library."
)

def include_names(header, folders):
    """Gives the names by which a header can be included.

    Args:
      header: (str) its path.
      folders: (list[str]) the folders in which it is searched, in order.

    Returns:
      (list[str]) names. A header that Bazel makes or fetches has no name that shows its place in the output tree.
    """
    names = {}
    for folder in folders:
        if folder == ".":
            if not header.startswith("bazel-out/") and not header.startswith("external/"):
                names[header] = None
        elif header.startswith(folder + "/"):
            name = header[len(folder) + 1:]
            if not name.startswith("external/"):
                names[name] = None
    return names.keys()

def _headers(context):
    folders = depset(order = "preorder", transitive = [
        context.quote_includes,
        context.includes,
        context.system_includes,
        getattr(context, "external_includes", depset()),
    ]).to_list()
    found = {}
    for header in context.headers.to_list():
        for name in include_names(header.path, folders):
            found.setdefault(name, header.path)
    return found

def _libraries(linker_inputs):
    """Gives the files and flags of a library, and what is wrong with it. Flags may come in pairs, so repeated ones stay."""
    files, flags = {}, []
    for linker_input in linker_inputs:
        flags.extend(linker_input.user_link_flags)
        for library in linker_input.libraries:
            static = library.pic_static_library or library.static_library
            shared = library.dynamic_library or library.interface_library
            if static:
                files[static] = None
            elif shared:
                error = _SHARED_ERROR.format(file = shared.basename, label = linker_input.owner)
                return struct(error = error, files = [], flags = [])
    return struct(error = "", files = files.keys(), flags = flags)

def describe_native(deps):
    """Describes native dependencies.

    Args:
      deps: (list[Target]) targets.

    Returns:
      (struct) `content`: dict for JSON, None for no dependencies; `files`: depset; `error`: message or empty.
    """
    if not deps:
        return struct(content = None, error = "", files = depset())
    for dep in deps:
        if CcInfo not in dep:
            return struct(content = None, files = depset(), error = "native_deps: {} is no C/C++ library; expected a `cc_library`.".format(dep.label))
    headers = {}
    defines = {}
    for dep in deps:
        context = dep[CcInfo].compilation_context
        defines.update({define: None for define in context.defines.to_list()})
        for name, path in _headers(context).items():
            headers.setdefault(name, path)
    linked = _libraries(depset(
        order = "topological",
        transitive = [dep[CcInfo].linking_context.linker_inputs for dep in deps],
    ).to_list())
    if linked.error:
        return struct(content = None, error = linked.error, files = depset())
    return struct(
        content = {
            "defines": defines.keys(),
            "headers": headers,
            "libraries": [file.path for file in linked.files],
            "link_flags": linked.flags,
        },
        error = "",
        files = depset(linked.files, transitive = [dep[CcInfo].compilation_context.headers for dep in deps]),
    )
