"""Patches in unified format, applied strictly."""
