"""Starts processes without end."""

import os
import time


def attack():
    end = time.monotonic() + 30  # a backstop
    made = 0
    while time.monotonic() < end and made < 3000:
        try:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
            made += 1
        except OSError:
            time.sleep(0.05)
    return {f"{made} processes": True}, {}
