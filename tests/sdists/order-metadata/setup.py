"""Keeps its requirements and extras in sets."""

from setuptools import setup

requirements = {"alpha", "beta", "gamma", "delta", "epsilon"}
extras = {name: [name] for name in {"one", "two", "three", "four"}}
setup(name="tiny", version="1.0", packages=["tiny"], install_requires=list(requirements), extras_require=extras)
