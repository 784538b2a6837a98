"""Leaves processes behind that fork and end at once, again and again, so that a list of processes is always out of date."""

import os
import time


def attack():
    for _ in range(8):
        if os.fork() == 0:
            os.setsid()
            end = time.monotonic() + 60  # a backstop
            while time.monotonic() < end and os.fork() == 0:
                os.setsid()
            os._exit(0)
    time.sleep(0.2)
    return {}, {}
