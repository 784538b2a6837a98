"""The install stage: a wheel becomes a tree."""
