"""Makes files and folders without end."""

import os
import time


def attack():
    end = time.monotonic() + 30  # a backstop
    number = 0
    while time.monotonic() < end and number < 200_000:
        if number % 1000 == 0:
            os.mkdir(f"d{number // 1000}")
        with open(f"d{number // 1000}/{number}", "wb"):
            pass
        number += 1
    return {f"{number} files": True}, {}
