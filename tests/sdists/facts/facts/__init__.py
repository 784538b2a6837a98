"""A package whose build is curious."""
