"""Rules for BUILD files.

Phase: loading and analysis.
In: sdists and wheels. Out: wheels with the same bytes everywhere, and `py_library` targets of them.
"""

load("//python/private/library:wheel_library.bzl", _wheel_library = "wheel_library")
load("//python/private/wheel:sdist_wheel.bzl", _sdist_wheel = "sdist_wheel")
load("//python/private/wheel:wheel_file.bzl", _wheel_file = "wheel_file")

sdist_wheel = _sdist_wheel
wheel_file = _wheel_file
wheel_library = _wheel_library
