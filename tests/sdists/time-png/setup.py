"""Ships a picture with a `tIME` chunk that says when it was drawn."""

import os
import pathlib
import struct
import time
import zlib

from setuptools import setup

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


drawn = time.gmtime(os.stat(os.getcwd()).st_mtime)[:6]
parts = [
    chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
    chunk(b"tIME", struct.pack(">HBBBBB", *drawn)),
    chunk(b"IDAT", zlib.compress(b"\0\0")),
    chunk(b"IEND", b""),
]
pathlib.Path("tiny/made.png").write_bytes(b"\x89PNG\x0d\x0a\x1a\x0a" + b"".join(parts))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.png"]})
