"""The report of a build: written, read, and the key that is computed from it."""
