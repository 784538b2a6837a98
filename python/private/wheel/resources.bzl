"""CPUs and memory of a build, in steps. `resource_set` needs a top-level function, so there is one for each step.

Phase: analysis.
In: the CPUs and the memory that a build asks for. Out: a function for `resource_set`.
"""

visibility(["//python/...", "//tests/starlark/..."])

_DEFAULT_MB = 1024

def _cpu1_mb1024(_os, _inputs):
    return {"cpu": 1, "memory": 1024}

def _cpu1_mb2048(_os, _inputs):
    return {"cpu": 1, "memory": 2048}

def _cpu1_mb4096(_os, _inputs):
    return {"cpu": 1, "memory": 4096}

def _cpu1_mb8192(_os, _inputs):
    return {"cpu": 1, "memory": 8192}

def _cpu2_mb2048(_os, _inputs):
    return {"cpu": 2, "memory": 2048}

def _cpu2_mb4096(_os, _inputs):
    return {"cpu": 2, "memory": 4096}

def _cpu2_mb8192(_os, _inputs):
    return {"cpu": 2, "memory": 8192}

def _cpu2_mb16384(_os, _inputs):
    return {"cpu": 2, "memory": 16384}

def _cpu4_mb4096(_os, _inputs):
    return {"cpu": 4, "memory": 4096}

def _cpu4_mb8192(_os, _inputs):
    return {"cpu": 4, "memory": 8192}

def _cpu4_mb16384(_os, _inputs):
    return {"cpu": 4, "memory": 16384}

def _cpu4_mb32768(_os, _inputs):
    return {"cpu": 4, "memory": 32768}

def _cpu8_mb8192(_os, _inputs):
    return {"cpu": 8, "memory": 8192}

def _cpu8_mb16384(_os, _inputs):
    return {"cpu": 8, "memory": 16384}

def _cpu8_mb32768(_os, _inputs):
    return {"cpu": 8, "memory": 32768}

def _cpu8_mb65536(_os, _inputs):
    return {"cpu": 8, "memory": 65536}

def _cpu16_mb16384(_os, _inputs):
    return {"cpu": 16, "memory": 16384}

def _cpu16_mb32768(_os, _inputs):
    return {"cpu": 16, "memory": 32768}

def _cpu16_mb65536(_os, _inputs):
    return {"cpu": 16, "memory": 65536}

def _cpu16_mb131072(_os, _inputs):
    return {"cpu": 16, "memory": 131072}

def _cpu32_mb32768(_os, _inputs):
    return {"cpu": 32, "memory": 32768}

def _cpu32_mb65536(_os, _inputs):
    return {"cpu": 32, "memory": 65536}

def _cpu32_mb131072(_os, _inputs):
    return {"cpu": 32, "memory": 131072}

def _cpu32_mb262144(_os, _inputs):
    return {"cpu": 32, "memory": 262144}

# (CPUs, MiB, function), from small to large.
_STEPS = [
    (1, 1024, _cpu1_mb1024),
    (1, 2048, _cpu1_mb2048),
    (1, 4096, _cpu1_mb4096),
    (1, 8192, _cpu1_mb8192),
    (2, 2048, _cpu2_mb2048),
    (2, 4096, _cpu2_mb4096),
    (2, 8192, _cpu2_mb8192),
    (2, 16384, _cpu2_mb16384),
    (4, 4096, _cpu4_mb4096),
    (4, 8192, _cpu4_mb8192),
    (4, 16384, _cpu4_mb16384),
    (4, 32768, _cpu4_mb32768),
    (8, 8192, _cpu8_mb8192),
    (8, 16384, _cpu8_mb16384),
    (8, 32768, _cpu8_mb32768),
    (8, 65536, _cpu8_mb65536),
    (16, 16384, _cpu16_mb16384),
    (16, 32768, _cpu16_mb32768),
    (16, 65536, _cpu16_mb65536),
    (16, 131072, _cpu16_mb131072),
    (32, 32768, _cpu32_mb32768),
    (32, 65536, _cpu32_mb65536),
    (32, 131072, _cpu32_mb131072),
    (32, 262144, _cpu32_mb262144),
]

def resource_step(cpus, memory_mb):
    """Chooses the smallest step that is large enough for a build. If none is, it is the largest step.

    Args:
      cpus: (int) CPUs; 0 for one.
      memory_mb: (int) MiB; 0 means 1024 for each CPU.

    Returns:
      (struct) `cpus` and `memory_mb` of the step, `resources` (function) for `resource_set`.
    """
    wanted_cpus = cpus or 1
    wanted_memory = memory_mb or wanted_cpus * _DEFAULT_MB
    step = _STEPS[-1]
    for candidate in reversed(_STEPS):
        if candidate[0] >= wanted_cpus and candidate[1] >= wanted_memory:
            step = candidate
    return struct(cpus = step[0], memory_mb = step[1], resources = step[2])
