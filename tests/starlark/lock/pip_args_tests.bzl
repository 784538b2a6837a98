"""Tests of //python/private/lock:pip_args.bzl and //python/private/hub:tag_options.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:tag_options.bzl", "tag_options")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:pip_args.bzl", "parse_pip_args")
load("//tests/starlark:tags.bzl", "parse_tag")

def _args_test_impl(ctx):
    """Options that choose indexes and wheels are read in every spelling; harmless ones are passed over with their values."""
    env = unittest.begin(ctx)
    found = parse_pip_args([
        "--index-url=https://example.org/a",
        "-i",
        "https://example.org/b?x=1",
        "--extra-index-url https://example.org/c",
        "--extra-index-url=https://example.org/d",
        "--no-cache-dir",
        "--retries",
        "5",
        "--timeout=30",
        "-v",
        "--no-binary=Foo,:none:",
        "--only-binary",
        ":all:",
    ])
    asserts.equals(env, struct(
        error = "",
        extra_index_urls = ["https://example.org/c", "https://example.org/d"],
        index_url = "https://example.org/b?x=1",
        no_binary = ["Foo"],
        only_binary = [":all:"],
    ), found)
    asserts.equals(env, parse_pip_args([]), parse_pip_args(["--quiet"]))
    return unittest.end(env)

args_test = unittest.make(_args_test_impl)

_REFUSED = {
    "--abi": "name the platform in target_platforms",
    "--cert": "Bazel downloads; give the certificate to it: --host_jvm_args=-Djavax.net.ssl.trustStore=...",
    "--client-cert": "Bazel downloads; use a credential helper",
    "--find-links": "name an index with the same files: index_url or extra_index_urls, which may be file: addresses",
    "--global-option": "pip.override(global_options = ...)",
    "--keyring-provider": "Bazel downloads; use netrc, auth_patterns or a credential helper",
    "--no-build-isolation": "lock what sdists are built with: build_requirements_lock",
    "--no-index": "name the index to use: index_url, which may be a file: address",
    "--platform": "name the platform in target_platforms",
    "--proxy": "Bazel downloads; set HTTPS_PROXY where it runs",
    "-c": "put the constraints into the command that writes the lock",
}

def _refused_test_impl(ctx):
    """What cannot be honoured is refused by name, with what to write instead."""
    env = unittest.begin(ctx)
    for option, advice in _REFUSED.items():
        for args in [[option, "x"], [option + " x"]] + ([[option + "=x"]] if option.startswith("--") else []):
            asserts.equals(
                env,
                "extra_pip_args: '{}' cannot be honoured, as pip is not run. To fix: {}.".format(option, advice),
                parse_pip_args(args).error,
            )
    asserts.equals(
        env,
        "extra_pip_args: '--frobnicate' is not known here, and pip is not run. To fix: remove it.",
        parse_pip_args(["--frobnicate"]).error,
    )
    asserts.equals(
        env,
        "extra_pip_args: '--index-url' has no value; expected one after it.",
        parse_pip_args(["--index-url"]).error,
    )
    return unittest.end(env)

refused_test = unittest.make(_refused_test_impl)

def _options_test_impl(ctx):
    """rules_python's spellings mean the same as ours, which win; pip's options come last."""
    env = unittest.begin(ctx)
    found = tag_options(parse_tag(
        environment = {"A": "b"},
        experimental_extra_index_urls = ["https://example.org/x"],
        experimental_index_url = "https://example.org/e",
        experimental_index_url_overrides = {"Foo_Bar": "https://example.org/f", "baz": "https://example.org/g"},
        experimental_requirement_cycles = {"c": ["A.b", "C"]},
        extra_index_urls = ["https://example.org/y"],
        extra_pip_args = ["--index-url=https://example.org/z", "--extra-index-url=https://example.org/x", "--no-binary=Q_q"],
        index_url_overrides = {"baz": "https://example.org/h"},
        no_binary = ["Foo.Bar"],
        pip_data_exclude = ["**/x"],
    ))
    asserts.equals(env, "", found.error)
    asserts.equals(env, "https://example.org/e", found.index_url)
    asserts.equals(env, ["https://example.org/y", "https://example.org/x"], found.extra_index_urls)
    asserts.equals(env, {"baz": "https://example.org/h", "foo-bar": "https://example.org/f"}, found.index_overrides)
    asserts.equals(env, {"c": ["a-b", "c"]}, found.cycles)
    asserts.equals(env, ["foo-bar", "q-q"], found.no_binary)
    asserts.equals(env, {"hub_build_env": {"A": "b"}, "hub_data_exclude_glob": ["**/x"]}, found.hub_settings)
    asserts.equals(env, "https://example.org/i", tag_options(parse_tag(
        experimental_index_url = "https://example.org/e",
        index_url = "https://example.org/i",
    )).index_url)
    asserts.equals(env, "https://example.org/z", tag_options(parse_tag(extra_pip_args = ["-i", "https://example.org/z"])).index_url)
    asserts.equals(env, [":all:"], tag_options(parse_tag(download_only = True)).only_binary)
    asserts.equals(env, {}, tag_options(parse_tag()).hub_settings)
    asserts.equals(
        env,
        "no_binary and only_binary both have 'foo'; expected it in one of them.",
        tag_options(parse_tag(no_binary = ["foo"], only_binary = ["Foo"])).error,
    )
    asserts.equals(env, [":all:"], tag_options(parse_tag(from_source = True)).no_binary)
    asserts.equals(
        env,
        "from_source = True, and only_binary has 'foo'; expected one of them.",
        tag_options(parse_tag(from_source = True, only_binary = ["Foo"])).error,
    )
    asserts.true(env, tag_options(parse_tag(extra_pip_args = ["--proxy=x"])).error.startswith("extra_pip_args: '--proxy'"))
    return unittest.end(env)

options_test = unittest.make(_options_test_impl)

def pip_args_test_suite(name):
    unittest.suite(name, args_test, refused_test, options_test)
