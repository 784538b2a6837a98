"""The rule that builds a wheel from an sdist, in one sandboxed action without network.

Phase: analysis.
In: an sdist, the wheels of its build requirements, toolchains. Out: the wheel as a file, and under its own name in a directory; a
report; debug files. The helper runs the action; the back end runs in the interpreter of the Python toolchain.
"""

load("@reprowheel_host//:fingerprint.bzl", "FINGERPRINT", "IMPLIED")
load("@rules_cc//cc:find_cc_toolchain.bzl", "use_cc_toolchain")
load("//python:providers.bzl", "SdistInfo", "WheelInfo")
load("//python/private/helper:action.bzl", "HELPER_ATTRS", "run_helper")
load("//python/private/helper:helper_interpreter.bzl", "find_helper")
load("//python/private/helper:interpreter.bzl", "PYTHON_TOOLCHAIN", "find_interpreter", "find_tag", "version_error")
load("//python/private/host:fingerprint.bzl", "add_entries", "add_host_files", "present_tools", "select_fingerprint", "short_entries")
load("//python/private/host:headers.bzl", "header_key")
load("//python/private/host:platform_tag.bzl", "PlatformTagInfo", "cross_build_error")
load("//python/private/host:probe.bzl", "SYSTEM_FOLDERS")
load("//python/private/host:tools.bzl", "tool_key")
load("//python/private/host:wheel_name.bzl", "wheel_file_name")
load("//python/private/spec:names.bzl", "normalize_name")
load(":cc_toolchain.bzl", "describe_cc_toolchain")
load(":declared_cc.bzl", "DeclaredCcInfo")
load(":native_deps.bzl", "describe_native")
load(":request.bzl", "RequestInfo", "request_flags")
load(":resources.bzl", "resource_step")
load(":rust_inputs.bzl", "RUST_ATTRS", "find_rust")
load(":settings.bzl", "BUILD_SETTING_ATTRS", "PYTHON_VERSION_ATTR", "line_break_error", "setting_texts")

visibility(["//python/...", "//tests/starlark/..."])

def _settings(ctx):
    return {key: getattr(ctx.attr, key) for key in BUILD_SETTING_ATTRS}

def _write(ctx, suffix, text):
    file = ctx.actions.declare_file("{}.{}".format(ctx.label.name, suffix))
    ctx.actions.write(file, text)
    return file

def _write_json(ctx, suffix, content):
    return _write(ctx, suffix + ".json", json.encode_indent(content, indent = "  ") + "\n")

def _build_wheels(ctx):
    """Gives the wheels of the build requirements: those of targets with `WheelInfo`, and plain `.whl` files."""
    files = []
    for target in ctx.attr.build_requirements:
        files.extend([target[WheelInfo].wheel] if WheelInfo in target else target.files.to_list())
    return files

def _request(ctx, inputs):
    """Gives the arguments for what is built, and with what."""
    args = ctx.actions.args()
    args.add(ctx.file.sdist)
    for flag in request_flags(ctx.attr.distribution, ctx.attr.version, _settings(ctx), inputs):
        if flag.values == None:
            args.add(flag.name)
        else:
            args.add_all(flag.values, format_each = flag.name.replace("%", "%%") + "=%s")
    return args

def _write_request(ctx, inputs):
    """Writes the request, one argument per line. `reproducibility_test` builds the same again with it."""
    file = ctx.actions.declare_file(ctx.label.name + ".request")
    ctx.actions.write(file, _request(ctx, inputs).set_param_file_format("multiline"))
    return file

def _arguments(ctx, inputs, outputs):
    args = _request(ctx, inputs)
    args.add_all([outputs.wheel], expand_directories = False, format_each = "--out=%s")
    args.add_all([outputs.debug], expand_directories = False, format_each = "--debug-dir=%s")
    args.add(outputs.report, format = "--report=%s")
    args.add(outputs.file, format = "--wheel-file=%s")
    args.add("--exclusive")  # the build may have put files into the outputs' folders
    args.add("--quiet")  # Bazel shows what an action prints when it is over
    return args

def _declare(ctx, tag):
    name = wheel_file_name(ctx.attr.distribution, ctx.attr.version, tag)
    return struct(
        debug = ctx.actions.declare_directory(ctx.label.name + ".debug"),
        file = ctx.actions.declare_file("{}.file/{}".format(ctx.label.name, name)),
        report = ctx.actions.declare_file(ctx.label.name + ".report.json"),
        wheel = ctx.actions.declare_directory(ctx.label.name + ".dist"),
    )

def _providers(ctx, outputs, request, described):
    """Gives the providers of the target. `described` are the files that identify the toolchain."""
    return [
        DefaultInfo(files = depset([outputs.file]), runfiles = ctx.runfiles([outputs.file])),
        OutputGroupInfo(
            debug = depset([outputs.debug]),
            dist = depset([outputs.wheel]),
            report = depset([outputs.report]),
            toolchain = depset(described),
        ),
        request,
        SdistInfo(
            archive = ctx.file.sdist,
            label = ctx.label,
            name = normalize_name(ctx.attr.distribution),
            sha256 = ctx.attr.sha256,
            version = ctx.attr.version,
        ),
        WheelInfo(
            debug = outputs.debug,
            file = outputs.file,
            label = ctx.label,
            name = normalize_name(ctx.attr.distribution),
            report = outputs.report,
            version = ctx.attr.version,
            wheel = outputs.wheel,
        ),
    ]

def _sdist_wheel_impl(ctx):
    error = cross_build_error(ctx.attr._platform[PlatformTagInfo].tag, ctx.attr._exec_platform[PlatformTagInfo].tag)
    if error:
        fail("sdist_wheel {}: {}".format(ctx.label, error))
    interpreter = find_interpreter(ctx)
    declared = ctx.attr._declared_cc[DeclaredCcInfo]
    cc_toolchain = declared if declared.content else describe_cc_toolchain(ctx)
    tools = present_tools(cc_toolchain.content["tools"], FINGERPRINT, SYSTEM_FOLDERS)
    host_paths = tools.values() + [path for path in [interpreter.host_path, find_helper(ctx).host_path] if path]
    fingerprint = select_fingerprint(host_paths, FINGERPRINT, IMPLIED)
    native = describe_native(ctx.attr.native_deps)
    rust = find_rust(ctx, lambda suffix, text: _write(ctx, suffix, text))
    error = fingerprint.error or native.error or rust.error or line_break_error(setting_texts(_settings(ctx))) or version_error(ctx.attr.python_version, interpreter.version)
    if error:
        fail("sdist_wheel {}: {}".format(ctx.label, error))
    host_files = ctx.attr.host_libraries + [header_key(pattern) for pattern in ctx.attr.host_headers]
    host_files = host_files + [tool_key(tool) for tool in ctx.attr.host_tools]
    entries = add_entries(add_host_files(fingerprint.entries, host_files, ctx.attr.host_fingerprints), rust.fingerprint)
    expected = json.decode(ctx.attr.expected_metadata) if ctx.attr.expected_metadata else None
    toolchain = cc_toolchain.content | {"tools": tools}
    inputs = struct(
        expected = _write_json(ctx, "expected", expected) if expected else None,
        fingerprint = _write_json(ctx, "fingerprint", entries),
        hub = ctx.attr.hub,
        native = _write_json(ctx, "native", native.content) if native.content else None,
        patches = ctx.files.patches,
        python = interpreter.executable,
        rust = rust,
        toolchain = _write_json(ctx, "toolchain", toolchain),
        wheels = _build_wheels(ctx),
    )
    facts = {"expected": expected, "fingerprint": short_entries(entries), "native": native.content, "toolchain": toolchain} | rust.facts
    outputs = _declare(ctx, find_tag(ctx, interpreter, ctx.attr.python_version))
    direct = [ctx.file.sdist, inputs.fingerprint, inputs.toolchain] + inputs.wheels + inputs.patches
    direct.extend([file for file in [inputs.expected, inputs.native, rust.toolchain] if file] + rust.crates + rust.cargo_locks.values())
    files = depset(direct, transitive = [native.files])
    run = depset(transitive = [interpreter.files, cc_toolchain.files, rust.files])
    run_helper(
        ctx,
        arguments = _arguments(ctx, inputs, outputs),
        facts = {name: content for name, content in facts.items() if content},
        inputs = files,
        mnemonic = "ReprowheelBuild",
        outputs = [outputs.wheel, outputs.file, outputs.report, outputs.debug],
        progress_message = "Building wheel %{label}",
        resource_set = resource_step(ctx.attr.cpus, ctx.attr.memory_mb).resources,
        tools = run,
        verb = "build",
    )
    return _providers(ctx, outputs, RequestInfo(
        inputs = files,
        label = ctx.label,
        request = _write_request(ctx, inputs),
        tools = run,
    ), [inputs.toolchain, inputs.fingerprint] + ([rust.toolchain] if rust.toolchain else []))

sdist_wheel = rule(
    implementation = _sdist_wheel_impl,
    attrs = HELPER_ATTRS | PYTHON_VERSION_ATTR | BUILD_SETTING_ATTRS | RUST_ATTRS | {
        "build_requirements": attr.label_list(
            allow_files = [".whl"],
            doc = "The wheels of the build environment: all build requirements, with their own dependencies.",
        ),
        "distribution": attr.string(mandatory = True, doc = "Name that the sdist must have."),
        "expected_metadata": attr.string(doc = "Metadata that the wheel must have: a JSON object with `requires_dist`, `provides_extra` and `top_level`."),
        "host_fingerprints": attr.string_dict(doc = "Fingerprints that identify `host_libraries`, `host_headers` and `host_tools` on this host, as JSON."),
        "hub": attr.string(doc = "Name of the hub, for messages."),
        "sdist": attr.label(allow_single_file = True, doc = "The source distribution.", mandatory = True),
        "sha256": attr.string(doc = "Digest that the sdist was fetched by."),
        "version": attr.string(doc = "Version that the sdist must have.", mandatory = True),
        "_cc_toolchain": attr.label(default = "@rules_cc//cc:optional_current_cc_toolchain", doc = "For Bazel without C++ toolchain resolution."),
        "_declared_cc": attr.label(default = "@reprowheel_zig//:cc", doc = "The compiler that MODULE.bazel chooses, if any."),
        "_exec_platform": attr.label(cfg = "exec", default = ":platform", doc = "The exec platform: the build runs there."),
        "_platform": attr.label(default = ":platform", doc = "The target platform."),
    },
    doc = "Builds a wheel from an sdist. The bytes of the wheel depend on the declared inputs only.",
    fragments = ["cpp"],
    provides = [RequestInfo, SdistInfo, WheelInfo],
    toolchains = [PYTHON_TOOLCHAIN] + use_cc_toolchain(),
)
