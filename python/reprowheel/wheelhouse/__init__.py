"""The way out to plain pip: wheels with their hashes, a bill of materials and attestations."""
