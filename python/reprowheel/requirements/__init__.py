"""Locks as they are read: requirements.txt, pylock.toml, uv.lock."""
