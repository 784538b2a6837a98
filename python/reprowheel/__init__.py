"""Build Python source distributions into wheels whose bytes depend on nothing but their declared inputs."""
