"""Fixes what Python can see of this machine; every Python process of a build loads this code as `sitecustomize`.

Directory listings are sorted, temporary names are counted, random numbers and hashes are seeded. Host, user and number of CPUs
are fixed. The wall clock shows the epoch, and what was waited for since; monotonic clocks stay real, so time-outs work. Programs
that are not Python (`find`, `date`, `uname`) are not changed by this code. See docs/decisions.md, "Neutral Python processes".

A build gets all parts as one module: `environment/startup.py` joins their texts. So the parts are plain code for any
interpreter that a build may have: the standard library only, no annotations, and each name is defined by one part only.
"""
