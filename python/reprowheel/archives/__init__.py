"""Reads sdists and wheels that others made: their names, metadata and members, within limits of size."""
