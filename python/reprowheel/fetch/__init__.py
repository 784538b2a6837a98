"""The fetch stage: it downloads files of a package index, chosen by their hash."""
