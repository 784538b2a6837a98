"""ELF files: stripped without moving a loaded byte, debug information kept beside them."""
