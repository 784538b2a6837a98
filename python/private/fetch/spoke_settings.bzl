"""Settings of `pip.override` in the repository of a distribution: which of them apply to the fetched archive.

Phase: repository (pure functions).
In: settings as the extension passes them. Out: the settings of the build and of the library, or which ones cannot apply.
"""

load("//python/private/wheel:settings.bzl", "BUILD_SETTING_ATTRS", "is_set")

visibility(["//python/...", "//tests/starlark/..."])

# Settings that say how an sdist is built. They make no sense for a wheel.
_OF_BUILD = BUILD_SETTING_ATTRS.keys() + ["build_phase", "build_requirements"]

def wheel_setting_error(settings, patches, file):
    """Finds settings that cannot apply because a wheel was chosen.

    Args:
      settings: (dict) of `pip.override`.
      patches: (list[str]) patches to the sdist.
      file: (str) the wheel.

    Returns:
      (str) a message, or empty.
    """
    unused = sorted([key for key in _OF_BUILD if is_set(key, settings.get(key))] + (["patches"] if patches else []))
    if not unused:
        return ""
    return ("pip.override sets {}, but {} is taken, which is not built; expected an sdist. To fix: pip.override(use = " +
            "\"sdist\"), or remove the setting{}.").format(", ".join(unused), file, "s" if len(unused) > 1 else "")

def version_variables(name, version):
    """Gives variables that tell a back end the version. Some back ends ask version control for it, and the archive has no history.

    Args:
      name: (str) normalized name.
      version: (str) its version.

    Returns:
      (dict[str, str]) variables, each of them known to one family of back ends only.
    """
    suffix = name.replace("-", "_").upper()
    return {
        "PBR_VERSION": version,
        "PDM_BUILD_SCM_VERSION": version,
        "POETRY_DYNAMIC_VERSIONING_BYPASS": version,
        "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_" + suffix: version,
    }

def build_settings(settings, locked, variables = {}, host_tools = []):
    """Gives the settings of a build.

    Args:
      settings: (dict) of `pip.override`, with what the hub sets for all its packages (`hub_build_env`).
      locked: (dict) what the lock says for this package: `config_settings`, `global_options`, `build_options`.
      variables: (dict[str, str]) what its source needs, see `version_variables`.
      host_tools: (list[str]) programs of the host that its hooks needed when the build lock was written.

    Returns:
      (dict) the same with `build_env`, `config_settings` and `host_tools` completed. If both say something, `pip.override` wins.
    """
    result = locked | settings
    result["build_env"] = variables | settings.get("hub_build_env", {}) | settings.get("build_env", {})
    tools = host_tools + [tool for tool in settings.get("host_tools", []) if tool not in host_tools]
    if tools:
        result["host_tools"] = tools
    result["config_settings"] = locked.get("config_settings", {}) | settings.get("config_settings", {})
    return result

def installed_settings(settings, wheel_name):
    """Gives the settings of the library that is made of a wheel.

    Args:
      settings: (dict) of `pip.override`, with `hub_data_exclude_glob` and `file_patches` (file name to `patches` and
        `patch_strip`, as rules_python's `override`).
      wheel_name: (str) file name of the wheel that was chosen; empty if it is built in an action.

    Returns:
      (dict) the same with `data_exclude_glob` and `install_patches` completed.
    """
    result = dict(settings)
    result["data_exclude_glob"] = settings.get("hub_data_exclude_glob", []) + settings.get("data_exclude_glob", [])
    of_file = settings.get("file_patches", {}).get(wheel_name)
    if of_file:
        result["install_patches"] = of_file["patches"] + settings.get("install_patches", [])
        result["install_patch_strip"] = of_file["patch_strip"]
    return result
