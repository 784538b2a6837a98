"""Tests of //python/private/hub:plan_tag.bzl: tags and files in, attributes of repositories out."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:plan_tag.bzl", "plan_tags")
load("//tests/starlark:tags.bzl", "parse_tag")

_R311 = Label("//:requirements_311.txt")
_R312 = Label("//:requirements_312.txt")
_BUILD = Label("//:build-lock.json")

def _line(name, version, digit):
    return "{}=={} --hash=sha256:{}\n".format(name, version, digit * 64)

_FILES = {
    str(_BUILD): json.encode({
        "build_lock_version": 1,
        "sdists": {"both==2": {"build_requirements": ["tool==1"], "filename": "both-2.tar.gz", "sha256": "2" * 64}},
        "wheels": {"tool==1": {"filename": "tool-1-py3-none-any.whl", "sha256": "9" * 64}},
    }),
    str(_R311): _line("both", "1", "1") + _line("old", "1", "3"),
    str(_R312): _line("both", "2", "2") + _line("new", "1", "4"),
}

def _plan(*tags, **kwargs):
    reads = []

    def _read(file, **_kwargs):
        name = getattr(file, "label", str(file))
        reads.append(name)
        return _FILES[name]

    # where a lock is: in the workspace's root
    def _child(name):
        label = str(Label("//:" + name))
        return struct(exists = label in _FILES, is_dir = False, label = label)

    folder = struct(dirname = struct(dirname = struct(), get_child = _child), exists = True, is_dir = False)
    context = struct(
        getenv = lambda name: None,
        os = struct(arch = "amd64", environ = {}, name = "linux"),
        path = lambda label: folder,
        read = _read,
    )
    return plan_tags(context, "pypi", tags, **({"overrides": {}} | kwargs)), reads

_TAGS = [
    parse_tag(python_version = "3.11", requirements_lock = _R311),
    parse_tag(
        build_requirements_lock = _BUILD,
        extra_hub_aliases = {"both": ["srcs"]},
        index_url = "https://example.org/i",
        python_version = "3.12",
        requirements_lock = _R312,
        target_platforms = ["linux_x86_64", "linux_aarch64"],
    ),
]

def _variants_test_impl(ctx):
    """Each tag's variants have its lock, its build lock and its settings; each file is read once."""
    env = unittest.begin(ctx)
    plan, reads = _plan(*_TAGS)
    asserts.equals(env, "", plan.error)
    asserts.equals(env, sorted(_FILES), sorted(reads))
    asserts.equals(env, [
        "pypi_311_both_1",
        "pypi_311_old_1",
        "pypi_312_linux_aarch64_both_2",
        "pypi_312_linux_aarch64_build_tool_1",
        "pypi_312_linux_aarch64_new_1",
        "pypi_312_linux_x86_64_both_2",
        "pypi_312_linux_x86_64_build_tool_1",
        "pypi_312_linux_x86_64_new_1",
    ], sorted([item["name"] for item in plan.distributions]))
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.equals(env, None, by_name["pypi_311_both_1"].get("index_url"))
    asserts.equals(env, "https://example.org/i", by_name["pypi_312_linux_x86_64_both_2"]["index_url"])
    asserts.equals(env, {"both": None, "new": None, "old": None}, plan.names)
    asserts.equals(env, {"both": ["srcs"]}, plan.hub["extra_aliases"])
    asserts.equals(env, [
        ("cp311", "3.11", "", "requirements_311.txt"),
        ("cp312_linux_x86_64", "3.12", "linux_x86_64", "requirements_312.txt"),
        ("cp312_linux_aarch64", "3.12", "linux_aarch64", "requirements_312.txt"),
    ], [(item["id"], item["python_version"], item["platform"], item["where"]) for item in json.decode(plan.hub["variants"])])
    return unittest.end(env)

variants_test = unittest.make(_variants_test_impl)

def _settings_test_impl(ctx):
    """Overrides of files reach the hubs that have the package; host libraries and replaced packages reach the hub."""
    env = unittest.begin(ctx)
    patches = {"file_patches": {"both-1-py3-none-any.whl": {"patch_strip": 1, "patches": [Label("//:p")]}}}
    plan, _ = _plan(
        file_overrides = {"both": patches, "elsewhere": patches},
        modifications = {"new": {"data": ["x"]}},
        overrides = {"both": {"host_headers": ["x/*"], "host_libraries": ["libx.so.1"], "host_tools": ["x-config"]}, "old": {"target": Label("//:mine")}},
        *_TAGS
    )
    asserts.equals(env, "", plan.error)
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.equals(env, {
        "file_patches": {"both-1-py3-none-any.whl": {"patch_strip": 1, "patches": [str(Label("//:p"))]}},
        "host_headers": ["x/*"],
        "host_libraries": ["libx.so.1"],
        "host_tools": ["x-config"],
    }, json.decode(by_name["pypi_311_both_1"]["settings"]))
    asserts.equals(env, {"data": ["x"]}, json.decode(by_name["pypi_312_linux_x86_64_new_1"]["settings"]))
    asserts.false(env, "pypi_311_old_1" in by_name)
    asserts.equals(env, (["x/*"], ["libx.so.1"]), (plan.hub["host_headers"], plan.hub["host_libraries"]))
    asserts.equals(env, ["x-config"], plan.hub["host_tools"])
    asserts.equals(env, {"old": str(Label("//:mine"))}, plan.hub["targets"])
    return unittest.end(env)

settings_test = unittest.make(_settings_test_impl)

_UV = Label("//:uv.lock")

def _run_reader(command, **_kwargs):
    """Answers as the reader of TOML locks does for one whose extra `cli` needs `tail` and whose group `dev` needs `more`."""
    request = json.decode(command[-1])
    names = {"CLI": "tail", "cli": "tail", "dev": "more"}
    wanted = request["extras"] + (request["groups"] or [])
    if "x" in wanted:
        return struct(return_code = 0, stdout = json.encode({"error": {"message": "uv.lock: no 'x'", "moving": None, "tip": "y"}}))
    return struct(return_code = 0, stdout = json.encode({
        "choices": {},
        "entries": [
            {"files": [], "hashes": ["1" * 64], "name": names[name], "version": "1", "where": "uv.lock: package[1]"}
            for name in wanted
        ],
        "environments": [],
        "index_url": "",
        "more": [],
        "requires_python": "",
    }))

def _wanted_test_impl(ctx):
    """Extras and groups of the locked project that a tag asks for; the command that locks again asks for them, too."""
    env = unittest.begin(ctx)
    folder = struct(dirname = "/tables", get_child = str)
    context = struct(
        execute = _run_reader,
        getenv = lambda name: None,
        os = struct(arch = "amd64", environ = {}, name = "linux"),
        path = lambda label: struct(dirname = folder, exists = True, is_dir = False),
        read = lambda label: "a lock",
        which = lambda name: "/python",
    )
    for extras, groups, expected in [([], [], []), (["CLI"], [], ["tail"]), ([], ["dev"], ["more"]), (["cli"], ["dev"], ["more", "tail"])]:
        tag = parse_tag(lock_extras = extras, lock_groups = groups, uv_lock = _UV)
        plan = plan_tags(context, "pypi", [tag], {})
        asserts.equals(env, "", plan.error)
        asserts.equals(env, expected, sorted(plan.names))
        wanted = "".join([" --extra=" + extra for extra in extras] + [" --group=" + group for group in groups])
        for attributes in plan.distributions:
            start = "bazel run @rules_reprowheel//tools/lock -- uv.lock{} --out build-lock.json".format(wanted)
            asserts.true(env, attributes["relock"].startswith(start), attributes["relock"])
    unknown = plan_tags(context, "pypi", [parse_tag(lock_extras = ["x"], uv_lock = _UV)], {})
    asserts.equals(env, "uv.lock: no 'x'. To fix: y.", unknown.error)
    return unittest.end(env)

wanted_test = unittest.make(_wanted_test_impl)

def _choices_test_impl(ctx):
    """Choices of a lock are variants of the hub; what they have in common is planned once, and the lock command locks all of them."""
    env = unittest.begin(ctx)

    def _entry(name, version, requires_dist = []):
        return {
            "files": [],
            "hashes": [version * 64],
            "name": name,
            "requires_dist": requires_dist,
            "version": version,
            "where": "uv.lock: package[1]",
        }

    answer = struct(return_code = 0, stdout = json.encode({
        "choices": {"new": [0, 1, 2], "old": [3, 4, 0]},
        "entries": [_entry("leaf", "1"), _entry("user", "1", ["tail"]), _entry("tail", "2")],
        "environments": [],
        "index_url": "",
        "more": [_entry("tail", "1"), _entry("user", "1", ["tail"]) | {"where": "uv.lock: package[2]"}],
        "requires_python": "",
    }))
    context = struct(
        execute = lambda _command, **_kwargs: answer,
        getenv = lambda name: None,
        os = struct(arch = "amd64", environ = {}, name = "linux"),
        path = lambda label: struct(dirname = struct(dirname = "/tables", get_child = str), exists = True, is_dir = False),
        read = lambda label: "a lock",
        which = lambda name: "/python",
    )
    plan = plan_tags(context, "pypi", [parse_tag(uv_lock = _UV)], {})
    asserts.equals(env, "", plan.error)
    asserts.equals(
        env,
        ["pypi_leaf_1", "pypi_user_1", "pypi_tail_2", "pypi_dep_group_old_tail_1", "pypi_dep_group_old_user_1"],
        [attributes["name"] for attributes in plan.distributions],
    )
    asserts.equals(
        env,
        ["HUB", "HUBS[\"dep_group_old\"]"],
        [attributes.get("hub_variable", "HUB") for attributes in [plan.distributions[0], plan.distributions[-1]]],
    )
    asserts.equals(env, [("", "-"), ("dep_group_new", "new"), ("dep_group_old", "old")], [
        (variant["id"], variant["dep_group"])
        for variant in json.decode(plan.hub["variants"])
    ])
    for attributes in plan.distributions:
        asserts.true(env, attributes["locked_edges"])
        asserts.true(env, " -- uv.lock --dep-group=:all: --out build-lock.json" in attributes["relock"], attributes["relock"])
    return unittest.end(env)

choices_test = unittest.make(_choices_test_impl)

_KNOWN = "there is no package 'x' in requirements_311.txt and requirements_312.txt; expected one of the packages of requirements_311.txt and " + \
         "requirements_312.txt: both, new, old."

_TAG = "MODULE.bazel: pip.parse(hub_name = \"pypi\"): "

def _errors_test_impl(ctx):
    """Names that no lock of the hub has, settings given in two places, and errors of locks and options."""
    env = unittest.begin(ctx)
    for attributes, error in [
        ({"no_binary": ["x"]}, _TAG + "no_binary: " + _KNOWN),
        ({"only_binary": ["x"]}, _TAG + "only_binary: " + _KNOWN),
        ({"extra_hub_aliases": {"x": []}}, _TAG + "extra_hub_aliases: " + _KNOWN),
        ({"experimental_requirement_cycles": {"g": ["both", "x"]}}, _TAG + "experimental_requirement_cycles: " + _KNOWN),
        ({"experimental_index_url_overrides": {"x": "https://u"}}, _TAG + "experimental_index_url_overrides: " + _KNOWN),
        ({"lock_extras": ["x"]}, _TAG + "lock_extras: requirements_312.txt has no extras and no dependency groups; expected pylock_toml or uv_lock."),
        ({"lock_groups": ["x"]}, _TAG + "lock_groups: requirements_312.txt has no extras and no dependency groups; expected pylock_toml or uv_lock."),
        ({"annotations": {"x": "{}"}}, _TAG + "annotations: " + _KNOWN),
        (
            {"no_binary": ["both"], "only_binary": ["both"]},
            "MODULE.bazel: pip.parse(hub_name = \"pypi\"): no_binary and only_binary both have 'both'; expected it in one of them.",
        ),
    ]:
        tag = parse_tag(**({"python_version": "3.12", "requirements_lock": _R312} | attributes))
        asserts.equals(env, error, _plan(_TAGS[0], tag)[0].error)
    asserts.equals(env, "the tag: " + _KNOWN, _plan(overrides = {"x": {"deep": True}}, places = {"x": "the tag"}, *_TAGS)[0].error)
    asserts.equals(
        env,
        "the tag: index_url 'e.org' has no scheme; expected https://, http:// or file:///. To fix: https://e.org.",
        _plan(overrides = {"both": {"index_url": "e.org"}}, places = {"both": "the tag"}, *_TAGS)[0].error,
    )
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"pypi\"): package 'both': more than one of pip.override, whl_modifications and annotations sets data; expected one of them.",
        _plan(modifications = {"both": {"data": ["x"]}}, overrides = {"both": {"data": ["y"]}}, *_TAGS)[0].error,
    )
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def _missing_build_lock_test_impl(ctx):
    """A build lock that is not written yet has no entries: the hub is there, and says how to write it."""
    env = unittest.begin(ctx)
    attributes = {"python_version": "3.12", "requirements_lock": _R312}
    plan, reads = _plan(parse_tag(build_requirements_lock = Label("//:missing.json"), **attributes))
    asserts.equals(env, "", plan.error)
    asserts.equals(env, [str(_R312)], reads)
    asserts.equals(env, ["", ""], [distribution.get("locked", "") for distribution in plan.distributions])
    command = "bazel run @rules_reprowheel//tools/lock -- requirements_312.txt --python-version=3.12 --out missing.json"
    asserts.equals(env, [command] * 2, [distribution["relock"] for distribution in plan.distributions])
    there, _ = _plan(parse_tag(build_requirements_lock = _BUILD, **attributes))
    asserts.true(env, [distribution for distribution in there.distributions if distribution.get("locked")])
    return unittest.end(env)

missing_build_lock_test = unittest.make(_missing_build_lock_test_impl)

def _from_source_test_impl(ctx):
    """Everything passes over wheels, and the command that locks again says so; a build lock with wheels is refused when something is built."""
    env = unittest.begin(ctx)
    plan, _ = _plan(_TAGS[0], parse_tag(from_source = True, python_version = "3.12", requirements_lock = _R312))
    asserts.equals(env, "", plan.error)
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.true(env, by_name["pypi_312_both_2"]["no_binary"])
    asserts.true(env, " --python-version=3.12 --from-source --out" in by_name["pypi_312_both_2"]["relock"])
    asserts.false(env, "no_binary" in by_name["pypi_311_both_1"])
    asserts.false(env, "--from-source" in by_name["pypi_311_both_1"]["relock"])
    plan, _ = _plan(_TAGS[0], parse_tag(build_requirements_lock = _BUILD, from_source = True, python_version = "3.12", requirements_lock = _R312))
    asserts.equals(env, "", plan.error)
    asserts.equals(
        env,
        "from_source = True, but build-lock.json: wheels[\"tool==1\"] (tool-1-py3-none-any.whl) is no seed; expected an sdist of every build requirement",
        json.decode(plan.hub["variants"])[1]["unlocked"],
    )
    asserts.equals(env, [], [item["name"] for item in plan.distributions if item.get("locked")])
    return unittest.end(env)

from_source_test = unittest.make(_from_source_test_impl)

def _relock_test_impl(ctx):
    """The command has what MODULE.bazel says about sdists, so it keeps what the build lock has for them; names of other locks are left out."""
    env = unittest.begin(ctx)
    tag = parse_tag(build_requirements_lock = Label("//:missing.json"), no_binary = ["Both", "old"], python_version = "3.12", requirements_lock = _R312)
    plan, _ = _plan(_TAGS[0], tag)
    commands = {item["relock"]: None for item in plan.distributions if item["name"].startswith("pypi_312_")}
    asserts.equals(env, ["bazel run @rules_reprowheel//tools/lock -- requirements_312.txt --no-binary=both --python-version=3.12 --out missing.json"], commands.keys())
    return unittest.end(env)

relock_test = unittest.make(_relock_test_impl)

def plan_tag_test_suite(name):
    unittest.suite(name, variants_test, settings_test, wanted_test, choices_test, errors_test, missing_build_lock_test, from_source_test, relock_test)
