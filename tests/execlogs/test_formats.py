"""Logs of all formats are read as what they describe, and damaged ones are refused with the place."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compression import zstd
from execlog import decompress
from execlog.errors import LogError
from execlog.model import LAYOUT, Store
from execlog.read import read_log
from execlog.wire import numbers
from support.execution_logs import (
    BIN,
    FORMATS,
    Compact,
    Made,
    compact_log,
    framed,
    json_log,
    tagged,
    varint,
    wire_digest,
    write_log,
)

SPAWNS = [
    Made(
        "//a:one",
        {"a/in.txt": "1", "empty": "", "b ä\udce9.txt": "2"},
        {BIN + "a/one.txt": "x", BIN + "a/two.txt": ""},
        args=["/bin/sh", "-c", "a 'b' > \"c\" ü", ""],
        env={"PATH": "/bin", "EMPTY": "", "A": "1"},
        platform={"os": "linux"},
        tools=("a/in.txt",),
        action="key",
    ),
    Made("@@repo+//b:two", {BIN + "a/one.txt": "x"}, {}, "Test", runner="remote cache hit", cache_hit=True),
    Made("//c:three", {}, {BIN + "c": "y"}, exit_code=-1, status="TIMEOUT"),
]


def plain(path: str, store: Store) -> list[dict[str, object]]:
    """Return all that a log says, without the numbers of its reader."""
    names = store.atoms
    return [
        {
            "label": s.label,
            "mnemonic": s.mnemonic,
            "args": s.args,
            "env": s.env,
            "platform": s.platform,
            "inputs": sorted(names[a] for a in store.content(s.inputs)),
            "tools": sorted(names[a] for a in store.content(s.tools)),
            "outputs": sorted(names[a] for a in s.outputs),
            "rest": (s.listed, s.runner, s.cache_hit, s.cacheable, s.status, s.exit_code, s.timeout, s.digest),
        }
        for s in read_log(path, store).spawns
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_log_says(tmp_path: Path, form: str) -> None:
    """Every format gives label, command, environment, inputs, tools, outputs and result as they were written."""
    spawns = [SPAWNS[0], SPAWNS[1], SPAWNS[2]]
    if form == "json":  # no JSON text can have a byte that is not UTF-8
        spawns[0] = Made(**(vars(SPAWNS[0]) | {"inputs": {"a/in.txt": "1", "empty": "", "b ä.txt": "2"}}))
    found = plain(write_log(tmp_path / "log", spawns, form), Store())
    assert [f["label"] for f in found] == ["//a:one", "@@repo+//b:two", "//c:three"]
    one, two, three = found
    assert (one["mnemonic"], one["args"]) == ("Genrule", ("/bin/sh", "-c", "a 'b' > \"c\" ü", ""))
    assert one["env"] == (("A", "1"), ("EMPTY", ""), ("PATH", "/bin"))
    assert one["platform"] == (("os", "linux"),)
    odd = "b ä.txt" if form == "json" else "b ä\udce9.txt"
    digest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b/1"  # printf 1 | sha256sum
    assert [path for path, _ in one["inputs"]] == ["a/in.txt", odd, "empty"]  # type: ignore[attr-defined]
    assert one["inputs"][0] == ("a/in.txt", digest)  # type: ignore[index]
    assert one["tools"] == [("a/in.txt", digest)]
    assert dict(one["outputs"])[BIN + "a/two.txt"] == ""  # type: ignore[call-overload]
    assert two["rest"] == ((), "remote cache hit", True, True, "", 0, 0, "")
    assert three["rest"][4:6] == ("TIMEOUT", -1)  # type: ignore[index]


def test_formats_agree(tmp_path: Path) -> None:
    """The three formats of one build give the same."""
    spawns = [Made("//a:one", {"a": "1", "": "2"}, {"o": "3"}, tools=("a",), action="k"), *SPAWNS[1:]]
    store = Store()
    found = [plain(write_log(tmp_path / form, spawns, form), store) for form in FORMATS]
    assert found[0] == found[1] == found[2]


def test_json_of_any_spacing(tmp_path: Path) -> None:
    """One object per line, objects without anything between, and text longer than what is read at once."""
    args = ["\\", 'ä"}{' * 9000]
    entries = [json.dumps({"mnemonic": "M", "commandArgs": args, "targetLabel": f"//x:{n}"}) for n in range(40)]
    for between in ("", "\n", " \r\n\t"):
        path = tmp_path / "log"
        path.write_text(between.join(entries) + between, encoding="utf-8")
        assert [s.label for s in read_log(str(path), Store()).spawns] == [f"//x:{n}" for n in range(40)]


def test_nested_sets_directories_and_runfiles(tmp_path: Path) -> None:
    """Sets in sets, directories, symlinks and runfiles are the files in them; the same set is kept once."""
    log = Compact()
    folder = log.add(4, tagged(1, BIN + "tree") + tagged(2, tagged(1, "sub/f") + tagged(2, wire_digest("f"))))
    link = log.add(5, tagged(1, BIN + "link") + tagged(2, "no/where"))
    inner = log.input_set([log.file("tool.sh", "t"), log.file("external/r/x", "x")])
    again = log.input_set([log.file("tool.sh", "t"), log.file("external/r/x", "x")])
    links = log.add(9, tagged(1, tagged(1, "elsewhere") + tagged(2, log.file("data", "d"))))
    runfiles = tagged(1, BIN + "tool.runfiles") + tagged(2, inner) + tagged(4, links) + tagged(5, "pkg/__init__.py")
    runfiles += tagged(5, "../r/__init__.py") + tagged(6, tagged(2, wire_digest("map")))
    tree = log.add(10, runfiles)
    top = log.input_set([folder, link], [log.input_set([tree], [inner])])
    log.spawn(Made("//x", {}, {}), top, tools=again)
    log.spawn(Made("//y", {}, {}), inner)
    log.data += framed(tagged(8, tagged(1, "to") + tagged(2, "from") + tagged(3, "//x") + tagged(4, "Symlink")))
    log.data += framed(tagged(99, "of a newer Bazel"))
    path = tmp_path / "log"
    path.write_bytes(zstd.compress(bytes(log.data)))
    store = Store()
    found = read_log(str(path), store)
    first, second = found.spawns
    assert (first.tools, found.symlinks) == (second.inputs, {"from": "to"})
    files = {BIN + "link", BIN + "tree/sub/f", "tool.sh", "external/r/x", "data", BIN + "tool.runfiles/_repo_mapping"}
    paths = {store.atoms[a][0] for a in store.content(first.inputs)}
    assert paths == files | {BIN + "tool.runfiles" + LAYOUT}
    store = Store(expand=True)
    first = read_log(str(path), store).spawns[0]
    paths = {store.atoms[a][0].removeprefix(BIN + "tool.runfiles/") for a in store.content(first.inputs)}
    placed = {"_main/tool.sh", "r/x", "elsewhere", "_main/pkg/__init__.py", "r/__init__.py", "_repo_mapping"}
    assert paths == placed | {BIN + "link", BIN + "tree/sub/f", "tool.sh", "external/r/x"}


def test_deep_sets(tmp_path: Path) -> None:
    """A chain of five thousand sets is no deeper than Python allows."""
    log = Compact()
    node = log.input_set([log.file("0", "0")])
    for n in range(1, 5000):
        node = log.input_set([log.file(str(n), "x")], [node])
    log.spawn(Made("//x"), node)
    path = tmp_path / "log"
    path.write_bytes(zstd.compress(bytes(log.data)))
    store = Store()
    assert len(store.content(read_log(str(path), store).spawns[0].inputs)) == 5000


def test_old_field_numbers(tmp_path: Path) -> None:
    """Bazel 7.1 had a field for each kind of input and output, and did not pack numbers into one field if they were few."""
    log = Compact()
    file, folder = log.file("a", "1"), log.add(4, tagged(1, "d") + tagged(2, tagged(1, "f")))
    inputs = log.add(6, tagged(1, file) + tagged(2, varint(folder)))
    outputs = tagged(6, tagged(1, file)) + tagged(6, tagged(2, folder)) + tagged(6, tagged(4, "missing"))
    log.data += framed(tagged(7, tagged(4, inputs) + outputs + tagged(8, "M")))
    path = tmp_path / "log"
    path.write_bytes(zstd.compress(bytes(log.data)))
    store = Store()
    spawn = read_log(str(path), store).spawns[0]
    assert {store.atoms[a][0] for a in store.content(spawn.inputs)} == {store.atoms[a][0] for a in spawn.outputs} == {"a", "d/f"}
    assert spawn.listed == ("a", "d", "missing")


def test_numbers() -> None:
    """Packed or single, of one byte and of ten."""
    assert numbers(b"\x01\xac\x02" + b"\xff" * 9 + b"\x01") == [1, 300, (1 << 64) - 1]
    assert numbers(7) == [7]


def refused(path: Path, content: bytes) -> str:
    """Write a file, and return why it is refused."""
    path.write_bytes(content)
    with pytest.raises(LogError) as caught:
        read_log(str(path), Store())
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    """A log that ends anywhere but at its end is an error, or has fewer spawns where it ends between two of them."""
    path = tmp_path / "log"
    for form, write in FORMATS.items():
        whole = write(SPAWNS[1:])
        for size in range(1, len(whole), 3):
            path.write_bytes(whole[:size])
            try:
                log = read_log(str(path), Store())
            except LogError:
                continue
            assert form != "compact"
            assert len(log.spawns) == 1  # nothing marks the end of the other two formats
            assert whole[:size].strip().endswith(b"}") or form == "binary"


def test_messages(tmp_path: Path) -> None:
    """What is wrong, and where."""
    path = tmp_path / "log"
    no_action = "no action ran in that build (start from `bazel clean`)"
    assert refused(path, b"") == f"the file is empty: {no_action}, or Bazel came to a bad end"
    assert refused(path, b" \n") == f"no spawn in it: {no_action}"
    whole = compact_log(SPAWNS)
    assert refused(path, whole[:-5]) == f"byte {len(whole) - 5}: the compressed data is cut off: did Bazel end?"
    damaged = whole[:20] + bytes([whole[20] ^ 255]) + whole[21:]
    assert refused(path, damaged).startswith("the compressed data is damaged: ")
    spawn = framed(tagged(7, tagged(4, 77)))
    assert refused(path, zstd.compress(spawn)) == "decompressed byte 1: a set is entry 77, which does not come before"
    assert refused(path, zstd.compress(b"\x05\x3a\x09ab")) == "decompressed byte 0: a message of 5 bytes, 4 are left"
    assert refused(path, zstd.compress(b"\x02\x3a\x09")) == "decompressed byte 1: field 7 has 9 bytes, 0 are left"
    assert refused(path, zstd.compress(b"\xff" * 11)) == "decompressed byte 0: a number of more than ten bytes"
    large = varint(1 << 40) + b"x"
    allowed = "decompressed byte 0: a message of 1099511627776 bytes, more than protobuf allows"
    assert refused(path, zstd.compress(large)) == allowed
    assert refused(path, zstd.compress(framed(tagged(7, 5)))) == "decompressed byte 1: a number where bytes belong"
    first = json_log(SPAWNS[2:])
    wrong = f"byte {len(first) + 1}: not JSON: Expecting property name enclosed in double quotes"
    assert refused(path, first + b"{]" + b" " * 20) == wrong
    half = b'{"mnemonic": "\xc3\xa4'
    assert refused(path, first + half) == f"byte {len(first) + 13}: the JSON is cut off: did Bazel end?"
    another = first + b'\n{"name": "package.json"}'
    assert refused(path, another) == f"byte {len(first) + 1}: this JSON is not what --execution_log_json_file writes"
    assert refused(path, b'{"mnemonic": 3}').endswith("is not what --execution_log_json_file writes")
    neither = "neither a compact nor a JSON nor a binary execution log: "
    assert refused(path, b"some text\n" * 20).startswith(f"byte 1: {neither}")
    assert refused(path, framed(tagged(6, 1))) == f"byte 1: {neither}this message is no spawn"
    with pytest.raises(LogError, match=r"/none: cannot be read: No such file or directory$"):
        read_log(f"{tmp_path}/none", Store())
    with pytest.raises(LogError, match=r": cannot be read: Is a directory$"):
        read_log(str(tmp_path), Store())


@pytest.mark.parametrize("form", FORMATS)
def test_damage_of_any_kind(tmp_path: Path, form: str) -> None:
    """Whatever bytes are changed, added or lost: a log, or a `LogError`, and then all that a log says can be asked for."""
    chance = random.Random(form)
    whole = zstd.decompress(compact_log(SPAWNS)) if form == "compact" else FORMATS[form](SPAWNS)
    path = tmp_path / "log"
    refusals = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        path.write_bytes(zstd.compress(bytes(data)) if form == "compact" else bytes(data))
        try:
            plain(str(path), Store(expand=True))
        except LogError:
            refusals += 1
    assert refusals > 100


def test_deep_json(tmp_path: Path) -> None:
    """JSON that is nested beyond what Python reads is refused like any other that is no log."""
    assert refused(tmp_path / "log", b'{"mnemonic": ' + b"[" * 200_000).startswith("byte 0: not an execution log: this JSON is")


def test_a_bad_byte_far_from_the_end(tmp_path: Path) -> None:
    """JSON that is wrong in its middle is an error there, not after all the rest was read."""
    first = json_log(SPAWNS[2:])
    content = first + b"{,}" + first * 3000
    assert refused(tmp_path / "log", content).startswith(f"byte {len(first) + 1}: not JSON")


@pytest.fixture
def no_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Python's zstd modules; the folder returned is all of its PATH."""
    monkeypatch.setattr(decompress, "MODULES", ("reprowheel_has_no_such_module",))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


ZSTD = """#!{python}
import sys
from compression import zstd
assert sys.argv[1:-1] == ["--decompress", "--stdout", "--quiet", "--"], sys.argv
with zstd.open(sys.argv[-1]) as stream:
    while True:
        try:
            data = stream.read(100)
        except (EOFError, zstd.ZstdError) as e:
            sys.exit(f"zstd: {{e}}")
        if not data:
            break
        sys.stdout.buffer.write(data)
"""


def test_the_program(no_module: Path, tmp_path: Path) -> None:
    """Where no module reads zstd, the program does; what it says of damage is the message."""
    program = no_module / "zstd"
    program.write_text(ZSTD.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    log = write_log(tmp_path / "log", SPAWNS, "compact")
    assert [s.label for s in read_log(log, Store()).spawns] == [s.label for s in SPAWNS]
    said = refused(tmp_path / "log", compact_log(SPAWNS)[:-5])
    assert said.startswith("the compressed data is damaged: zstd: Compressed file ended before the end-of-stream marker")


def test_real_program(no_module: Path, tmp_path: Path) -> None:
    """The options are those of the real program, where a machine has it."""
    real = shutil.which("zstd", path=os.defpath)
    if real is None:  # the stand-in above has checked the rest
        assert "zstd" not in os.listdir("/usr/bin")
        return
    (no_module / "zstd").symlink_to(real)
    log = write_log(tmp_path / "log", SPAWNS, "compact")
    assert [s.label for s in read_log(log, Store()).spawns] == [s.label for s in SPAWNS]


@pytest.mark.usefixtures("no_module")
def test_nothing_reads_zstd(tmp_path: Path) -> None:
    """A machine that has neither is told what it lacks; JSON logs need nothing."""
    said = refused(tmp_path / "log", compact_log(SPAWNS))
    assert said == "zstd-compressed, and nothing here reads that: use Python 3.14, the package backports.zstd or the program zstd"
    assert len(read_log(write_log(tmp_path / "log", SPAWNS, "json"), Store()).spawns) == 3


def test_alone(tmp_path: Path) -> None:
    """`python3 tools/execlog A B` needs no installed package."""
    log = write_log(tmp_path / "log", SPAWNS, "compact")
    program = Path(__file__).resolve().parents[2] / "tools" / "execlog"
    run = subprocess.run([sys.executable, "-I", "-S", str(program), log, log], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("EQUAL 3 spawns: the same inputs, the same outputs\n")
