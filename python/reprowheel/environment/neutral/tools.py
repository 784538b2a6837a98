"""Adapts build tools: Meson to the fixed clock, and setuptools to parallel jobs."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import CPUS


def patch_meson(module):
    """Turn off a check of Meson, which refuses files newer than the clock: here the clock shows the epoch."""
    module.Backend.check_clock_skew = lambda _self, _files: None


def patch_build_ext(module):
    """Build extensions that share a source one after the other, because they share its object file, too."""

    def groups(extensions):
        found = []
        for extension in extensions:
            sources = set(map(os.path.normpath, extension.sources))
            shared = [group for group in found if group[0] & sources]
            found = [group for group in found if not group[0] & sources]
            merged = [e for group in shared for e in group[1]]
            found.append((sources.union(*(group[0] for group in shared)), [*merged, extension]))
        return [group for _, group in found]

    def build_extensions_parallel(self):
        from concurrent.futures import ThreadPoolExecutor

        def build(group):
            for extension in group:
                with self._filter_build_errors(extension):
                    self.build_extension(extension)

        with ThreadPoolExecutor(max_workers=CPUS if self.parallel is True else self.parallel) as executor:
            for future in [executor.submit(build, group) for group in groups(self.extensions)]:
                future.result()

    module.build_ext._build_extensions_parallel = build_extensions_parallel  # noqa: SLF001
