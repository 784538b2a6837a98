#!/bin/bash
# Installs nothing, and writes down what it was asked for.
echo "$*" >>"$FAKE_LOG/apt-get"
exit 0
