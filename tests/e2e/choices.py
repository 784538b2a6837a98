"""What test_hub.py adds to its MODULE.bazel: platforms of the user, the hub of all hubs, tags that are wrong."""

from __future__ import annotations

__all__ = ["EXACT", "OWN_PLATFORM", "PLATFORMS", "UNIFIED", "WRONG_TAGS"]

# Platform of a hub → that of its wheel.
PLATFORMS = {
    "linux_x86_64": "manylinux_2_17_x86_64",
    "linux_x86_64_musl": "musllinux_1_2_x86_64",
    "linux_aarch64": "manylinux_2_17_aarch64",
    "windows_x86_64": "win_amd64",
}

# A platform that is selected by a setting of the user, takes other wheels, and has other marker variables.
OWN_PLATFORM = """
pip.default(
    platform = "linux_x86_64_cuda12.9",
    arch_name = "x86_64",
    config_settings = ["@platforms//os:linux", "//:cuda"],
    env = {"sys_platform": "win32"},
    os_name = "linux",
    whl_abi_tags = ["cp{major}{minor}"],
    whl_platform_tags = ["manylinux_*_x86_64", "musllinux_*_x86_64"],
)
pip.default(
    platform = "windows_aarch64",
    marker = "python_version >= \\"3.90\\"",
)
pip.parse(
    hub_name = "own",
    python_version = "HERE",
    requirements_lock = "//:plat.txt",
    target_platforms = ["{os}_{arch}", "linux_x86_64_cuda12.9", "windows_aarch64"],
)
use_repo(pip, "own")
"""

UNIFIED = """
pip.default(default_hub = "ring")
pip.dep(name = "Only.Declared", extra_targets = ["more"])
use_repo(pip, "pypi")
"""

# The hub of all hubs is imported, and no tag asks for it.
EXACT = """
pip.default(pyproject_toml = "//:pyproject.toml")
pip.parse(hub_name = "exact", requirements_lock = "//:new.txt")
use_repo(pip, "exact", "pypi")
"""

# Tags that the extension refuses: (tags, part of the message).
WRONG_TAGS = [
    ('pip.override(hub_name = "no", name = "x", deep = True)',
     'pip.override(hub_name = "no", name = "x"): no pip.parse makes a hub \'no\'; '),
    ('pip.override(hub_name = "multi", name = "x", cpus = 2)',
     "pip.override(hub_name = \"multi\", name = \"x\"): there is no package 'x' in "),
    ('pip.override(hub_name = "multi", name = "tail")', "sets nothing; expected at least one setting. To fix: remove it."),
    ('pip.override(file = "x-1-py3-none-any.whl", patches = ["//:x"])', "no hub has a package 'x'; expected one of the "),
    ('pip.parse(hub_name = "z")', 'MODULE.bazel: pip.parse(hub_name = "z"): has no lock; expected one of requirements_lock, '),
    ('pip.parse(hub_name = "z", requirements_lock = "//:new.txt", extra_pip_args = ["--proxy=x"])',
     "MODULE.bazel: pip.parse(hub_name = \"z\"): extra_pip_args: '--proxy' cannot be honoured, as pip is not run."),
    ('pip.parse(hub_name = "multi", python_version = "3.9", requirements_lock = "//:new.txt")',
     'MODULE.bazel: pip.parse(hub_name = "multi"): is given twice for Python 3.9; expected one pip.parse per Python.'),
    ('pip.default(default_hub = "no")', 'pip.default(default_hub = "no"): is not a defined PyPI hub; expected one of the '),
    ('pip.parse(hub_name = "z", python_version = "3.8", requirements_lock = "//:new.txt")',
     "MODULE.bazel: pip.parse(hub_name = \"z\"): python_version is '3.8'; wheels are built for CPython 3.9 and newer; "),
]  # fmt: skip
