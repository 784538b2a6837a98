"""A part of a namespace that is in this workspace."""

name = "mine"
