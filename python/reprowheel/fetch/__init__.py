"""The fetch stage: files of an index, chosen by their hash."""
