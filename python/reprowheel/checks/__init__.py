"""What a built wheel may not have: traces of the place of build, undeclared inputs of the host, another lock's metadata."""
