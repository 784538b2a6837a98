"""Pins of built wheels: the file wheels.lock records which bytes a build must give."""
