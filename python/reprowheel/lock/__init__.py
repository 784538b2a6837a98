"""The lock stage: a lock of any format becomes the build lock of every sdist in it."""
