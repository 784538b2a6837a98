"""Reads patches in unified format, and applies them strictly."""
