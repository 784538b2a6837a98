"""Pins of built wheels: wheels.lock."""
