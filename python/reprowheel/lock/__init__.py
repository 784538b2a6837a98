"""The lock stage: it reads a lock of any format and writes the build lock of every sdist in it."""
