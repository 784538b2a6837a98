"""Tests of //python/private/lock:read_lock.bzl: real locks of one project in three formats lock the same.

The locks in locks/ are written by uv for pyproject.toml there (`uv lock`, `uv export --no-dev --no-emit-project`, once more
with `--format pylock.toml`, once with `--extra cli --group dev`), with another host name; expected.json is what
`uv pip install --dry-run -r pylock.toml` would install on each platform. sources/ has the same of a project with a git commit,
a folder and an archive (`--no-emit-workspace`); pip_compile_*.txt are `pip-compile --generate-hashes` in two annotation styles.
"""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_lock_fixtures//:locks.bzl", "EXPECTED", "LOCKS")

# buildifier: disable=bzl-visibility  (what turns locks into repositories)
load("//python/private/hub:plan.bzl", "plan_variant")

# buildifier: disable=bzl-visibility  (what turns locks into repositories)
load("//python/private/hub:tag_options.bzl", "tag_options")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:build_lock.bzl", "parse_build_lock")

# buildifier: disable=bzl-visibility  (what turns locks into repositories)
load("//python/private/lock:locked.bzl", "locked_distribution", "locked_file", "parsed_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:environments.bzl", "environment_error")

# buildifier: disable=bzl-visibility  (what evaluates the answers)
load("//python/private/spec:markers.bzl", "evaluate_marker", "marker_error")
load("//tests/starlark:tags.bzl", "parse_tag")

_LINUX = {"os_name": "posix", "platform_machine": "x86_64", "platform_system": "Linux", "sys_platform": "linux"}
_MAC = {"os_name": "posix", "platform_machine": "arm64", "platform_system": "Darwin", "sys_platform": "darwin"}
_SYSTEMS = {"linux_x86_64": _LINUX, "osx_aarch64": _MAC}

def _environment(key):
    system, _, version = key.partition(" ")
    return _SYSTEMS[system] | {"python_full_version": version + ".1", "python_version": version}

def _chosen(lock, environment):
    """Gives what a lock has for an environment: name==version to sorted hashes."""
    return {
        "{}=={}".format(entry["name"], entry["version"]): sorted(entry["hashes"])
        for entry in LOCKS[lock]["entries"]
        if evaluate_marker(entry["marker"], environment)
    }

def _same_test_impl(ctx):
    """The three formats give the same distributions with the same files, and those that uv would install."""
    env = unittest.begin(ctx)
    asserts.equals(env, 4, len(EXPECTED))
    for key, expected in EXPECTED.items():
        environment = _environment(key)
        chosen = _chosen("requirements", environment)
        asserts.equals(env, sorted(expected), sorted(chosen))
        asserts.equals(env, chosen, _chosen("pylock", environment))
        asserts.equals(env, chosen, _chosen("uv", environment))
        for lock in ["pylock", "uv", "requirements"]:
            parsed = struct(**LOCKS[lock])
            parsed = struct(entries = [], environments = parsed.environments, requires_python = parsed.requires_python)
            asserts.equals(env, "", environment_error(parsed, environment, lock))
    return unittest.end(env)

same_test = unittest.make(_same_test_impl)

def _groups_test_impl(ctx):
    """Extras and groups of the project add what `uv export` with the same options has, and nothing without them."""
    env = unittest.begin(ctx)
    for key in EXPECTED:
        chosen = _chosen("uv_all", _environment(key))
        asserts.equals(env, _chosen("requirements_all", _environment(key)), chosen)
        asserts.equals(env, len(EXPECTED[key]) + 5, len(chosen))
    return unittest.end(env)

groups_test = unittest.make(_groups_test_impl)

def _entry(lock, name, version = ""):
    return [e for e in LOCKS[lock]["entries"] if e["name"] == name and version in ["", e["version"]]][0]

def _uv_details_test_impl(ctx):
    """uv.lock: extras that somebody asks for, edges with their extras, exact files, no address of the main index."""
    env = unittest.begin(ctx)
    asserts.equals(env, "https://example.org/simple", LOCKS["uv"]["index_url"])
    asserts.equals(env, ">=3.12, <3.14", LOCKS["uv"]["requires_python"])
    dask = _entry("uv", "dask")
    asserts.equals(env, ["distributed"], dask["extras"])
    asserts.true(env, "distributed ; extra == 'distributed'" in dask["requires_dist"])
    asserts.true(env, "click==8.1.8 ; python_full_version < '3.13'" in dask["requires_dist"])
    asserts.true(env, "dask" in _entry("uv", "distributed")["requires_dist"])
    asserts.equals(env, ("index", "", ""), (dask["source"], dask["index_url"], dask["marker"]))
    asserts.equals(env, "sys_platform != 'linux'", _entry("uv", "exceptiongroup")["marker"])
    click = _entry("uv", "click", "8.1.8")
    asserts.equals(env, "", marker_error(click["marker"]))
    asserts.equals(env, ["click-8.1.8-py3-none-any.whl", "click-8.1.8.tar.gz"], [file["filename"] for file in click["files"]])
    asserts.equals(env, click["hashes"], [file["sha256"] for file in click["files"]])
    asserts.true(env, click["files"][0]["url"].startswith("https://example.org/packages/"))
    asserts.equals(env, [], [entry for entry in LOCKS["uv"]["entries"] if entry["name"] == "example-app"])
    asserts.true(env, click["where"].startswith("tests/starlark/locks/uv.lock: package["))
    asserts.true(env, click["where"].endswith("] (click)"))
    return unittest.end(env)

uv_details_test = unittest.make(_uv_details_test_impl)

def _other_details_test_impl(ctx):
    """pylock.toml: files and environments; requirements.txt: who needs what, as comments say."""
    env = unittest.begin(ctx)
    click = _entry("pylock", "click", "8.1.8")
    asserts.equals(env, _entry("uv", "click", "8.1.8")["files"], click["files"])
    asserts.equals(env, "https://example.org/simple", LOCKS["pylock"]["index_url"])
    asserts.equals(env, 2, len(LOCKS["pylock"]["environments"]))
    asserts.equals(env, None, click["requires_dist"])
    asserts.equals(env, ["dask", "distributed", "example-app"], _entry("requirements", "click")["via"])
    asserts.equals(env, ["distributed"], _entry("requirements", "dask")["via"][:1])
    return unittest.end(env)

other_details_test = unittest.make(_other_details_test_impl)

def _sources_test_impl(ctx):
    """A git commit, a folder, an archive and a file of an index: the same distributions in three formats."""
    env = unittest.begin(ctx)
    found = {}
    for lock in ["sources_pylock", "sources_requirements", "sources_uv"]:
        asserts.equals(env, "", LOCKS[lock]["error"])
        found[lock] = {
            entry["name"]: [entry[field] for field in ["source", "path", "url", "commit", "subdirectory"]] + [sorted(entry["hashes"])]
            for entry in LOCKS[lock]["entries"]
        }
    asserts.equals(env, ["folder", "g", "iniconfig", "six"], sorted(found["sources_uv"]))
    asserts.equals(env, found["sources_uv"], found["sources_pylock"])
    asserts.equals(env, found["sources_uv"], found["sources_requirements"])
    asserts.equals(env, ["path", "tests/starlark/locks/sources/libs/folder", "", "", "", []], found["sources_uv"]["folder"])
    asserts.equals(env, [
        "git",
        "",
        "https://example.org/gitrepo",
        "f7e717b21cb3176d84216e705c88885acb2f8482",
        "python/g",
        [],
    ], found["sources_uv"]["g"])
    return unittest.end(env)

sources_test = unittest.make(_sources_test_impl)

def _via_test_impl(ctx):
    """Both annotation styles of pip-compile say who needs what; files in them are no names."""
    env = unittest.begin(ctx)
    for lock in ["pip_compile_line", "pip_compile_split"]:
        asserts.equals(env, "", LOCKS[lock]["error"])
        asserts.equals(env, {
            "importlib-metadata": [],
            "lazy-importer": ["importlib-metadata"],
            "locket": ["partd"],
            "partd": [],
            "toolz": ["partd"],
            "zict": [],
            "zipp": ["importlib-metadata"],
        }, {entry["name"]: entry["via"] for entry in LOCKS[lock]["entries"]})
    return unittest.end(env)

via_test = unittest.make(_via_test_impl)

def _repositories(lock):
    """Gives what a hub makes of a lock: repository to hashes, and the groups of cycles."""
    fields = LOCKS[lock]
    entries = [
        locked_distribution(**(entry | {"files": [locked_file(**file) for file in entry["files"]]}))
        for entry in fields["entries"]
    ]
    plan = plan_variant("pypi", struct(id = "", own = None, platform = "", python_version = ""), parsed_lock(
        **(fields | {"entries": entries})
    ), parse_build_lock(None, ""), struct(
        build_where = "",
        relock = "lock it",
        options = tag_options(parse_tag()),
        overrides = {},
    ))
    return {item["name"]: sorted(item["hashes"]) for item in plan.distributions}, plan.groups

def _targets_test_impl(ctx):
    """Each format gives the same repositories; cycles are found in edges and in comments (uv's pylock.toml has neither)."""
    env = unittest.begin(ctx)
    expected, groups = _repositories("requirements")
    asserts.equals(env, 29, len(expected))
    asserts.true(env, "pypi_dask_2026_8_0" in expected)
    asserts.equals(env, (expected, groups), _repositories("uv"))
    asserts.equals(env, expected, _repositories("pylock")[0])
    asserts.true(env, "distributed" in str(groups))
    return unittest.end(env)

targets_test = unittest.make(_targets_test_impl)

def _read_test_impl(ctx):
    """Nested files are found next to the lock; what cannot be read says why."""
    env = unittest.begin(ctx)
    nested = LOCKS["requirements_nested"]
    asserts.equals(env, "", nested["error"])
    asserts.equals(
        env,
        [("thing", "tests/starlark/locks/thing", "os_name == \"${HOME_THAT_IS_NOT_SET}\""), ("foo", "", "")],
        [(entry["name"], entry["path"], entry["marker"]) for entry in nested["entries"]],
    )
    asserts.equals(env, "tests/starlark/locks/nested/base.txt:2", nested["entries"][1]["where"])
    asserts.equals(
        env,
        "tests/starlark/locks/requirements.txt: has no extras and no dependency groups; expected pylock.toml or uv.lock.",
        LOCKS["requirements_extras"]["error"],
    )
    asserts.equals(
        env,
        "tests/starlark/locks/uv.lock: lock-version: is None; expected '1.0'. To fix: lock again.",
        LOCKS["uv_wrong_kind"]["error"],
    )
    asserts.true(env, LOCKS["wrong_toml"]["error"].startswith("tests/starlark/locks/requirements.txt: is not TOML: "))
    asserts.true(env, "line 3" in LOCKS["wrong_toml"]["error"])
    return unittest.end(env)

read_test = unittest.make(_read_test_impl)

def formats_test_suite(name):
    unittest.suite(
        name,
        same_test,
        groups_test,
        uv_details_test,
        other_details_test,
        sources_test,
        via_test,
        targets_test,
        read_test,
    )
