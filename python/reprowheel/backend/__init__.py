"""Runs build back ends (PEP 517): one runner of hooks, and adapters for what is special to a back end."""
