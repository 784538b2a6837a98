"""Never ends, and does not listen."""

import signal
import time


def attack():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(60)
    return {"a minute": True}, {}
