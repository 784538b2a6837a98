"""Both halves of a cycle are there, whichever is asked for."""

import ring_one
import ring_two

assert ring_one.other() == "two"
assert ring_two.other() == "one"
