"""The C/C++ compiler that MODULE.bazel chooses instead of the one that Bazel resolves.

Phase: analysis.
In: the files of an unpacked compiler. Out: `DeclaredCcInfo`.
"""

visibility(["//python/..."])

DeclaredCcInfo = provider(
    doc = "The compiler of all builds of wheels.",
    fields = {
        "content": "(dict) description for JSON; empty if none is chosen.",
        "files": "(depset[File]) the files of the compiler.",
    },
)

def _declared_cc_impl(ctx):
    program = ctx.file.program
    content = {"compiler": "zig", "glibc": ctx.attr.glibc, "tools": {"cc": program.path}} if program else {}
    files = depset([program] if program else [], transitive = [depset(ctx.files.srcs)])
    return [DefaultInfo(files = files), DeclaredCcInfo(content = content, files = files)]

declared_cc = rule(
    implementation = _declared_cc_impl,
    attrs = {
        "glibc": attr.string(doc = "The oldest glibc that wheels must run with."),
        "program": attr.label(allow_single_file = True, doc = "The compiler; none for the one that Bazel resolves."),
        "srcs": attr.label_list(allow_files = True, doc = "What it reads besides."),
    },
    doc = "Holds the compiler for builds of wheels.",
    provides = [DeclaredCcInfo],
)
