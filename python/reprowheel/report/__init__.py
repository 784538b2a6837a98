"""Writes and reads the report of a build, and computes the pin key from it."""
