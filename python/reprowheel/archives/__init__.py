"""Archives that others made: names and metadata of sdists and wheels, read within limits."""
