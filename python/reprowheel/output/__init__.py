"""Helpers for output that people read: text for terminals, addresses without secrets, the style of HTML pages."""
