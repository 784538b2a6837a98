"""The install stage: it installs a wheel into a tree of files."""
