"""What a difference says, where rules_reprowheel made it: a flag, a tool, a requirement, a setting, instead of a file's digest."""
