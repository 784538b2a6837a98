"""How much of a wheel is read. The helper has the same numbers for the wheels that it reads; a test compares them.

Phase: any (constants).
In: nothing. Out: numbers.
"""

visibility(["//python/...", "//tests/starlark/..."])

MAX_DEPTH = 128  # folders around a member
MAX_DIRECTORY = 32 << 20  # bytes of the archive's directory
MAX_MEMBERS = 200000  # files and folders
MAX_NAME = 2048  # bytes of a member's path
MAX_PART = 255  # bytes of one name in a path
MAX_RATIO = 200  # unpacked bytes for each packed one, beyond RATIO_FREE
MAX_WHEEL = 32 << 30  # bytes that a wheel unpacks to
RATIO_FREE = 1 << 30  # bytes that a wheel may unpack to, whatever its own size is
