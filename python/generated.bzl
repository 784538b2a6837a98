"""What generated BUILD files load. Not for users: it may change with any release.

Phase: loading and analysis.
In: what a lock and an archive say. Out: the targets of a distribution's repository.
"""

load("//python/private/choice:dep_group_flag.bzl", _dep_group_of_hub = "dep_group_of_hub")
load("//python/private/choice:matching_variant.bzl", _matching_variant = "matching_variant")
load("//python/private/choice:missing_package.bzl", _missing_package = "missing_package")
load("//python/private/library:locked_library.bzl", _locked_library = "locked_library")
load("//python/private/library:metadata.bzl", _PACKAGE_METADATA = "PACKAGE_METADATA")
load("//python/private/library:pins.bzl", _locked_wheel = "locked_wheel")
load("//python/private/lock:hub_lock.bzl", _hub_lock = "hub_lock")
load("//python/private/wheel:declared_cc.bzl", _declared_cc = "declared_cc")
load("//python/private/wheel:declared_rust.bzl", _declared_rust = "declared_rust", _resolved_rust = "resolved_rust")
load("//python/private/wheel:refused.bzl", _refused = "refused", _refused_command = "refused_command")
load("//python/private/wheel:sdist_wheel.bzl", _sdist_wheel = "sdist_wheel")
load("//python/private/wheel:wheel_file.bzl", _wheel_file = "wheel_file")

PACKAGE_METADATA = _PACKAGE_METADATA
dep_group_of_hub = _dep_group_of_hub
declared_cc = _declared_cc
declared_rust = _declared_rust
hub_lock = _hub_lock
locked_library = _locked_library
locked_wheel = _locked_wheel
matching_variant = _matching_variant
missing_package = _missing_package
refused = _refused
refused_command = _refused_command
resolved_rust = _resolved_rust
sdist_wheel = _sdist_wheel
wheel_file = _wheel_file
