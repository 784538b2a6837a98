"""Builds a wheel in the repository phase. The helper gets the same inputs as in an action, and makes the same bytes.

Phase: repository.
In: an sdist, labels of the wheels that build it, settings. Out: the wheel in the repository, a report, debug files.
"""

load("//python/private/helper:run.bzl", "FETCH_PHASE_SECONDS", "run_helper_program", "shared_facts")
load("//python/private/host:fingerprint.bzl", "add_entries", "add_host_files", "select_fingerprint")
load("//python/private/host:headers.bzl", "header_key", "identify_headers")
load("//python/private/host:libraries.bzl", "identify_libraries")
load("//python/private/host:tools.bzl", "identify_tools", "tool_key")
load("//python/private/wheel:request.bzl", "request_flags")
load("//python/private/wheel:settings.bzl", "line_break_error")
load(":repository_rust.bzl", "place_rust")
load(":siblings.bzl", "read_sibling", "sibling_file")

visibility(["//python/...", "//tests/starlark/..."])

# Settings that name targets. They cannot apply here: Bazel builds no target before the analysis phase.
_NEEDS_ACTION = ["native_deps"]

def describe_error(request, message):
    """Writes an error of a build in the repository phase.

    Args:
      request: (struct) with `where`, `name`, `version`.
      message: (str) what is wrong.

    Returns:
      (str) the message with its place.
    """
    return "{}: {}=={}: {}".format(request.where, request.name, request.version, message)

def helper_message(stderr):
    """Takes the helper's error out of what it printed.

    Args:
      stderr: (str) standard error.

    Returns:
      (str) the text from its line `ERROR` on, without that word; all of it if there is no such line.
    """
    lines = stderr.strip().split("\n")
    for index, line in enumerate(lines):
        if line.startswith("ERROR "):
            return "\n".join([line[len("ERROR "):]] + lines[index + 1:])
    return stderr.strip() or "the helper ended without a message."

def setting_error(settings, platform, python_version, host_version):
    """Says why an sdist cannot be built in the repository phase.

    Args:
      settings: (dict) of pip.override.
      platform: (str) target platform of the hub's variant; empty for the host.
      python_version: (str) Python version of the hub's variant; empty for any.
      host_version: (str) of the host's interpreter.

    Returns:
      (str) a message, or empty.
    """
    for name in _NEEDS_ACTION:
        if settings.get(name):
            return ("{} names targets, which do not exist yet in build_phase \"fetch\"; expected build_phase \"action\". " +
                    "To fix: pip.override(build_phase = \"action\") for this package.").format(name)
    if platform:
        return ("build_phase \"fetch\" builds on and for the host; expected build_phase \"action\" for the platform {}. " +
                "To fix: pip.override(build_phase = \"action\") for this package.").format(platform)
    wanted = ".".join(python_version.split(".")[:2])
    if wanted and wanted != host_version:
        return ("build_phase \"fetch\" builds with the host's Python {}; expected {}, for which the hub was made. " +
                "To fix: build_phase = \"action\", with a toolchain of Python {}.").format(host_version, wanted, wanted)
    return ""

def build_arguments(request, paths):
    """Writes the helper's arguments. An action writes the same ones for the same request.

    Args:
      request: (struct) `name`, `version`, `settings` (dict).
      paths: (struct) `sdist`, `wheels`, `python`, `toolchain`, `fingerprint`, `expected` (empty for none), `patches`, `out` and
        `work` (folders); `rust`: as `place_rust`; and `hub`: name of the hub, for messages.

    Returns:
      (list[str]) one argument per line.
    """
    inputs = struct(
        expected = paths.expected,
        fingerprint = paths.fingerprint,
        hub = paths.hub,
        native = "",
        patches = paths.patches,
        python = paths.python,
        rust = paths.rust,
        toolchain = paths.toolchain,
        wheels = paths.wheels,
    )
    result = [paths.sdist]
    for flag in request_flags(request.name, request.version, request.settings, inputs):
        result += [flag.name] if flag.values == None else ["{}={}".format(flag.name, value) for value in flag.values]
    return result + [
        "--out=" + paths.out,
        "--debug-dir={}/debug".format(paths.work),
        "--report={}/report.json".format(paths.work),
        "--exclusive",
        "--quiet",
    ]

def _fingerprint(rctx, shared, settings):
    toolchain = json.decode(rctx.read(shared.toolchain))
    pinned = toolchain == json.decode(rctx.read(Label("@reprowheel_zig//:toolchain.json")))  # its hash identifies it
    tools = [] if pinned else toolchain["tools"].values()
    selected = select_fingerprint(tools + [shared.python, shared.helper_python], shared.fingerprint, shared.implied)
    sonames, patterns = settings.get("host_libraries", []), settings.get("host_headers", [])
    programs = settings.get("host_tools", [])
    if selected.error:
        return selected.error, {}
    found = identify_libraries(rctx, sonames) | identify_headers(rctx, patterns) | identify_tools(rctx, programs)
    keys = sonames + [header_key(pattern) for pattern in patterns] + [tool_key(program) for program in programs]
    return "", add_host_files(selected.entries, keys, found)

def _build_one(rctx, shared, request, wheels, work):
    """Builds one wheel into `work`; returns its path in the repository."""
    error, fingerprint = _fingerprint(rctx, shared, request.settings)
    rust = place_rust(rctx, request.rust, work + "/rust")
    if error or rust.error:
        fail(describe_error(request, error or rust.error))
    fingerprint = add_entries(fingerprint, rust.fingerprint)
    rctx.file(work + "/fingerprint.json", json.encode_indent(fingerprint, indent = "  ") + "\n", executable = False)
    if request.expected:
        rctx.file(work + "/expected.json", request.expected, executable = False)
    paths = struct(
        expected = work + "/expected.json" if request.expected else "",
        fingerprint = work + "/fingerprint.json",
        hub = rctx.attr.hub,
        out = work + "/wheel",
        patches = [str(rctx.path(Label(patch))) for patch in request.patches],
        python = shared.python,
        rust = rust,
        sdist = str(request.sdist),
        toolchain = str(shared.toolchain),
        wheels = [str(wheel) for wheel in wheels],
        work = work,
    )
    arguments = build_arguments(request, paths)
    error = line_break_error(arguments)
    if error:
        fail(describe_error(request, error))
    rctx.file(work + "/arguments", "\n".join(arguments) + "\n", executable = False)
    rctx.report_progress("building the wheel of {}=={}".format(request.name, request.version))
    run = run_helper_program(rctx, shared, ["build", "@{}/arguments".format(work)], FETCH_PHASE_SECONDS)
    if run.return_code != 0:
        said = helper_message(run.stderr)
        fail(describe_error(request, said.removeprefix("{}=={}: ".format(request.name, request.version))))
    for leftover in ["arguments", "expected.json", "fingerprint.json", "rust"]:
        rctx.delete("{}/{}".format(work, leftover))
    made = rctx.path(paths.out).readdir()
    return "{}/{}".format(paths.out, made[0].basename)

def _closure(rctx, labels):
    """Reads what the repositories of build requirements say; returns a dict from label to struct."""
    found = {}
    pending = list(labels)
    for _ in range(10000):
        if not pending:
            break
        label = pending.pop()
        if label in found:
            continue
        found[label] = read_sibling(rctx, label)
        if not found[label].wheel:
            pending.extend(found[label].build_requirements)
    return found

def _requirement_wheels(rctx, shared, request):
    """Gives a wheel for each build requirement. One that would be built in an action is built here, for this build."""
    siblings = _closure(rctx, request.build_requirements)
    wheels = {
        label: sibling_file(rctx, label, sibling.wheel)
        for label, sibling in siblings.items()
        if sibling.wheel
    }
    for _ in siblings:
        for label, sibling in siblings.items():
            if label in wheels or [other for other in sibling.build_requirements if other not in wheels]:
                continue
            needed = [wheels[other] for other in sibling.build_requirements]
            inner = struct(
                expected = sibling.expected,
                name = sibling.name,
                patches = sibling.patches,
                rust = sibling.rust,
                sdist = sibling_file(rctx, label, sibling.sdist),
                settings = sibling.settings,
                version = sibling.version,
                where = sibling.where,
            )
            made = _build_one(rctx, shared, inner, needed, "requirements/{}".format(sibling.name))
            wheels[label] = rctx.path(made)
    return [wheels[label] for label in request.build_requirements]

def built_report(wheel):
    """Gives the path of the report beside a wheel.

    Args:
      wheel: (str) of `build_in_repository`.

    Returns:
      (str) its path in the repository.
    """
    return wheel.rpartition("/wheel/")[0] + "/report.json"

def build_in_repository(rctx, request):
    """Builds a wheel. Fails with the helper's message if it cannot.

    Args:
      rctx: the repository context.
      request: (struct) `name`, `version`, `where`, `sdist` (file name), `build_requirements` (labels), `expected` (JSON
        or empty), `settings` (dict), `patches` (labels), `rust` (as `rust_facts`), `platform`, `python_version`.

    Returns:
      (str) path of the wheel in the repository.
    """
    shared = shared_facts(rctx)
    error = setting_error(request.settings, "" if request.platform == shared.platform else request.platform, request.python_version, shared.python_version)
    if error:
        fail(describe_error(request, error))
    wheels = _requirement_wheels(rctx, shared, request)
    wheel = _build_one(rctx, shared, request, wheels, "build")
    rctx.delete("requirements")
    return wheel
