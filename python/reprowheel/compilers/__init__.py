"""The C/C++ toolchain of a build: reads its description, identifies it, and writes the wrappers that the build sees."""
