"""Checks where a lock may be used: for which Pythons and environments.

Phase: module extension (pure functions).
In: a parsed lock and one environment. Out: why the lock is not for that environment, or empty.
"""

load(":markers.bzl", "evaluate_marker")
load(":versions.bzl", "version_matches")

visibility(["//python/...", "//tests/starlark/..."])

# The wanted version may have no patch number, and the lock may be for late patch releases only.
_LAST_PATCH = ".9999"

def _python_fits(specifier, environment):
    versions = [environment["python_full_version"], environment["python_version"] + _LAST_PATCH]
    return True in [version_matches(version, specifier) for version in versions]

def environment_error(parsed, environment, where):
    """Says why a lock is not for an environment.

    Args:
      parsed: (struct) from `parsed_lock`.
      environment: (dict[str, str]) marker variable to value.
      where: (str) the lock's path.

    Returns:
      (str) a message, or empty.
    """
    if parsed.requires_python and not _python_fits(parsed.requires_python, environment):
        return "{}: is for Python {}; expected a lock for Python {}. To fix: lock again, or choose another python_version.".format(
            where,
            parsed.requires_python,
            environment["python_version"],
        )
    if parsed.environments and True not in [evaluate_marker(marker, environment) for marker in parsed.environments]:
        return ("{}: is for the environments {}; expected one that includes {} {}. " +
                "To fix: lock again for that platform, or leave it out.").format(
            where,
            " | ".join(parsed.environments),
            environment["sys_platform"],
            environment["platform_machine"],
        )
    for entry in parsed.entries:
        if entry.requires_python and not _python_fits(entry.requires_python, environment) and (
            evaluate_marker(entry.marker, environment)
        ):
            return "{}: {} is for Python {}; expected one for Python {}. To fix: lock again with that Python.".format(
                entry.where,
                entry.name,
                entry.requires_python,
                environment["python_version"],
            )
    return ""
