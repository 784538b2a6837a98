"""Packs git commits and folders into canonical sdists."""
