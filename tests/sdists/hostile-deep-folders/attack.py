"""Hides what it writes in folders so deep that no path leads there."""

import os
import time


def attack():
    for _ in range(3000):
        os.mkdir("deeper")
        os.chdir("deeper")
    time.sleep(20)
    return {"3000 folders": True}, {}
