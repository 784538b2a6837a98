"""Which pages there are: one per public file, with its symbols.

Phase: loading (constants).
In: nothing. Out: names.
"""

visibility(["//docs/api"])

PAGES = {
    "defs": ["lock", "reproducibility_test", "sdist_wheel", "wheel_file", "wheel_library", "wheelhouse", "wheels_lock"],
    "extensions": ["pip"],
    "pip": ["package_annotation", "package_override", "pip_parse"],
    "providers": [],
    "repositories": ["reprowheel_dependencies"],
}
