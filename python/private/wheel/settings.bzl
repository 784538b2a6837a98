"""Settings: the attributes that several rules and tags share, and the helper's flags for them.

Phase: any (constants, pure functions).
In: the values of settings. Out: attributes and flags; what is wrong with values.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The settings of one build: attributes of `sdist_wheel` and of `pip.override`. If a setting is for the helper, it has a flag in
# `BUILD_FLAGS`.
BUILD_SETTING_ATTRS = {
    "allow_uncontained": attr.string_list(doc = "What may stay uncontained where the kernel gives no means: `files`, `network`, `processes` (docs/containment.md)."),
    "build_env": attr.string_dict(doc = "Environment variables of the build."),
    "build_options": attr.string_list(doc = "Options for the command `setup.py bdist_wheel`. Only for builds by setuptools."),
    "config_settings": attr.string_list_dict(doc = "PEP 517 config settings. A list with one item is passed as a string."),
    "cpu_baseline": attr.string(doc = "CPU that compilers make code for, as in `-march`, such as `x86-64-v3`; default: the oldest."),
    "cpus": attr.int(doc = "How many CPUs the build may use at once; default: 1. The bytes of the wheel do not depend on it."),
    "deep": attr.bool(doc = "Whether programs that are not Python also see a fixed machine (docs/deep-mode.md)."),
    "epoch": attr.int(default = -1, doc = "The time that the build sees, in seconds since 1970; default: the time of the newest file in the sdist."),
    "global_options": attr.string_list(doc = "Options for `setup.py` before its command, as pip's `--global-option`. Only for builds by setuptools."),
    "host_headers": attr.string_list(doc = "Headers of the host that compilers may read, such as `yaml.h` or `openssl/*`."),
    "host_libraries": attr.string_list(doc = "Libraries of the host that the wheel may need, such as `libyaml-0.so.2`."),
    "host_tools": attr.string_list(doc = "Programs of the host that the build may run, by name or absolute path, such as `pg_config`. POSIX utilities, make and the toolchain need no declaration."),
    "max_disk_mb": attr.int(doc = "Size of the workspace in MiB at which the build is ended; default: 65536."),
    "max_files": attr.int(doc = "Number of files in the workspace at which the build is ended; default: 2000000."),
    "max_memory_mb": attr.int(doc = "Memory in MiB at which the build is ended; default: nine tenths of the machine's."),
    "max_processes": attr.int(doc = "Number of processes and threads at which the build is ended; default: 4096."),
    "max_seconds": attr.int(doc = "Seconds after which a hook of the back end is ended; default: a day."),
    "memory_mb": attr.int(doc = "Memory in MiB that Bazel sets aside for the build; default: 1024 for each CPU."),
    "native_deps": attr.label_list(doc = "C/C++ libraries (`cc_library`). The build finds their headers and links them."),
    "patch_strip": attr.int(doc = "How many leading folders to drop from paths in `patches`, as `patch -p` does."),
    "patches": attr.label_list(allow_files = True, doc = "Unified diffs, applied in order to the unpacked sdist."),
}

# Setting → flag of the helper's verb `build`, in the order in which the flags are written. The type of the value says how: a list
# repeats the flag for each item, a dictionary for each `KEY=VALUE`; the flag of a bool has no value.
# @unsorted-dict-items
BUILD_FLAGS = {
    "host_libraries": "--host-library",
    "host_headers": "--host-header",
    "host_tools": "--host-tool",
    "config_settings": "--config-setting",
    "global_options": "--global-option",
    "build_options": "--build-option",
    "build_env": "--env",
    "patches": "--patch",
    "patch_strip": "--patch-strip",
    "cpu_baseline": "--cpu-baseline",
    "cpus": "--jobs",
    "deep": "--deep",
    "epoch": "--epoch",
    "allow_uncontained": "--allow-uncontained",
    "max_processes": "--max-processes",
    "max_memory_mb": "--max-memory",
    "max_seconds": "--max-seconds",
    "max_disk_mb": "--max-disk",
    "max_files": "--max-files",
}

# The settings of the library that is made of a wheel: attributes of `locked_library` and of `pip.override`.
LIBRARY_SETTING_ATTRS = {
    "copy_executables": attr.string_dict(doc = "Like `copy_files`, but the copies are executable."),
    "copy_files": attr.string_dict(doc = "Files to copy: label, or path in the installed wheel → path of the copy, such as `//pkg:a.txt` → `a.txt`, `site-packages/a/b.h` → `b.h`."),
    "data": attr.string_list(doc = "Labels for the attribute `data` of the library. They are written as in the package's own BUILD file."),
    "data_exclude_glob": attr.string_list(doc = "Globs of files to leave out (not of Python sources): `site-packages/…` or `**/…`."),
    "install_patch_strip": attr.int(doc = "How many leading folders to drop from paths in `install_patches`."),
    "install_patches": attr.label_list(allow_files = True, doc = "Unified diffs, applied in order to `site-packages` of the installed tree. RECORD is updated."),
    "srcs_exclude_glob": attr.string_list(doc = "Globs of Python sources to leave out: `site-packages/…` or `**/…`."),
}

# The settings that only `pip.override` has: where a package comes from, and what its repository has besides.
CHOICE_SETTING_ATTRS = {
    "additive_build_content": attr.string(doc = "Text that is added to the package's BUILD file."),
    "additive_build_content_file": attr.label(allow_single_file = True, doc = "File with text that is added to the package's BUILD file."),
    "build_phase": attr.string(doc = "Where its sdist is built; default: `build_phase` of `pip.parse`.", values = ["", "action", "fetch"]),
    "build_requirements": attr.string_list(doc = "More distributions for the build environment: keys `name==version` of the build lock."),
    "index_url": attr.string(doc = "The only index that the package is fetched from."),
    "target": attr.label(doc = "A `py_library` of yours that replaces the package."),
    "use": attr.string(doc = "Take the package as `wheel`, or build it from its `sdist`; default: a wheel if one fits, else the sdist.", values = ["", "wheel", "sdist"]),
}

# All attributes of `pip.override` besides `hub_name` and `name`.
OVERRIDE_ATTRS = BUILD_SETTING_ATTRS | LIBRARY_SETTING_ATTRS | CHOICE_SETTING_ATTRS

PYTHON_VERSION_ATTR = {
    "python_version": attr.string(doc = "Python version that the toolchain must have, such as `3.12`; empty for any."),
}

def is_set(key, value):
    """Says whether a setting has another value than its default.

    Args:
      key: (str) name of the setting.
      value: its value, as a tag, a rule or JSON has it; None for none.

    Returns:
      (bool) whether it is set.
    """
    return value != None and (value >= 0 if key == "epoch" else bool(value))

def setting_texts(settings):
    """Gives the texts that the settings of a build pass to the helper, to check them.

    Args:
      settings: (dict) of `BUILD_SETTING_ATTRS`. Others are ignored.

    Returns:
      (list[str]) keys and values, one by one; files and numbers are left out.
    """
    parts = [settings[key] for key in BUILD_FLAGS if settings.get(key)]
    for _ in range(2):  # a dictionary of lists is the deepest
        flat = []
        for part in parts:
            flat += part.keys() + part.values() if type(part) == "dict" else part if type(part) == "list" else [part]
        parts = flat
    return [part for part in parts if type(part) == "string"]

def line_break_error(texts):
    """Checks texts that are passed in a parameter file, which has one argument per line.

    Args:
      texts: (list[str]) values, or whole arguments.

    Returns:
      (str) a message, or empty.
    """
    for text in texts:
        if "\n" in text:
            return "the setting {} has a line break; expected one line.".format(repr(text))
    return ""
