#!/bin/bash
# Runs the command after `--` where it is.
while [[ $1 != -- ]]; do shift; done
shift
exec "$@"
