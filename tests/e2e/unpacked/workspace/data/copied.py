"""A program of the workspace."""

print("copied")
