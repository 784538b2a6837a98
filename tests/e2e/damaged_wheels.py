"""Wheels with a defect each, and what is said of them."""

from __future__ import annotations

import stat

from e2e.wheel_makers import Tree, archive_of, metadata, record_of, wheel_of

__all__ = ["damaged"]


def damaged() -> dict[str, tuple[bytes, str]]:
    """Return name → a wheel with a defect, and what is said of it."""

    def tree(name: str, more: Tree | None = None) -> Tree:
        return {f"{name.replace('-', '_')}.py": (0o644, b"ok = 1\n"), **(more or {}), **metadata(name)}

    def members(name: str, more: Tree | None = None) -> list[tuple[str, int, bytes]]:
        content = tree(name, more)
        record, rows = record_of(content)
        return [(path, stat.S_IFREG | mode, data) for path, (mode, data) in content.items()] + [
            (record, stat.S_IFREG | 0o644, rows)
        ]

    def changed(name: str, old: bytes, new: bytes) -> bytes:
        return archive_of([(path, mode, data.replace(old, new) if old else data) for path, mode, data in members(name)])

    info = "_x-1.0.dist-info"
    outside = (0o644, b"out\n")
    return {
        "not-in-record": (
            archive_of([*members("not-in-record"), ("more.py", stat.S_IFREG | 0o644, b"")]),
            "more.py is not mentioned in RECORD",
        ),
        "other-bytes": (changed("other-bytes", b"ok = 1", b"ok = 2"), "hash / size of other_bytes.py didn't match RECORD"),
        "other-size": (changed("other-size", b",7\n", b",8\n"), "hash / size of other_size.py didn't match RECORD"),
        "no-digest": (changed("no-digest", b"sha256=", b"="), "RECORD"),
        "strange-digest": (
            changed("strange-digest", b"sha256=", b"crc32="),
            "RECORD: 'strange_digest.py' has a digest by 'crc32'; expected sha256",
        ),
        "bad-rows": (changed("bad-rows", b",sha256=", b",,sha256="), "Row Index 0: expected 3 elements, got 4"),
        "absolute": (
            wheel_of(tree("absolute", {"/etc/absolute": outside})),
            "member '/etc/absolute': name does not stay inside the wheel",
        ),
        "escaping": (
            wheel_of(tree("escaping", {"../out.py": outside})),
            "member '../out.py': name does not stay inside the wheel",
        ),
        "a-link": (
            archive_of([*members("a-link"), ("link.py", stat.S_IFLNK | 0o777, b"/etc/passwd")]),
            "member 'link.py': is a link or another special file",
        ),
        "at-one-place": (
            wheel_of(tree("at-one-place", {"same.py": outside, "at_one_place-1.0.data/purelib/same.py": outside})),
            "site-packages/same.py would be installed twice",
        ),
        "two-members": (archive_of([*members("two-members"), members("two-members")[0]]), "member 'two_members.py' occurs twice"),
        "no-scheme": (
            wheel_of(tree("no-scheme", {"no_scheme-1.0.data/else/x": outside})),
            "no_scheme-1.0.data/else/x is not contained in a valid .data",
        ),
        "bad-script": (
            wheel_of(
                tree("bad-script", {f"bad_script{info[2:]}/entry_points.txt": (0o644, b"[console_scripts]\nx = no_function\n")})
            ),
            "entry_points.txt: a script that is not written as module:function",
        ),
        "two-scripts": (
            wheel_of(
                tree(
                    "two-scripts",
                    {
                        f"two_scripts{info[2:]}/entry_points.txt": (0o644, b"[console_scripts]\nx = a:b\n"),
                        "two_scripts-1.0.data/scripts/x": outside,
                    },
                )
            ),
            "bin/x would be installed twice",
        ),
        "no-wheel-file": (
            archive_of([m for m in members("no-wheel-file") if not m[0].endswith("/WHEEL")]),
            ".dist-info/WHEEL is missing",
        ),
    }
