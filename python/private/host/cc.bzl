"""The host's C/C++ toolchain for builds in the repository phase, in which Bazel resolves no toolchains.

Phase: repository.
In: the file that REPROWHEEL_CC_TOOLCHAIN names; else the compiler that MODULE.bazel chooses; else Bazel's own configuration of
the host's compiler. Out: `toolchain.json`, the same bytes as the description that an action gets under Bazel's default options.
"""

load(":cc_flags.bzl", "compiler_kind", "filter_flags")
load(":fingerprint.bzl", "present_tools")
load(":probe.bzl", "ENGLISH", "SYSTEM_FOLDERS", "UTF8_MODE")

visibility(["//python/...", "//tests/starlark/..."])

# A BUILD file is valid Python syntax, so Python's parser reads it. Prints the arguments of `cc_toolchain_config`.
_READ_SCRIPT = """\
import ast, json, sys
def value(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
calls = [node for node in ast.walk(ast.parse(open(sys.argv[1], encoding="utf-8").read())) if isinstance(node, ast.Call)]
found = [{a.arg: value(a.value) for a in c.keywords} for c in calls if getattr(c.func, "id", "") == "cc_toolchain_config"]
print(json.dumps(found[0] if found else {}))
"""

_VARIABLE = "REPROWHEEL_CC_TOOLCHAIN"

_DETECT_VARIABLE = "BAZEL_DO_NOT_DETECT_CPP_TOOLCHAIN"

def no_compiler_error(place, compiler, detects, registers):
    """Says that there is no C/C++ compiler, and how one is chosen.

    Args:
      place: (str) the repository or target that needs one.
      compiler: (str) what the variable CC names; empty if it is not set.
      detects: (bool) whether Bazel looks for a compiler at all.
      registers: (bool) whether a toolchain that is registered counts: in the repository phase none does.

    Returns:
      (str) the message.
    """
    other = ("register" if registers else "or register") + " a C/C++ toolchain" + ("" if registers else " and let actions build (build_phase = \"action\")")
    other += ", or add toolchains.zig to MODULE.bazel (Linux on x86-64)"
    if not detects:
        return ("{}: no C/C++ toolchain is registered for this platform; expected one (Bazel looks for none itself where {}=1 is set). " +
                "To fix: leave that out, {}.").format(place, _DETECT_VARIABLE, other)
    if compiler:
        return "{}: CC={} is not on PATH; expected a C compiler. To fix: leave CC out, for gcc, or set it to a compiler that is there, {}.".format(
            place,
            compiler,
            other,
        )
    return ("{}: there is no C compiler: gcc is not on PATH, and CC is not set. To fix: install one (Debian, Ubuntu: apt install " +
            "build-essential; Fedora: dnf install gcc gcc-c++; Alpine: apk add build-base); or --repo_env=CC=clang, {}.").format(place, other)

def _has_compiler(rctx):
    """Says whether Bazel will find a compiler, before it fails with words of its own. Only where it looks for gcc."""
    name = (rctx.getenv("CC") or "").strip() or "gcc"
    return rctx.os.name != "linux" or name.startswith("/") or rctx.which(name) != None

def describe_configured(config):
    """Describes a toolchain by its configuration, in the same words as `describe_cc_toolchain` does in an action.

    Args:
      config: (dict) arguments of the generated `cc_toolchain_config`.

    Returns:
      (dict) for JSON; None if there is no compiler.
    """
    tools = config.get("tool_paths") or {}
    if not tools.get("gcc", "").startswith("/"):
        return None

    def flags(name):
        return config.get(name) or []

    hardening = [] if "-U_FORTIFY_SOURCE" in flags("compile_flags") else ["-U_FORTIFY_SOURCE"]
    common = hardening + flags("compile_flags")
    last = ["-fPIC"] + flags("unfiltered_compile_flags")
    link = filter_flags(flags("link_flags") + flags("link_libs"))
    named = {name: tools.get(name, "") for name in ["ar", "ld", "nm", "objcopy", "objdump", "strip"]}
    return {
        "c_flags": filter_flags(common + flags("conly_flags") + last),
        "compiler": compiler_kind(config.get("compiler") or "", tools["gcc"]),
        "cxx_flags": filter_flags(common + flags("cxx_flags") + last),
        "env": {},
        "link_executable_flags": link,
        "link_shared_flags": link,
        "tools": {name: path for name, path in named.items() if path} | {"cc": tools["gcc"], "cxx": tools["gcc"]},
    }

def _configured(rctx, python):
    """Reads the BUILD file of the configured toolchain. Returns an empty dict if it has none."""
    file = rctx.path(Label("@local_config_cc//:BUILD"))
    if not file.exists:
        return {}
    run = rctx.execute([python, "-I"] + UTF8_MODE + ["-c", _READ_SCRIPT, file], environment = ENGLISH)
    return json.decode(run.stdout) if run.return_code == 0 else {}

def _host_cc_impl(rctx):
    given = (rctx.getenv(_VARIABLE) or "").strip()
    declared = rctx.read(Label("@reprowheel_zig//:toolchain.json"))
    if not given and json.decode(declared):
        text = declared
    elif given:
        if not given.startswith("/") or not rctx.path(given).exists:
            fail("@reprowheel_cc: {}={}: no such file; expected the absolute path of a toolchain's description.".format(_VARIABLE, given))
        text = rctx.read(given)
        if type(json.decode(text, None)) != "dict":
            fail("@reprowheel_cc: {}={}: is not a JSON object; expected a toolchain's description.".format(_VARIABLE, given))
    else:
        fingerprint = json.decode(rctx.read(Label("@reprowheel_host//:fingerprint.json")))
        host = json.decode(rctx.read(Label("@reprowheel_host//:host.json")))
        detects = rctx.getenv(_DETECT_VARIABLE) != "1"
        content = describe_configured(_configured(rctx, host["python"])) if _has_compiler(rctx) else None
        if not content:
            fail(no_compiler_error("@reprowheel_cc", (rctx.getenv("CC") or "").strip(), detects, False))
        content["tools"] = present_tools(content["tools"], fingerprint, SYSTEM_FOLDERS)
        text = json.encode_indent(content, indent = "  ") + "\n"
    rctx.file("toolchain.json", text, executable = False)
    rctx.file("BUILD.bazel", "# Generated by @rules_reprowheel//python/private/host:cc.bzl; do not edit.\n\nexports_files([\"toolchain.json\"])\n", executable = False)

host_cc = repository_rule(
    implementation = _host_cc_impl,
    doc = "Describes the host's C/C++ toolchain for builds in the repository phase.",
    environ = [_VARIABLE],
)
