"""What a difference says, where rules_reprowheel made it: a flag, a tool, a requirement or a setting, not a file's digest."""
