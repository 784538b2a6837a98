"""Normalizes ELF files: strips them without moving a loaded byte, and writes debug information to files beside them."""
