"""Flags of a C/C++ toolchain for builds of wheels.

Phase: any (pure functions).
In: the flags of a toolchain. Out: those that make sense outside of Bazel's own command lines.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Flags that Bazel adds for the inputs and outputs of its own links. The build of a wheel writes them itself.
_DROPPED = ["-S", "-Wl,-S", "-c", "-o", "-pie", "-shared", "-static"]

# Brackets around the libraries of a link. The libraries are dropped, so these are, too.
_PUSH = "-Wl,--push-state"
_POP = ["-Wl,--pop-state"]

# The name of the compiler in toolchains that do not know it.
_UNKNOWN = ["", "compiler", "unknown"]

def filter_flags(flags):
    """Drops flags that only make sense on Bazel's own command lines.

    Args:
      flags: (list[str]) as the toolchain gives them.

    Returns:
      (list[str]) the others, unchanged and in order.
    """
    kept = []
    for flag in flags:
        if flag in _DROPPED or flag.startswith("-l"):
            continue
        if flag in _POP and kept and kept[-1].startswith(_PUSH):
            kept.pop()  # Nothing is left between the two.
            continue
        kept.append(flag)
    return kept

def compiler_kind(name, driver):
    """Names the compiler's family.

    Args:
      name: (str) what the toolchain calls it.
      driver: (str) path of the C driver.

    Returns:
      (str) `gcc`, `clang`, or the toolchain's own name.
    """
    for text in [name, driver.split("/")[-1]]:
        for kind in ["clang", "gcc"]:
            if kind in text:
                return kind
    return "gcc" if name in _UNKNOWN else name
