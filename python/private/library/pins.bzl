"""Compares the wheels of a hub's packages with `wheels.lock`.

Phase: loading.
In: a wheel, and the hub's `config.bzl`. Out: a target that compares. Everything that is made of the wheel depends on it.
"""

load("//python/private/hub:build_files.bzl", "PINS_FILE", "folder_name")
load("//python/private/pins:wheel_pin.bzl", "wheel_pin")
load(":metadata.bzl", "distribution_metadata")
load(":wheel_set.bzl", "wheel_set")

visibility(["//python/...", "//tests/starlark/..."])

def pin_wheel(name, distribution, wheel, hub):
    """Compares a wheel with its pin.

    Args:
      name: (str) the target that compares.
      distribution: (str) normalized name.
      wheel: (Label) the wheel.
      hub: (struct) from the hub's `config.bzl`.

    Returns:
      (str) label of that target; None if the hub has no wheels lock.
    """
    lock = getattr(hub, "wheels_lock", "")
    if not lock or not hub.packages.get(distribution):
        return None
    wheel_pin(
        name = name,
        lock = lock,
        pins = "@{}//{}:{}".format(hub.name, folder_name(distribution), PINS_FILE),
        tags = ["manual"],
        wheel = wheel,
    )
    return ":" + name

def locked_wheel(name, distribution, wheel, hub, version = "", archive = ""):
    """Makes the target of a distribution whose dependencies are not known. There is a wheel, but no library.

    Args:
      name: (str) the wheel, compared with its pin.
      distribution: (str) normalized name.
      wheel: (Label) the wheel as it was built.
      hub: (struct) from the hub's `config.bzl`.
      version: (str) its version.
      archive: (str) name of the locked file.
    """
    if archive:
        distribution_metadata(distribution, version, archive)
    wheel_set(name = name, pin = pin_wheel(name + ".pin", distribution, wheel, hub), wheel = wheel)
