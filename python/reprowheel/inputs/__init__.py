"""What users give the helper: files that may be missing or something else, and names that may be misspelt."""
