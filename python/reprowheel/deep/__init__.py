"""Deep mode: a preloaded library that fixes what programs other than Python see of the machine."""
