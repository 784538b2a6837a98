"""The Rust toolchain of builds: files that MODULE.bazel names, the toolchain of a type that it names, or the host's.

Phase: analysis.
In: files, a resolved toolchain, or paths of the host. Out: `DeclaredRustInfo`.
"""

visibility(["//python/...", "//tests/starlark/..."])

DeclaredRustInfo = provider(
    doc = "The Rust toolchain of all builds of wheels.",
    # @unsorted-dict-items
    fields = {
        "content": "(dict) description for JSON (docs/contracts.md): `rustc`, `cargo`, `env`; empty if there is none.",
        "error": "(str) why there is none; or empty.",
        "files": "(depset[File]) the files of the toolchain.",
        "fingerprint": "(dict) what identifies tools of the host; empty for files.",
    },
)

def _info(*, cargo = "", env = {}, error = "", files = depset(), fingerprint = {}, rustc = ""):
    content = {"cargo": cargo, "env": env, "rustc": rustc}
    return [
        DefaultInfo(files = files),
        DeclaredRustInfo(
            content = {key: value for key, value in content.items() if value} if not error else {},
            error = error,
            files = files,
            fingerprint = fingerprint,
        ),
    ]

def _declared_rust_impl(ctx):
    attr = ctx.attr
    if attr.error:
        return _info(error = attr.error)
    if attr.host:
        return _info(cargo = attr.host["cargo"], fingerprint = json.decode(attr.fingerprint), rustc = attr.host["rustc"])
    return _info(
        cargo = ctx.file.cargo.path,
        files = depset([ctx.file.cargo, ctx.file.rustc], transitive = [depset(ctx.files.srcs)]),
        rustc = ctx.file.rustc.path,
    )

declared_rust = rule(
    implementation = _declared_rust_impl,
    attrs = {
        "cargo": attr.label(allow_single_file = True, doc = "The program cargo, as a file."),
        "error": attr.string(doc = "Why there is no toolchain."),
        "fingerprint": attr.string(doc = "What identifies the programs of the host, as JSON."),
        "host": attr.string_dict(doc = "Paths of `cargo` and `rustc` on the host, instead of files."),
        "rustc": attr.label(allow_single_file = True, doc = "The program rustc, as a file."),
        "srcs": attr.label_list(allow_files = True, doc = "What they read besides: the compiler's libraries, the standard library."),
    },
    doc = "Holds the Rust toolchain for builds of wheels.",
    provides = [DeclaredRustInfo],
)

def _file(toolchain, name):
    value = getattr(toolchain, name, None)
    return value if type(value) == "File" else None

def _files(toolchain, name):
    """Gives the files of a field: a file, files, or a target."""
    value = getattr(toolchain, name, None)
    if type(value) == "Target":
        value = value[DefaultInfo].files
    if type(value) == "File":
        value = [value]
    return value if type(value) == "depset" else depset(value or [])

# Fields of a toolchain that hold files, as rules_rust names them. `all_files` has all of them, where it is.
_FILE_FIELDS = ["all_files", "rust_std", "rustc_lib", "sysroot_anchor"]

def _triple(value):
    return getattr(value, "str", None) or (value if type(value) == "string" else "")

def toolchain_error(kind, toolchain):
    """Says why a resolved toolchain is none that builds can use.

    Args:
      kind: (str) its type.
      toolchain: (ToolchainInfo) what was resolved; None for nothing.

    Returns:
      (str) a message, or empty.
    """
    place = "toolchains.rust(toolchain_type = \"{}\")".format(kind)
    if toolchain == None:
        return "{}: no toolchain of this type fits the platform that builds run on; expected one. To fix: register it, or take the line out for the host's.".format(place)
    for name in ["rustc", "cargo"]:
        if not _file(toolchain, name):
            return "{}: the toolchain has no file `{}`; expected fields `rustc` and `cargo`, as the toolchain of rules_rust has them.".format(place, name)
    runs, makes = _triple(getattr(toolchain, "exec_triple", "")), _triple(getattr(toolchain, "target_triple", ""))
    if runs and makes and runs != makes:
        return "{}: the toolchain runs on {} and makes code for {}; expected one that makes code for itself.".format(place, runs, makes)
    return ""

def _resolved_rust_impl(ctx):
    kind = ctx.attr.type
    toolchain = ctx.toolchains[Label(kind)]
    error = toolchain_error(kind, toolchain)
    if error:
        return _info(error = error)
    env = getattr(toolchain, "env", None)
    return _info(
        cargo = toolchain.cargo.path,
        env = env if type(env) == "dict" else {},
        files = depset([toolchain.cargo, toolchain.rustc], transitive = [_files(toolchain, name) for name in _FILE_FIELDS]),
        rustc = toolchain.rustc.path,
    )

def resolved_rust(toolchain_type):
    """Makes a rule that resolves a Rust toolchain. Its type must be known when the rule is made, so a generated file makes it.

    Args:
      toolchain_type: (Label) the type of the toolchain.

    Returns:
      (rule) the rule.
    """
    return rule(
        implementation = _resolved_rust_impl,
        attrs = {"type": attr.string(default = str(toolchain_type), doc = "The type, for messages.")},
        doc = "Holds the Rust toolchain of one type for builds of wheels.",
        provides = [DeclaredRustInfo],
        toolchains = [config_common.toolchain_type(toolchain_type, mandatory = False)],
    )
