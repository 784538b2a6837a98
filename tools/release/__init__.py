"""Makes a release: archive, registry folder, Python package, notes and digests; see CONTRIBUTING.md, "Make a release"."""
