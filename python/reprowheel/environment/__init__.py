"""Makes the build environment: a neutral interpreter, installed build requirements, and processes without network."""
