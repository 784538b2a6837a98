"""Tests of //python/private/host:host.bzl, and of what it recorded on this host."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_host//:fingerprint.bzl", "FINGERPRINT", "IMPLIED", "PYTHON", "PYTHON_VERSION")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:host.bzl", "broken_python_error", "implied_tools", "runtime_attributes", "search_folders")

def _folders_test_impl(ctx):
    """PATH comes first, relative folders do not count, the system's folders are always searched."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["/opt/bin", "/usr/bin", "/usr/local/bin", "/bin"], search_folders("/opt/bin/:bin:/usr/bin::/opt/bin"))
    asserts.equals(env, ["/usr/local/bin", "/usr/bin", "/bin"], search_folders(""))
    return unittest.end(env)

folders_test = unittest.make(_folders_test_impl)

def _implied_test_impl(ctx):
    """What a compiler starts by itself is taken from where an action finds it."""
    env = unittest.begin(ctx)
    paths = {"/bin/as": 1, "/opt/bin/as": 1, "/usr/bin/as": 1, "/usr/bin/ldd": 1}
    asserts.equals(env, ["/bin/as", "/usr/bin/ldd"], implied_tools(paths, ["/bin", "/usr/bin"]))
    asserts.equals(env, [], implied_tools(paths, ["/none"]))
    return unittest.end(env)

implied_test = unittest.make(_implied_test_impl)

def _broken_test_impl(ctx):
    """The last line of what it says, or that it says nothing, and what to do."""
    env = unittest.begin(ctx)
    fix = "; expected a working Python 3. To fix: repair it, or put another in front of it on PATH."
    asserts.equals(env, "@reprowheel_host: /bin/python3 does not run (why)" + fix, broken_python_error("/bin/python3", "Traceback\nwhy\n"))
    asserts.equals(env, "@reprowheel_host: /bin/python3 does not run (it prints nothing)" + fix, broken_python_error("/bin/python3", ""))
    return unittest.end(env)

broken_test = unittest.make(_broken_test_impl)

def _recorded_test_impl(ctx):
    """The host's interpreter answers with its own version; every entry has a command and an answer."""
    env = unittest.begin(ctx)
    interpreter = json.decode(FINGERPRINT[PYTHON][0]["stdout"])
    asserts.equals(env, PYTHON_VERSION, interpreter["environment"]["python_version"])
    asserts.equals(env, PYTHON_VERSION.split("."), [str(part) for part in interpreter["version"]])
    for name in ["CFLAGS", "EXT_SUFFIX", "SOABI"]:
        asserts.true(env, name in interpreter["sysconfig"], name)
    asserts.true(env, len(IMPLIED) > 0 and not [path for path in IMPLIED if path not in FINGERPRINT])
    for path, commands in FINGERPRINT.items():
        asserts.true(env, path.startswith("/") and len(commands) > 0, path)
        for command in commands:
            asserts.true(env, len(command["argv"]) > 0 and len(command["stdout"]) > 0, path)
    return unittest.end(env)

recorded_test = unittest.make(_recorded_test_impl)

_INTERPRETER = {
    "abiflags": "t",
    "cache_tag": "cpython-314",
    "environment": {"python_full_version": "3.14.2"},
    "implementation": "cpython",
}

def _runtime_test_impl(ctx):
    """A runtime says what its interpreter is; a version before its release has no third number."""
    env = unittest.begin(ctx)
    version = {"major": "3", "micro": "2", "minor": "14"}
    asserts.equals(
        env,
        {"abi_flags": "t", "implementation_name": "cpython", "interpreter_version_info": version, "pyc_tag": "cpython-314"},
        runtime_attributes(_INTERPRETER),
    )
    early = runtime_attributes(_INTERPRETER | {"environment": {"python_full_version": "3.15.0a3"}})
    asserts.equals(env, {"major": "3", "minor": "15"}, early["interpreter_version_info"])
    return unittest.end(env)

runtime_test = unittest.make(_runtime_test_impl)

def host_test_suite(name):
    unittest.suite(name, folders_test, implied_test, broken_test, recorded_test, runtime_test)
