"""Rules for BUILD files.

Phase: loading and analysis.
In: sdists and wheels. Out: wheels with the same bytes everywhere, `py_library` targets made of them, tests that prove it, and
wheelhouses. Two macros, `lock` and `wheels_lock`, keep the lock files up to date.
"""

load("//python/private/library:wheel_library.bzl", _wheel_library = "wheel_library")
load("//python/private/lock:lock_targets.bzl", _lock = "lock")
load("//python/private/pins:wheels_lock.bzl", _wheels_lock = "wheels_lock")
load("//python/private/verify:reproducibility_test.bzl", _reproducibility_test = "reproducibility_test")
load("//python/private/wheel:sdist_wheel.bzl", _sdist_wheel = "sdist_wheel")
load("//python/private/wheel:wheel_file.bzl", _wheel_file = "wheel_file")
load("//python/private/wheelhouse:wheelhouse.bzl", _wheelhouse = "wheelhouse")

lock = _lock
reproducibility_test = _reproducibility_test
sdist_wheel = _sdist_wheel
wheel_file = _wheel_file
wheel_library = _wheel_library
wheelhouse = _wheelhouse
wheels_lock = _wheels_lock
