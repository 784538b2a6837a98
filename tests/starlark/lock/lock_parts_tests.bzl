"""Tests of //python/private/lock:lock_parts.bzl: what a hub locks, and what messages say to run."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (makes what the subject gets)
load("//python/private/hub:tag_options.bzl", "tag_options")

# buildifier: disable=bzl-visibility  (makes what the subject gets)
load("//python/private/hub:variants.bzl", "plan_variants")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:lock_parts.bzl", "lock_parts", "relock_text", "update_target")

# buildifier: disable=bzl-visibility  (makes what the subject gets)
load("//python/private/lock:locked.bzl", "locked_distribution", "parsed_lock")
load("//tests/starlark:tags.bzl", "parse_tag")

_HOST = "linux_x86_64"
_R = Label("//:requirements.txt")
_BUILD = Label("//locks:build-lock.json")
_UPDATE = struct(command = "bazel run @pypi//:lock.update", module = "")

def _entries(*names):
    return [locked_distribution(name = name, version = "1", where = "r.txt:1") for name in names]

_LOCK = parsed_lock(entries = _entries("a", "b", "c", "d"))

def _found(tags, settings = {}, lock = _LOCK, host = _HOST):
    variants = plan_variants(tags, host)
    if variants.error:
        fail(variants.error)
    return variants.variants, lock_parts(variants.variants, lambda _variant: lock, [tag_options(tag) for tag in tags], settings, host)

def _one(settings = {}, lock = _LOCK, **attributes):
    _, found = _found([parse_tag(build_requirements_lock = _BUILD, requirements_lock = _R, **attributes)], settings, lock)
    return found[0].part

def _options_test_impl(ctx):
    """Each setting of a tag or an override that decides what is locked becomes an option; names of other locks are left out."""
    env = unittest.begin(ctx)
    asserts.equals(env, ("requirements.txt", [], "locks/build-lock.json"), (_one().lock, _one().options, _one().out))
    for expected, part in [
        (["--python-version=3.12"], _one(python_version = "3.12.4")),
        (["--no-binary=a", "--no-binary=b"], _one(extra_pip_args = ["--no-binary=b"], no_binary = ["A", "elsewhere"])),
        (["--no-binary=:all:", "--only-binary=a"], _one(no_binary = [":all:"], only_binary = ["a"])),
        (["--no-binary=c", "--only-binary=d"], _one({"c": {"use": "sdist"}, "d": {"use": "wheel"}, "x": {"use": "sdist"}})),
        (["--only-binary=a"], _one({"a": {"use": "wheel"}}, no_binary = ["a"])),
        (["--no-binary=a", "--only-binary=:all:"], _one({"a": {"use": "sdist"}}, download_only = True)),
        (["--only-binary=a"], _one({"a": {"target": Label("//:mine")}})),
        (["--from-source"], _one(from_source = True)),
        (["--crate-index=sparse+https://c/"], _one(crate_index = "sparse+https://c/")),
        (["--extra=e", "--group=g"], _one(lock_extras = ["e"], lock_groups = ["g"])),
        (["--no-binary=more", "--dep-group=:all:"][::-1], _one(lock = parsed_lock(choices = {"dev": _entries("more")}, entries = _entries("a")), no_binary = ["more"])),
        (["--host-tool=curl-config", "--host-tool=pg_config"], _one({"a": {"host_tools": ["pg_config"]}, "b": {"host_tools": ["curl-config", "pg_config"]}})),
        (["--build-requirement=a=cython==3", "--build-requirement=a=six==1"], _one({"a": {"build_requirements": ["cython==3", "six==1"]}, "x": {"build_requirements": ["y==1"]}})),
        (["--patch=a=p/x.patch", "--patch=a=y.patch", "--patch-strip=a=1"], _one({"a": {"patch_strip": 1, "patches": [Label("//p:x.patch"), Label("//:y.patch")]}})),
        ([], _one({"a": {"patches": [Label("@bazel_skylib//:far.patch")]}, "x": {"patches": [Label("//:x.patch")]}})),
        (
            ["--extra-index-url=https://m", "--extra-index-url=https://o", "--extra-index-url=https://p", "--envsubst=TOKEN", "--index-url=https://$TOKEN@i", "--netrc=/n"],
            _one(
                {"b": {"index_url": "https://p"}, "x": {"index_url": "https://gone"}},
                envsubst = ["TOKEN"],
                extra_index_urls = ["https://m"],
                index_url = "https://$TOKEN@i",
                index_url_overrides = {"a": "https://o", "x": "https://gone"},
                netrc = "/n",
            ),
        ),
    ]:
        asserts.equals(env, expected, part.options)
    return unittest.end(env)

options_test = unittest.make(_options_test_impl)

def _variants_test_impl(ctx):
    """One part for each Python and lock; what is for other machines is locked there, unless the tag is for nothing else."""
    env = unittest.begin(ctx)
    tags = [
        parse_tag(build_requirements_lock = _BUILD, python_version = version, requirements_lock = Label("//:r{}.txt".format(version)), target_platforms = platforms)
        for version, platforms in [("3.11", []), ("3.12", ["linux_x86_64", "linux_aarch64", "osx_aarch64"]), ("3.13", ["linux_aarch64"])]
    ]
    variants, found = _found(tags)
    asserts.equals(env, ["r3.11.txt", "r3.12.txt", "r3.13.txt"], [item.part.lock for item in found])
    command = "bazel run @pypi//:lock.update"
    asserts.equals(
        env,
        [command, command, "on linux_aarch64: " + command, "on osx_aarch64: " + command, command],
        [relock_text(_UPDATE, "pypi", found, variant, _HOST) for variant in variants],
    )
    asserts.equals(
        env,
        "bazel run @rules_reprowheel//tools/lock -- r3.11.txt --python-version=3.11 --out locks/build-lock.json --and " +
        "r3.12.txt --python-version=3.12 --out locks/build-lock.json --and r3.13.txt --python-version=3.13 --out locks/build-lock.json",
        relock_text(None, "pypi", found, variants[0], _HOST),
    )
    return unittest.end(env)

variants_test = unittest.make(_variants_test_impl)

def _texts_test_impl(ctx):
    """What to do in a WORKSPACE file, where no build lock is named, and where another module makes the hub; words are quoted."""
    env = unittest.begin(ctx)

    def text(update, **attributes):
        variants, found = _found([parse_tag(requirements_lock = _R, **attributes)])
        return relock_text(update, "pypi", found, variants[0], _HOST), found

    asserts.equals(
        env,
        "bazel run @rules_reprowheel//tools/lock -- requirements.txt --no-binary=a --envsubst=T '--index-url=https://$T@i' --out build-lock.json, " +
        "and name that file in pip_parse(name = \"pypi\", build_requirements_lock = ...)",
        text(None, envsubst = ["T"], index_url = "https://$T@i", no_binary = ["a"])[0],
    )
    add = "add build_requirements_lock = \"//:build-lock.json\" to pip.parse(hub_name = \"pypi\"), then run: bazel run @pypi//:lock.update"
    said, found = text(_UPDATE)
    asserts.equals(env, add, said)
    asserts.equals(env, "pip.parse(hub_name = \"pypi\") names no build lock. To fix: " + add, update_target(_UPDATE, "pypi", found)["error"])
    other = struct(command = _UPDATE.command, module = "dep")
    asserts.equals(
        env,
        "in module 'dep', where it is the root module, bazel run @pypi//:lock.update",
        text(other, build_requirements_lock = _BUILD)[0],
    )
    asserts.equals(env, {
        "command": _UPDATE.command,
        "error": "",
        "parts": [{"label": "", "lock": "requirements.txt", "options": ["--no-binary=a"], "out": "locks/build-lock.json"}],
    }, update_target(_UPDATE, "pypi", text(_UPDATE, build_requirements_lock = _BUILD, no_binary = ["a"])[1]))
    away = Label("@bazel_skylib//:build-lock.json")
    said = update_target(other, "pypi", text(other, build_requirements_lock = away)[1])
    asserts.true(env, said["error"].endswith("//build-lock.json is not in this workspace; expected the build lock in the root module. " +
                                             "To fix: run it in module 'dep', where it is the root module"), said["error"])
    asserts.equals(env, [], said["parts"])
    return unittest.end(env)

texts_test = unittest.make(_texts_test_impl)

def lock_parts_test_suite(name):
    unittest.suite(name, options_test, variants_test, texts_test)
