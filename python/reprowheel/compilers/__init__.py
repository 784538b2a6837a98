"""The C/C++ toolchain of a build: described, identified, and put before the build as wrappers."""
