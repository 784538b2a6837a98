"""One small functional check per package of the corpus: each runs the compiled extension and asserts a known answer.

These names live here, in a maintainer's tool; the helper knows no package.
"""

from __future__ import annotations

__all__ = ["CHECKS", "HOST_HEADERS", "HOST_LIBRARIES"]

HOST_LIBRARIES = {"cffi": ["libffi.so.8"], "pyyaml": ["libyaml-0.so.2"]}
HOST_HEADERS = {"cffi": ["ffi*.h"], "pyyaml": ["yaml.h"]}
"""What the packages take from the host, as a user would declare it."""

CHECKS = {
    "annoy": """
from annoy import AnnoyIndex
index = AnnoyIndex(2, "euclidean")
[index.add_item(i, [float(i), 0.0]) for i in range(20)]
index.build(4)
assert index.get_nns_by_vector([7.2, 0.0], 1) == [7]
""",
    "bitarray": """
from bitarray import bitarray
a = bitarray("1101"); a.extend("001")
assert a.count() == 4 and a.tobytes() == b"\\xd2" and (a & bitarray("1000001")).to01() == "1000001"
""",
    "brotli": """
import brotli
data = b"reprowheel" * 99
assert brotli.decompress(brotli.compress(data)) == data and len(brotli.compress(data)) < 40
""",
    "cffi": """
import cffi, _cffi_backend
ffi = cffi.FFI(); ffi.cdef("int abs(int);")
assert ffi.dlopen(None).abs(-7) == 7 and ffi.sizeof("long") == 8
""",
    "contourpy": """
import contourpy, numpy
lines = contourpy.contour_generator(z=numpy.array([[0.0, 1.0], [0.0, 1.0]])).lines(0.5)
assert numpy.allclose(sorted(map(tuple, lines[0])), [(0.5, 0.0), (0.5, 1.0)])
""",
    "coverage": """
import coverage.tracer
assert coverage.tracer.CTracer.__module__.startswith("coverage")
from coverage.core import CTRACER_FILE
assert CTRACER_FILE
""",
    "editdistance": """
import editdistance
assert editdistance.eval("kitten", "sitting") == 3
""",
    "frozenlist": """
from frozenlist import FrozenList, PyFrozenList
assert FrozenList is not PyFrozenList
a = FrozenList([1, 2]); a.append(3); a.freeze()
assert hash(a) == hash((1, 2, 3))
""",
    "greenlet": """
import greenlet
main = greenlet.getcurrent()
g = greenlet.greenlet(lambda x: main.switch(x * 2))
assert g.switch(21) == 42
""",
    "hnswlib": """
import hnswlib, numpy
index = hnswlib.Index(space="l2", dim=2); index.init_index(max_elements=10)
index.add_items(numpy.array([[0, 0], [5, 5], [9, 9]], dtype="float32"), [10, 11, 12])
assert index.knn_query(numpy.array([[4.8, 5.1]], dtype="float32"), k=1)[0][0][0] == 11
""",
    "httptools": """
import httptools
class Handler:
    url = b""
    def on_url(self, url): self.url += url
h = Handler(); p = httptools.HttpRequestParser(h)
p.feed_data(b"GET /path?q=1 HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n")
assert h.url == b"/path?q=1" and p.get_method() == b"GET" and httptools.parse_url(b"http://example.org:8/x").port == 8
""",
    "immutables": """
import immutables
from immutables._map import Map as CMap
m = immutables.Map(a=1); n = m.set("b", 2)
assert immutables.Map is CMap and "b" not in m and dict(n) == {"a": 1, "b": 2}
""",
    "lz4": """
import lz4.block, lz4.frame
data = b"reprowheel" * 99
assert lz4.block.decompress(lz4.block.compress(data)) == data == lz4.frame.decompress(lz4.frame.compress(data))
""",
    "markupsafe": """
import markupsafe
from markupsafe import _speedups
assert markupsafe.escape("<&>") == "&lt;&amp;&gt;" and markupsafe._escape_inner is _speedups._escape_inner
""",
    "msgpack": """
import msgpack
from msgpack import _cmsgpack
assert msgpack.Packer is _cmsgpack.Packer and msgpack.unpackb(msgpack.packb({"a": [1, 2.5, None]})) == {"a": [1, 2.5, None]}
""",
    "multidict": """
import multidict._multidict as c
from multidict import CIMultiDict
d = CIMultiDict([("A", 1), ("a", 2)])
assert d.getall("a") == [1, 2] and CIMultiDict is c.CIMultiDict
""",
    "murmurhash": """
from murmurhash import hash_bytes
assert hash_bytes(b"hello", 0) == 613153351
""",
    "numpy": """
import numpy as np
a = np.arange(6.0).reshape(2, 3)
assert (a @ a.T).tolist() == [[5.0, 14.0], [14.0, 50.0]]
assert np.allclose(np.linalg.inv(np.array([[2.0, 0], [0, 4.0]])), [[0.5, 0], [0, 0.25]])
assert np.allclose(np.fft.fft(np.ones(4)), [4, 0, 0, 0]) and np.random.default_rng(7).integers(0, 9, 3).shape == (3,)
""",
    "propcache": """
from propcache import _helpers_c
from propcache.api import cached_property, under_cached_property
assert cached_property is _helpers_c.cached_property
class A:
    def __init__(self): self._cache = {}; self.n = 0
    @under_cached_property
    def x(self): self.n += 1; return self.n
a = A(); assert a.x == a.x == 1
""",
    "psutil": """
import os, psutil
assert psutil.Process().pid == os.getpid() and psutil.virtual_memory().total > 0 and psutil.cpu_count() >= 1
""",
    "pycryptodome": """
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
key = bytes(16); box = AES.new(key, AES.MODE_ECB)
assert box.encrypt(bytes(16)).hex() == "66e94bd4ef8a2c3b884cfa59ca342b2e"
assert SHA256.new(b"abc").hexdigest().startswith("ba7816bf8f01cfea")
""",
    "pynacl": """
import nacl.secret, nacl.utils, nacl.bindings
box = nacl.secret.SecretBox(bytes(32))
assert box.decrypt(box.encrypt(b"x", bytes(24))) == b"x" and nacl.bindings.crypto_hash_sha512(b"abc").hex().startswith("ddaf35a1")
""",
    "pyyaml": """
import yaml
assert yaml.load("a: [1, 2]", Loader=yaml.CSafeLoader) == {"a": [1, 2]} and yaml.__with_libyaml__
""",
    "rapidfuzz": """
from rapidfuzz import fuzz, distance
import rapidfuzz.fuzz_cpp
assert distance.Levenshtein.distance("kitten", "sitting") == 3 and fuzz.ratio("abc", "abd") > 66
""",
    "simplejson": """
import simplejson
from simplejson import _speedups
assert simplejson.loads(simplejson.dumps({"a": [1.5, None]})) == {"a": [1.5, None]} and simplejson.encoder.c_make_encoder
""",
    "sqlalchemy": """
import sqlalchemy
from sqlalchemy.util import has_compiled_ext
assert has_compiled_ext()
engine = sqlalchemy.create_engine("sqlite://")
with engine.connect() as c:
    assert c.execute(sqlalchemy.text("select 6 * 7")).scalar_one() == 42
""",
    "ujson": """
import ujson
assert ujson.loads(ujson.dumps({"a": [1, 2.5, "x"]})) == {"a": [1, 2.5, "x"]}
""",
    "yarl": """
import yarl
from yarl import _quoting_c
assert str(yarl.URL("http://example.org/a b?x=1").with_query(y="ü")) == "http://example.org/a%20b?y=%C3%BC"
from yarl._quoting import _Quoter
assert _Quoter is _quoting_c._Quoter
""",
}
