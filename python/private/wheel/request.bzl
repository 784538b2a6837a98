"""The request of a build: the helper's arguments. They are the same in an action and in the repository phase.

Phase: any (a provider, pure functions).
In: name, version, settings, files. Out: arguments of the verb `build`; `RequestInfo`.
"""

load(":resources.bzl", "resource_step")
load(":settings.bzl", "BUILD_FLAGS", "is_set")

visibility(["//python/...", "//tests/starlark/..."])

RequestInfo = provider(
    doc = "One build of a wheel from an sdist: its arguments and everything that it reads.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that builds it, for messages.",
        "inputs": "(depset[File]) What the build reads, besides the helper and what it runs.",
        "request": "(File) The helper's arguments without those that name outputs, one per line.",
        "tools": "(depset[File]) The interpreter in which the back end runs, and the C/C++ toolchain.",
    },
)

def _flag(name, value):
    """Gives a flag with its values. The type of the value says how many there are."""
    if type(value) == "bool":
        return struct(name = name, values = None)
    if type(value) == "dict":
        pairs = [(key, item if type(item) == "list" else [item]) for key, item in value.items()]
        return struct(name = name, values = ["{}={}".format(key, item) for key, items in pairs for item in items])
    return struct(name = name, values = value if type(value) == "list" else [str(value)])

def setting_flags(settings, patches):
    """Gives the flags of settings.

    Args:
      settings: (dict) of `BUILD_SETTING_ATTRS`; a missing one has its default.
      patches: (list) the files of the setting `patches`: File, or path as text.

    Returns:
      (list[struct]) `name`, and `values`: list of texts or files, None for a flag without a value.
    """
    told = {key: settings[key] for key in BUILD_FLAGS if is_set(key, settings.get(key))}
    told["cpus"] = resource_step(settings.get("cpus", 0), settings.get("memory_mb", 0)).cpus  # as many as Bazel sets aside
    of_patches = {"patch_strip": settings.get("patch_strip", 0), "patches": patches} if patches else {}
    told = {key: value for key, value in told.items() if key not in ["patch_strip", "patches"]} | of_patches
    return [_flag(name, told[key]) for key, name in BUILD_FLAGS.items() if key in told]

def request_flags(distribution, version, settings, inputs):
    """Gives the flags for what is built, and with what. The sdist comes before them, as the first argument.

    Args:
      distribution: (str) the name that the sdist must have.
      version: (str) the version that it must have.
      settings: (dict) of `BUILD_SETTING_ATTRS`; a missing one has its default.
      inputs: (struct) files, each as File or path: `wheels` and `patches` (lists), `python` (the back end's interpreter), `toolchain`,
        `fingerprint`; `expected` and `native` are empty or None if there is none. `rust`: a struct with `toolchain` (empty or None
        for a build without Rust), `crates` (list) and `cargo_locks` (dict from path in the sdist). And `hub`: name of the hub, or
        empty.

    Returns:
      (list[struct]) as `setting_flags`.
    """
    given = [("--hub", inputs.hub), ("--expect", inputs.expected), ("--native", inputs.native), ("--rust-toolchain", inputs.rust.toolchain)]
    given += [("--crates", crate) for crate in inputs.rust.crates]
    given += [("--cargo-lock=" + place, file) for place, file in inputs.rust.cargo_locks.items()]
    return [
        struct(name = "--name", values = [distribution]),
        struct(name = "--version", values = [version]),
        struct(name = "--python", values = [inputs.python]),
        struct(name = "--build-wheel", values = inputs.wheels),
        struct(name = "--cc-toolchain", values = [inputs.toolchain]),
        struct(name = "--fingerprint", values = [inputs.fingerprint]),
    ] + [struct(name = name, values = [file]) for name, file in given if file] + setting_flags(settings, inputs.patches)
