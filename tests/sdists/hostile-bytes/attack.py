"""Fills the disk, up to two gigabytes."""

import time


def attack():
    end = time.monotonic() + 30  # a backstop
    with open("filler", "wb") as file:
        for _ in range(2048):
            file.write(b"x" * (1 << 20))
            file.flush()
            if time.monotonic() > end:
                break
            time.sleep(0.002)
    time.sleep(max(0, end - time.monotonic()))
    return {"the disk": True}, {}
