"""Tests of //python/private/choice:dep_groups.bzl and what it adds to a hub's files."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/choice:dep_group_flag.bzl", "chosen_group")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/choice:dep_groups.bzl", "choice_variants", "flag_package", "share_repositories")

# buildifier: disable=bzl-visibility  (what writes the files)
load("//python/private/hub:build_files.bzl", "config_build_file", "package_build_file")

# buildifier: disable=bzl-visibility  (what decides the conditions)
load("//python/private/hub:host_variants.bzl", "resolve_variants")

# buildifier: disable=bzl-visibility  (what writes the files)
load("//python/private/hub:macros.bzl", "config_file", "requirements_file")

# buildifier: disable=bzl-visibility  (what the subject takes)
load("//python/private/lock:locked.bzl", "parsed_lock")

def _families_test_impl(ctx):
    """Each choice is a variant with an id of its own and the rest of its lock; a lock without choices has one variant."""
    env = unittest.begin(ctx)
    with_choices = parsed_lock(choices = {"a-b": ["x", "y"]}, entries = ["x"], index_url = "i", requires_python = ">=3")
    locks = {"": with_choices, "cp312": parsed_lock(entries = ["z"])}
    variants = [struct(id = id, index = 0, lock = "l", own = None, platform = "p", python_version = "3", tag = "t") for id in locks]
    found = choice_variants(variants, lambda variant: locks[variant.id])
    asserts.equals(env, [["", "dep_group_a_b"], ["cp312"]], [[member.variant.id for member in family] for family in found])
    asserts.equals(env, [["-", "a-b"], [""]], [[member.dep_group for member in family] for family in found])
    chosen = found[0][1].lock
    asserts.equals(env, (["x", "y"], "i", ">=3"), (chosen.entries, chosen.index_url, chosen.requires_python))
    return unittest.end(env)

families_test = unittest.make(_families_test_impl)

def _distribution(variant, name, requires_dist = [], version = "1", **more):
    return {
        "distribution": name,
        "hub_variable": variant,
        "name": "{}_{}_{}".format(variant, name, version),
        "requires_dist": json.encode(requires_dist),
        "version": version,
    } | more

def _plan(distributions):
    return struct(
        distributions = distributions,
        entries = [
            {"marker": "", "name": item["name"].split("_")[1], "repository": item["name"], "where": ""}
            for item in distributions
        ],
        environments = [],
        groups = {},
        requires_python = "",
        unlocked = "",
    )

def _share_test_impl(ctx):
    """What has the same dependencies, all the way down, is one repository; what needs another version below is not."""
    env = unittest.begin(ctx)
    base, other = [
        _plan([
            _distribution(id, "leaf"),
            _distribution(id, "deep", version = deep),
            _distribution(id, "middle", ["deep", "absent"]),
            _distribution(id, "top", ["middle ; os_name == 'nt'"]),
            _distribution(id, "same", ["leaf"], build_requirements = ["@{}_leaf_1//:whl_file".format(id), "@gone//:whl_file"]),
            _distribution(id, "own", build_requirements = ["@{}_deep_{}//:whl_file".format(id, deep)]),
            _distribution(id, "one", ["two"], group_members = ["one", "two"]),
            _distribution(id, "two", ["one"], group_members = ["one", "two"]),
        ])
        for id, deep in [("a", "1"), ("b", "2")]
    ]
    asserts.equals(env, [base], share_repositories([base]))
    shared = share_repositories([base, other])
    asserts.equals(env, base, shared[0])
    asserts.equals(
        env,
        ["b_deep_2", "b_middle_1", "b_top_1", "b_own_1"],
        [item["name"] for item in shared[1].distributions],
    )
    asserts.equals(
        env,
        ["a_leaf_1", "b_deep_2", "b_middle_1", "b_top_1", "a_same_1", "b_own_1", "a_one_1", "a_two_1"],
        [entry["repository"] for entry in shared[1].entries],
    )
    asserts.equals(env, ["@b_deep_2//:whl_file"], shared[1].distributions[-1]["build_requirements"])
    return unittest.end(env)

share_test = unittest.make(_share_test_impl)

_HOST = {"environment": {"implementation_version": "3.12.4", "python_full_version": "3.12.4", "python_version": "3.12"}}

def _variant(dep_group, packages):
    return {
        "dep_group": dep_group,
        "enable_implicit_namespace_pkgs": False,
        "entries": [
            {"marker": "", "name": name, "repository": repository, "where": "uv.lock"}
            for name, repository in packages.items()
        ],
        "environments": [],
        "groups": {},
        "id": "" if dep_group == "-" else "dep_group_" + dep_group,
        "own": None,
        "platform": "",
        "python_version": "",
        "requires_python": "",
        "unlocked": "",
        "where": "uv.lock",
    }

def _files_test_impl(ctx):
    """The hub selects by its own setting; a package says in which groups it is; the macros are about what pip.parse asks for."""
    env = unittest.begin(ctx)
    variants = resolve_variants(_HOST, [
        _variant("-", {"base": "r_base"}),
        _variant("dev", {"base": "r_base", "lint": "r_lint"}),
        _variant("old", {"base": "old_base"}),
    ]).variants
    config = config_build_file("pypi", variants)
    for text in [
        "load(\"@rules_reprowheel//python:generated.bzl\", \"dep_group_of_hub\")",
        "dep_group_of_hub(\n    name = \"dep_group\",\n    hub = \"pypi\",\n    known = [\"dev\",\"old\"],\n)",
        "name = \"is_no_dep_group\",\n    flag_values = {\n        \"//_config:dep_group\": \"-\",\n    },",
        "name = \"is_dep_group_dev\",\n    flag_values = {\n        \"//_config:dep_group\": \"dev\",\n    },",
    ]:
        asserts.true(env, text in config, config)
    base = package_build_file("pypi", "base", variants)
    asserts.true(env, "\"//_config:is_no_dep_group\": \"@r_base//:pkg\",\n" in base, base)
    asserts.true(env, "\"//_config:is_dep_group_old\": \"@old_base//:pkg\",\n" in base, base)
    asserts.true(
        env,
        "@pypi//lint: lint is not locked for what this configuration asks for; it is for the host's Python with dep_group dev. " +
        "To fix: the flag --@rules_reprowheel//python/config_settings:dep_group=NAME, or lock it with that group." in
        package_build_file("pypi", "lint", variants),
    )
    hubs = config_file("pypi", variants, {}, {})
    asserts.true(env, "\nHUB = struct(" in hubs and "\nHUBS = {\n    \"dep_group_dev\": struct(" in hubs, hubs)
    requirements = requirements_file("pypi", variants, {})
    asserts.true(env, "\n_EVERYWHERE = [\n    \"base\"\n]\n" in requirements, requirements)
    asserts.true(env, "\n_REPOSITORIES = {\n    \"lint\": \"r_lint\"\n}\n" in requirements, requirements)
    asserts.true(env, "actual = \"@rules_reprowheel//python/config_settings:dep_group\"" in flag_package(variants, ["base"]))
    asserts.equals(env, "", flag_package(variants, ["dep-group"]))
    return unittest.end(env)

files_test = unittest.make(_files_test_impl)

def _flag_test_impl(ctx):
    """Names of groups are compared as PEP 735 does; no name is no group; another name is an error with those that exist."""
    env = unittest.begin(ctx)
    for flag, expected in [("", "-"), ("dev", "dev"), ("Py_Main.x", "py-main-x")]:
        asserts.equals(env, struct(error = "", value = expected), chosen_group("pypi", ["dev", "py-main-x"], flag))
    asserts.equals(
        env,
        "dep_group 'dve' is in no uv.lock of @pypi; did you mean 'dev'? " +
        "To fix: --@rules_reprowheel//python/config_settings:dep_group=NAME, or lock again.",
        chosen_group("pypi", ["dev", "test"], "dve").error,
    )
    return unittest.end(env)

flag_test = unittest.make(_flag_test_impl)

def dep_groups_test_suite(name):
    """Makes all tests of this file.

    Args:
      name: (str) the test_suite.
    """
    unittest.suite(name, families_test, share_test, files_test, flag_test)
