"""Git commits and folders as canonical archives."""
