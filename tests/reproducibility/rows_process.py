"""Rows: what a process can see that no environment variable reaches: isolated children, other programs, the kernel's counters."""

from __future__ import annotations

from reproducibility.cause import Cause

ROWS = (
    Cause(
        id="order-isolated",
        title="the order of a set under `python -I` and `-E`, which ignore PYTHONHASHSEED, or without an environment",
        shows="generated text and source",
        handled_by="`environment.neutral` (such a process starts again with a fixed seed)",
        perturbation="again",
    ),
    Cause(
        id="time-without-site",
        title="the time under `python -S`",
        shows="generated text and versions",
        handled_by="`environment.interpreter` (the view's `encodings` loads the start-up module), `environment.neutral`",
        perturbation="time",
    ),
    Cause(
        id="time-c-module",
        title="the time of `_datetime`, the module in C behind `datetime`",
        shows="generated text and versions",
        handled_by="`environment.neutral` (the epoch as wall clock)",
        perturbation="time",
    ),
    Cause(
        id="time-sqlite",
        title="SQLite's `datetime('now')` and CURRENT_TIMESTAMP, by Python's module",
        shows="generated text and databases",
        handled_by="`environment.neutral` (functions of each connection)",
        perturbation="time",
    ),
    Cause(
        id="random-sqlite",
        title="SQLite's `random()` and `randomblob()`, by Python's module",
        shows="generated text and databases, order of rows",
        handled_by="`environment.neutral` (functions of each connection, seeded)",
        perturbation="again",
    ),
    Cause(
        id="program-python",
        title="the time of another Python of the host, by its path",
        shows="generated text and versions",
        handled_by="deep mode; `environment.neutral` reaches the build's own Python only",
        perturbation="time",
        outcome="deep",
    ),
    Cause(
        id="program-awk",
        title="random numbers of awk after `srand()`, which takes the time as seed",
        shows="generated text and source",
        handled_by="deep mode; `environment.neutral` reaches Python only",
        perturbation="time",
        outcome="deep",
    ),
    Cause(
        id="random-shell",
        title="`$RANDOM` of the shell",
        shows="generated text, temporary names",
        handled_by="nothing: its seed has process numbers",
        perturbation="again",
        outcome="verify",
    ),
    Cause(
        id="random-inode",
        title="inode numbers",
        shows="generated text, names made from them",
        handled_by="nothing: programs tell files apart by them",
        perturbation="again",
        outcome="verify",
    ),
    Cause(
        id="random-port",
        title="ports that are free",
        shows="generated text",
        handled_by="nothing: the kernel draws them, and two programs must not get one",
        perturbation="again",
        outcome="verify",
    ),
    Cause(
        id="time-uptime",
        title="`/proc/uptime`",
        shows="generated text",
        handled_by="nothing: it is a file of the kernel",
        perturbation="later",
        outcome="verify",
    ),
    Cause(
        id="time-monotonic",
        title="durations by `time.perf_counter` and `time.monotonic`",
        shows="generated text",
        handled_by="nothing: time-outs need a real clock",
        perturbation="again",
        outcome="verify",
    ),
    Cause(
        id="linker-map",
        title="the linker's map of what was compiled and linked by one command",
        shows="names of temporary object files in the map",
        handled_by="nothing: the compiler draws them",
        perturbation="again",
        outcome="verify",
    ),
)
