"""A test in another package."""

import main
import shared_namespace.one

assert main.text() == "hello from charlie"
assert shared_namespace.one.NAME == "one"
