"""The build environment: a neutral interpreter, build requirements, and processes without network."""
