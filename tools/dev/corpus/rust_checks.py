"""One small functional check per Rust package of the corpus: each runs the compiled extension and asserts a known answer.

These names live here, in a maintainer's tool; the helper knows no package.
"""

from __future__ import annotations

__all__ = ["CHECKS", "HOST_LIBRARIES"]

HOST_LIBRARIES: dict[str, list[str]] = {}
"""What the packages take from the host, as a user would declare it."""

CHECKS = {
    "ast-serialize": """
import ast_serialize
assert ast_serialize.parse.__module__ and ast_serialize.__file__
from ast_serialize import ast_serialize as compiled
assert compiled.__file__.endswith(".so")
""",
    "bcrypt": """
import bcrypt
known = bcrypt.hashpw(b"Kk4DQuMMfZL9o", b"$2b$04$cVWp4XaNU8a4v1uMRum2SO")
assert known == b"$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm"
assert bcrypt.checkpw(b"x", bcrypt.hashpw(b"x", bcrypt.gensalt(4))) and not bcrypt.checkpw(b"y", known)
""",
    "blake3": """
from blake3 import blake3
assert blake3(b"").hexdigest() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
""",
    "cbor2": """
import cbor2, cbor2._cbor2
assert cbor2.dumps({"a": [1, 2.5, None]}).hex() == "a161618301fb4004000000000000f6"
assert cbor2.loads(bytes.fromhex("a161618301fb4004000000000000f6")) == {"a": [1, 2.5, None]}
""",
    "fast-query-parsers": """
from fast_query_parsers import parse_query_string
assert parse_query_string(b"a=1&b=x%20y", "&") == [("a", "1"), ("b", "x y")]
""",
    "fastuuid": """
import fastuuid, uuid
assert str(fastuuid.uuid5(fastuuid.UUID(str(uuid.NAMESPACE_DNS)), b"a")) == str(uuid.uuid5(uuid.NAMESPACE_DNS, "a"))
""",
    "jellyfish": """
import jellyfish, jellyfish._rustyfish
assert jellyfish.levenshtein_distance("kitten", "sitting") == 3 and jellyfish.soundex("Robert") == "R163"
""",
    "jiter": """
import jiter
assert jiter.from_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
""",
    "lzallright": """
from lzallright import LZOCompressor
data = b"reprowheel" * 99
assert LZOCompressor.decompress(LZOCompressor().compress(data)) == data
""",
    "orjson": """
import orjson
assert orjson.loads(orjson.dumps({"a": [1, 2.5, "ü"]}, option=orjson.OPT_SORT_KEYS)) == {"a": [1, 2.5, "ü"]}
""",
    "ormsgpack": """
import ormsgpack
assert ormsgpack.packb({"a": [1, None]}).hex() == "81a1619201c0"
assert ormsgpack.unpackb(bytes.fromhex("81a1619201c0")) == {"a": [1, None]}
""",
    "py-rust-stemmers": """
from py_rust_stemmers import SnowballStemmer
assert SnowballStemmer("english").stem_word("running") == "run"
""",
    "pycrdt": """
from pycrdt import Doc, Text
doc = Doc(); doc["t"] = text = Text("hello"); text += " world"
other = Doc(); other["t"] = copy = Text(); other.apply_update(doc.get_update())
assert str(copy) == "hello world"
""",
    "pydantic-core": """
from pydantic_core import SchemaValidator, core_schema
assert SchemaValidator(core_schema.int_schema()).validate_python("42") == 42
""",
    "pyromark": """
import pyromark
assert pyromark.html("# a *b*") == "<h1>a <em>b</em></h1>\\n"
""",
    "python-calamine": """
import python_calamine
try:
    python_calamine.CalamineWorkbook.from_filelike(__import__("io").BytesIO(b"no workbook"))
except python_calamine.CalamineError:
    pass
else:
    raise AssertionError
""",
    "pyxirr": """
import pyxirr
assert abs(pyxirr.npv(0.1, [-100, 110])) < 1e-9 and abs(pyxirr.irr([-100, 110]) - 0.1) < 1e-9
""",
    "regress": """
import regress
assert regress.Regex(r"([a-z]+)(\\d{2})").find("..ab12").range() == slice(2, 6, 1)
""",
    "rignore": """
import pathlib, rignore
pathlib.Path("tree").mkdir(); pathlib.Path("tree/.ignore").write_text("b\\n")
[pathlib.Path("tree", name).write_text("") for name in "ab"]
assert [p.name for p in rignore.walk("tree") if p.is_file()] == ["a"]
""",
    "rpds-py": """
from rpds import HashTrieMap, List
m = HashTrieMap({"a": 1}); n = m.insert("b", 2)
assert "b" not in m and dict(n) == {"a": 1, "b": 2} and list(List([1, 2]).push_front(0)) == [0, 1, 2]
""",
    "rtoml": """
import rtoml
assert rtoml.loads('a = [1, 2.5]\\n[b]\\nc = "x"') == {"a": [1, 2.5], "b": {"c": "x"}}
""",
    "safetensors": """
from safetensors import deserialize, serialize
data = serialize({"a": {"dtype": "uint8", "shape": [2], "data": b"xy"}})
assert bytes(dict(deserialize(data))["a"]["data"]) == b"xy"
""",
    "sqloxide": """
import sqloxide
assert "Query" in sqloxide.parse_sql("select a from b where c > 1", dialect="ansi")[0]
""",
    "tiktoken": """
import tiktoken
ranks = {bytes([i]): i for i in range(256)} | {b"ab": 256, b"abc": 257}
assert tiktoken.Encoding("x", pat_str=r"\\w+| ", mergeable_ranks=ranks, special_tokens={}).encode("abc ab") == [257, 32, 256]
""",
    "typos": """
import pathlib, subprocess, sys
tool = pathlib.Path(sys.executable).with_name("typos")
run = subprocess.run([tool, "-"], input="the langauge", capture_output=True, text=True)
assert run.returncode == 2 and "language" in run.stdout
""",
    "uuid-utils": """
import uuid, uuid_utils
assert str(uuid_utils.uuid5(uuid_utils.NAMESPACE_DNS, "a")) == str(uuid.uuid5(uuid.NAMESPACE_DNS, "a"))
""",
    "watchfiles": """
import pathlib, threading
from watchfiles._rust_notify import RustNotify
watched = pathlib.Path("watched"); watched.mkdir()
notify = RustNotify([str(watched)], False, True, 50, True, False)
threading.Timer(0.3, lambda: (watched / "new").write_text("x")).start()
assert any(path.endswith("new") for _, path in notify.watch(50, 20, 5000, None)); notify.close()
""",
    "whenever": """
from whenever import Date, _whenever
assert str(Date(2024, 2, 28).add(days=2)) == "2024-03-01" and Date.__module__ == "whenever" and _whenever.__file__.endswith(".so")
""",
    "y-py": """
import y_py
doc = y_py.YDoc(); text = doc.get_text("t")
with doc.begin_transaction() as txn:
    text.extend(txn, "hello")
other = y_py.YDoc(); y_py.apply_update(other, y_py.encode_state_as_update(doc))
assert str(other.get_text("t")) == "hello"
""",
}
