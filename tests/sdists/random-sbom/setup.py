"""Ships nothing special."""

from setuptools import setup

setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
