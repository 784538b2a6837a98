"""Makes wheelhouses for plain pip: wheels with their hashes, a bill of materials and attestations."""
