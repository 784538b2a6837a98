"""`pip_parse` for WORKSPACE files (Bazel 7, Bzlmod off). Path and names are those of rules_python.

Phase: loading of WORKSPACE.
In: locks. Out: a hub. `install_deps()` of the hub's requirements.bzl then declares a repository for each distribution.

    load("@rules_reprowheel//python:repositories.bzl", "reprowheel_dependencies")
    load("@rules_reprowheel//python:pip.bzl", "pip_parse")

    reprowheel_dependencies()

    pip_parse(
        name = "pypi",
        build_requirements_lock = "//:build-lock.json",
        requirements_lock = "//:requirements.txt",
    )

    load("@pypi//:requirements.bzl", "install_deps")

    install_deps()
"""

load("//python/private/hub:pip_repository.bzl", "pip_repository")
load("//python/private/spec:names.bzl", "file_name_part")
load("//python/private/spec:suggestions.bzl", "did_you_mean")
load("//python/private/wheel:settings.bzl", "OVERRIDE_ATTRS")
load(":repositories.bzl", "reprowheel_dependencies")

def pip_parse(name = "pip_parsed_deps", requirements_lock = None, requirements = None, **kwargs):
    """Makes a hub from locks.

    Args:
      name: (str) the hub.
      requirements_lock: (Label) requirements.txt. Every line has a pinned version and hashes.
      requirements: (Label) rules_python's older name of `requirements_lock`.
      **kwargs: the other attributes of `pip.parse`. Besides them `annotations`, `overrides`, `python_interpreter` and
        `python_interpreter_target`: docs/migrating.md describes them.
    """
    reprowheel_dependencies()
    pip_repository(
        name = name,
        hub_name = name,
        requirements_lock = requirements_lock or requirements,
        **kwargs
    )

def package_annotation(
        additive_build_content = None,
        copy_files = {},
        copy_executables = {},
        data = [],
        data_exclude_glob = [],
        srcs_exclude_glob = []):
    """Describes for `pip_parse(annotations = ...)` how a package's library differs from its wheel.

    Args:
      additive_build_content: (str) text to add to the generated BUILD file.
      copy_files: (dict[str, str]) files to copy: a file of the installed wheel → the path of the copy.
      copy_executables: (dict[str, str]) the same for programs.
      data: (list[Label]) targets that the library has as `data`.
      data_exclude_glob: (list[str]) patterns of files that are not installed as data.
      srcs_exclude_glob: (list[str]) patterns of sources that are not installed.

    Returns:
      (str) the settings, as JSON.
    """
    return json.encode({
        "additive_build_content": additive_build_content or "",
        "copy_executables": copy_executables,
        "copy_files": copy_files,
        "data": data,
        "data_exclude_glob": data_exclude_glob,
        "srcs_exclude_glob": srcs_exclude_glob,
    })

def package_override(**settings):
    """Gives the settings of one package for `pip_parse(overrides = ...)`. MODULE.bazel files have `pip.override` for this.

    Args:
      **settings: attributes of `pip.override`.

    Returns:
      (str) the settings, as JSON.
    """
    for key in settings:
        if key not in OVERRIDE_ATTRS:
            fail("package_override: there is no setting '{}'; {}".format(key, did_you_mean(key, OVERRIDE_ATTRS, "attributes of pip.override")))
    return json.encode(settings)

def _normalize_name(name):
    """Writes a package's name as labels do: in lower case, with one `_` for each run of `-`, `_` and `.`."""
    return file_name_part(name)

pip_utils = struct(normalize_name = _normalize_name)
