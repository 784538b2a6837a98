"""Tests of //python/private/install:zip_directory.bzl: archives as `zipfile` writes them, and damaged ones."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (bytes of archives)
load("//python/private/install:patch_text.bzl", "BYTES")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:zip_directory.bzl", "parse_directory")

def _number(value, size):
    return "".join([BYTES[(value >> (8 * index)) % 256] for index in range(size)])

def _entry(name, size = 5, packed = 5, mode = 33188, flags = 0, method = 8, extra = "", comment = ""):
    return "PK\001\002" + "".join([
        _number(0x031e, 2),
        _number(20, 2),
        _number(flags, 2),
        _number(method, 2),
        _number(0, 8),
        _number(packed, 4),
        _number(size, 4),
        _number(len(name), 2),
        _number(len(extra), 2),
        _number(len(comment), 2),
        _number(0, 4),
        _number(mode << 16, 4),
        _number(0, 4),
        name,
        extra,
        comment,
    ])

def _end(count, size, offset, comment = ""):
    return "PK\005\006" + _number(0, 4) + _number(count, 2) * 2 + _number(size, 4) + _number(offset, 4) + _number(len(comment), 2) + comment

def _archive(entries, comment = "", offset = 9):
    text = "".join(entries)
    return "x" * 9 + text + _end(len(entries), len(text), offset, comment)

def _members_test_impl(ctx):
    """Names, sizes and modes of all members; comments of entries and of the archive are passed over."""
    env = unittest.begin(ctx)
    data = _archive([_entry("a/", size = 0, packed = 0, mode = 0), _entry("a/b.py", comment = "note"), _entry("c", flags = 1, method = 0)], "the end")
    found = parse_directory(data, len(data))
    asserts.equals(env, ("", 0), (found.error, found.missing))
    asserts.equals(env, [("a/", 0, 0, 8, 0), ("a/b.py", 5, 33188, 8, 0), ("c", 5, 33188, 0, 1)], [(m.name, m.size, m.mode, m.method, m.flags) for m in found.members])
    asserts.equals(env, [], parse_directory(_archive([]), len(_archive([]))).members)
    return unittest.end(env)

members_test = unittest.make(_members_test_impl)

def _large_test_impl(ctx):
    """Numbers of 64 bits are in the extra field, and in an end record of their own (zip64)."""
    env = unittest.begin(ctx)
    extra = _number(0x7777, 2) + _number(1, 2) + "x" + _number(1, 2) + _number(16, 2) + _number(5 << 32, 8) + _number(4 << 32, 8)
    entry = _entry("big", size = 0xffffffff, packed = 0xffffffff, extra = extra)
    end = "PK\006\006" + _number(44, 8) + _number(0, 12) + _number(1, 8) * 2 + _number(len(entry), 8) + _number(9, 8)
    data = "x" * 9 + entry + end + "PK\006\007" + _number(0, 16) + _end(0xffff, 0xffffffff, 0xffffffff)
    found = parse_directory(data, len(data))
    asserts.equals(env, "", found.error)
    asserts.equals(env, [("big", 5 << 32, 4 << 32)], [(m.name, m.size, m.packed) for m in found.members])
    return unittest.end(env)

large_test = unittest.make(_large_test_impl)

def _short_test_impl(ctx):
    """If only the archive's end was read, and the directory is longer, it is said how many bytes are needed."""
    env = unittest.begin(ctx)
    data = _archive([_entry("a" * 50), _entry("b" * 50)])
    found = parse_directory(data[-60:], len(data))
    asserts.equals(env, (len(data) - 9, [], ""), (found.missing, found.members, found.error))
    asserts.equals(env, 2, len(parse_directory(data[-found.missing:], len(data)).members))
    return unittest.end(env)

short_test = unittest.make(_short_test_impl)

def _damaged_test_impl(ctx):
    """What is no archive, or has another directory than its end says, is refused."""
    env = unittest.begin(ctx)
    good = _archive([_entry("a")])
    for data, error in [
        ("", "File is not a zip file"),
        ("PK\003\004" + "x" * 40, "File is not a zip file"),
        (good[:-1], "File is not a zip file"),
        (_archive([_entry("a")], offset = 8), "Bad offset for central directory"),
        (good.replace("PK\001\002", "PK\001\003"), "Bad magic number for central directory"),
        (_archive([_entry("a") + "rest"]), "Bad magic number for central directory"),
        ("x" * 9 + _end(2, 0, 9), "Bad magic number for central directory"),
        ("x" * 9 + _end(0, 33 << 20, 9), "has a directory of more than 33554432 bytes, which is the limit"),
    ]:
        asserts.equals(env, error, parse_directory(data, len(data)).error)
    return unittest.end(env)

damaged_test = unittest.make(_damaged_test_impl)

def zip_directory_test_suite(name):
    unittest.suite(name, damaged_test, large_test, members_test, short_test)
