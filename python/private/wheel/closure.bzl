"""Collects wheels, the wheels that they need, and the reports of those that were built.

Phase: analysis.
In: targets with wheels. Out: `WheelClosureInfo`.
"""

load("//python:providers.bzl", "WheelClosureInfo", "WheelInfo")

visibility(["//python/...", "//tests/starlark/..."])

def wheel_closure(label, targets):
    """Collects the wheels of targets.

    Args:
      label: (Label) the target that collects them.
      targets: (list[Target]) each with `WheelClosureInfo`, or with `WheelInfo` alone: a wheel without others.

    Returns:
      (WheelClosureInfo) all of them.
    """
    closures = [target[WheelClosureInfo] for target in targets if WheelClosureInfo in target]
    single = [target[WheelInfo] for target in targets if WheelClosureInfo not in target]
    return WheelClosureInfo(
        label = label,
        reports = depset(
            [wheel.report for wheel in single if wheel.report],
            transitive = [closure.reports for closure in closures],
        ),
        wheels = depset(
            [wheel.wheel for wheel in single],
            transitive = [closure.wheels for closure in closures],
        ),
    )
