"""Takes memory, in several processes, up to a gigabyte."""

import os
import time


def attack():
    for _ in range(4):
        if os.fork() == 0:
            kept = []
            for _ in range(64):
                kept.append(bytearray(b"x") * (4 << 20))
                time.sleep(0.01)
            time.sleep(20)
            os._exit(0)
    time.sleep(20)
    return {"a gigabyte": True}, {}
