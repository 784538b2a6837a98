"""What Python can see of this machine, fixed for every Python process of a build, which loads this as `sitecustomize`.

Sorted directory listings, counted temporary names, one host, one user, one CPU count, the epoch as wall clock, seeded
random numbers. Monotonic clocks stay real, so time-outs work. Processes that are not Python (`find`, `date`, `uname`) are
out of reach here. Why it is so: docs/decisions.md, "Neutral Python processes".

A build gets the parts as one module: `environment/startup.py` joins their texts. So they are plain code for whatever
interpreter a build has: the standard library only, no annotations, each name defined by one part only.
"""
