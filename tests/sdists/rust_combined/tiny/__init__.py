import ctypes
from pathlib import Path

native = ctypes.CDLL(str(next(Path(__file__).parent.glob("native*.so"))))
