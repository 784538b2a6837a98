"""Tests of //python/private/lock:read_lock.bzl: locks that cannot be read."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:labels.bzl", "missing_file_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:read_lock.bzl", "lock_file_error", "read_lock")

_LOCK = Label("//:some.lock")

def _context(exists = True, is_dir = False, text = ""):
    path = struct(exists = exists, is_dir = is_dir)
    folder = struct(get_child = lambda name: path)
    return struct(getenv = lambda name: None, path = lambda label: struct(dirname = folder, exists = exists, is_dir = is_dir), read = lambda label: text)

def _own(error):
    return error.replace("@rules_reprowheel//", "")

def _files_test_impl(ctx):
    """No file, a directory, an empty file: each has words of its own, and says how such a lock is written."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", lock_file_error(_context(), _LOCK, "uv"))
    for kind, writer in {
        "pylock": "'pip lock' or 'uv export --format pylock.toml'",
        "requirements": "'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'",
        "uv": "'uv lock'",
    }.items():
        asserts.equals(
            env,
            "some.lock: no such file; expected a lock. To fix: write it with {}, or name the file that you have.".format(writer),
            _own(lock_file_error(_context(exists = False), _LOCK, kind)),
        )
    asserts.equals(
        env,
        "some.lock: is a directory; expected a lock. To fix: name the file in it.",
        _own(lock_file_error(_context(is_dir = True), _LOCK, "uv")),
    )
    asserts.equals(
        env,
        "some.lock: is empty; expected a lock. To fix: write it with 'uv lock'.",
        _own(read_lock(_context(text = " \n"), _LOCK, kind = "uv").error),
    )
    asserts.equals(
        env,
        "some.lock: has NUL characters, as UTF-16 has them; expected UTF-8. To fix: write the lock with its tool's --output-file, since '>' of " +
        "PowerShell writes UTF-16.",
        _own(read_lock(_context(text = "f\000o\000o\000"), _LOCK, kind = "requirements").error),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: install_patches has //:p.patch, which is not there; expected a file. To fix: make the file, or correct the label.",
        missing_file_error("r.txt:3: foo==1.0", "install_patches", "@@//:p.patch", False),
    )
    asserts.true(env, "which is a directory; expected a file." in missing_file_error("foo", "install_patches", "//:p", True))
    return unittest.end(env)

files_test = unittest.make(_files_test_impl)

def read_lock_test_suite(name):
    unittest.suite(name, files_test)
