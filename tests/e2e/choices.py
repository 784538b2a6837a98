"""What test_hub.py adds to its MODULE.bazel: platforms of the user, and the hub of all hubs."""

from __future__ import annotations

__all__ = ["EXACT", "OWN_PLATFORM", "UNIFIED"]

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
