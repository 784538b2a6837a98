"""Writes the keys of a Perl hash in the order in which Perl has them."""

import pathlib
import subprocess

from setuptools import setup

program = 'my %h = map { $_ => 1 } "a" .. "zz"; print join(",", keys %h)'
made = subprocess.run(["perl", "-e", program], check=True, capture_output=True, text=True)
pathlib.Path("tiny/made.txt").write_text(made.stdout)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
