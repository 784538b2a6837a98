"""One small use of each package's C extension; a pure-Python fallback in its place is an error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["check"]


def _cffi() -> ModuleType:
    import _cffi_backend
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("size_t strlen(const char *text);")
    assert ffi.dlopen(None).strlen(b"hello") == 5
    return _cffi_backend


def _coverage() -> ModuleType:
    from coverage import tracer

    assert tracer.CTracer().get_stats() is None
    return tracer


def _greenlet() -> ModuleType:
    import greenlet
    from greenlet import _greenlet

    child = greenlet.greenlet(lambda value: greenlet.getcurrent().parent.switch(value + 1))
    assert child.switch(41) == 42
    return _greenlet


def _jinja2() -> None:
    import jinja2

    assert jinja2.Template("{{ x|e }}").render(x="<") == "&lt;"


def _markupsafe() -> ModuleType:
    import markupsafe
    from markupsafe import _speedups

    assert markupsafe.escape("<&>") == "&lt;&amp;&gt;"
    assert markupsafe._escape_inner is _speedups._escape_inner
    return _speedups


def _msgpack() -> ModuleType:
    import msgpack
    from msgpack import _cmsgpack

    assert msgpack.Packer is _cmsgpack.Packer
    assert msgpack.unpackb(msgpack.packb({"a": [1, 2.5, None]})) == {"a": [1, 2.5, None]}
    return _cmsgpack


def _psutil() -> ModuleType:
    import psutil
    from psutil import _pslinux

    assert psutil.Process().memory_info().rss > 0
    assert psutil.disk_partitions(all=True)
    return _pslinux.cext


def _pycparser() -> None:
    from pycparser import c_parser

    assert c_parser.CParser().parse("int x;").ext[0].name == "x"


def _pyyaml() -> ModuleType:
    import yaml
    from yaml import _yaml

    assert yaml.load("a: [1, 2]", Loader=yaml.CSafeLoader) == {"a": [1, 2]}
    return _yaml


def _simplejson() -> ModuleType:
    import simplejson
    from simplejson import _speedups, encoder

    assert encoder.c_make_encoder is _speedups.make_encoder
    assert simplejson.loads(simplejson.dumps({"a": 1})) == {"a": 1}
    return _speedups


_CHECKS: dict[str, Callable[[], ModuleType | None]] = {
    "cffi": _cffi,
    "coverage": _coverage,
    "greenlet": _greenlet,
    "jinja2": _jinja2,
    "markupsafe": _markupsafe,
    "msgpack": _msgpack,
    "psutil": _psutil,
    "pycparser": _pycparser,
    "pyyaml": _pyyaml,
    "simplejson": _simplejson,
}


def check(name: str, place: str = ".site") -> None:
    """Use a package's extension.

    :param place: how the name of a folder ends that it must lie below; Bazel's installed trees are `….site`.
    :raises AssertionError: it gives a wrong answer, is not the compiled one, or is not the one that was built.
    """
    module = _CHECKS[name]()
    if module is None:  # a pure-Python package
        return
    path = Path(module.__file__ or "")
    assert path.suffix == ".so", f"{module.__name__} is {path}, not a compiled extension"
    assert "site-packages" in path.parts and any(part.endswith(place) for part in path.parts), f"{path} is the host's"
