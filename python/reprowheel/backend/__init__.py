"""Build back ends (PEP 517): what is special to each, and the one runner of their hooks."""
