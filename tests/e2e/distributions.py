"""The distributions and locks of the workspace in `switch/`: tiny wheels and sdists, an index of them on disk."""

from __future__ import annotations

from pathlib import Path

from support.local_index import make_wheel, sha256, toy_back_end, toy_sdist, write_simple

from reprowheel.__main__ import main

__all__ = ["make_index", "write_locks"]

NATIVE_SETUP = """\
from setuptools import Extension, setup
setup(name="native", version="1.0", ext_modules=[Extension("native", ["native.c"])])
"""
NATIVE_SOURCE = """\
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", 0, -1, methods};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
"""
ALPHA = """\
import importlib.resources
def words():
    return importlib.resources.files(__name__).joinpath("words.txt").read_text().split()
def main():
    print(" ".join(words()))
"""


def make_index(folder: Path, setuptools: Path) -> str:
    """Make all archives in `folder` and return the address of a simple index of them."""
    folder.mkdir(parents=True)
    alpha = {"alpha_data/__init__.py": ALPHA, "alpha_data/words.txt": "one two\n"}
    alpha["alpha_data-1.0.data/data/share/alpha/notes.txt"] = "notes\n"
    make_wheel(folder, "alpha-data", "1.0", files=alpha, scripts={"alpha-words": "alpha_data:main"})
    make_wheel(folder, "delta", "4.0", files={"delta.py": 'NAME = "delta"\n'})
    make_wheel(folder, "windows-only", "1.0", files={"windows_only.py": ""})
    for part in ("one", "two"):
        make_wheel(folder, f"ns-{part}", "1.0", files={f"shared_namespace/{part}.py": f'NAME = "{part}"\n'})
    for part, other in (("one", "two"), ("two", "one")):
        text = f'NAME = "{part}"\ndef other():\n    import ring_{other}\n    return ring_{other}.NAME\n'
        make_wheel(folder, f"ring-{part}", "1.0", files={f"ring_{part}.py": text}, requires=[f"ring-{other}"])
    make_wheel(folder, "delta", "3.0", files={"delta.py": 'NAME = "older delta"\n'})
    make_wheel(folder, "backport", "1.0", files={"backport.py": ""})
    toy_back_end(folder)
    needs = ["alpha-data", "charlie[fast]>=1", "windows-only; sys_platform == 'win32'"]
    toy_sdist(folder, "bravo", "2.0", requires_dist=needs, module='NAME = "bravo"\n')
    fast = ["delta; extra == 'fast'"]
    toy_sdist(folder, "charlie", "1.5", requires_dist=fast, provides_extra=["fast"], module='NAME = "charlie"\n')
    native = {"setup.py": NATIVE_SETUP, "native.c": NATIVE_SOURCE}
    toy_sdist(folder, "native", "1.0", requires=["setuptools"], backend="setuptools.build_meta", files=native)
    (folder / setuptools.name).symlink_to(setuptools)
    return write_simple(folder / "index", sorted(p for p in folder.iterdir() if p.is_file()))


def write_locks(folder: Path, index: str, workspace: Path) -> None:
    """Write requirements.txt, as a compiler of locks would, and build-lock.json with our own."""
    lock = {
        "alpha_data==1.0": "alpha_data-1.0-py3-none-any.whl",
        "Bravo==2.0": "bravo-2.0.tar.gz",
        "charlie[fast]==1.5": "charlie-1.5.tar.gz",
        "delta==4.0": "delta-4.0-py3-none-any.whl",
        "native==1.0": "native-1.0.tar.gz",
        "ns-one==1.0": "ns_one-1.0-py3-none-any.whl",
        "ns.two==1.0": "ns_two-1.0-py3-none-any.whl",
        "ring-one==1.0": "ring_one-1.0-py3-none-any.whl  # via ring-two",
        "ring-two==1.0": "ring_two-1.0-py3-none-any.whl  # via ring-one",
        'windows-only==1.0 ; sys_platform == "win32"': "windows_only-1.0-py3-none-any.whl",
    }
    newer = {
        "alpha_data==1.0": "alpha_data-1.0-py3-none-any.whl",
        "delta==4.0": "delta-4.0-py3-none-any.whl",
    }
    older = {
        "alpha_data==1.0": "alpha_data-1.0-py3-none-any.whl",
        'backport==1.0 ; python_version < "3.12"': "backport-1.0-py3-none-any.whl",
        "delta==3.0": "delta-3.0-py3-none-any.whl",
    }
    for name, lines in {"requirements": lock, "requirements_newer": newer, "requirements_older": older}.items():
        text = "".join(_line(folder, pin, *what.split("  ")) for pin, what in lines.items())
        (workspace / f"{name}.txt").write_text(text, encoding="utf-8")
    requirements = workspace / "requirements.txt"
    code = main(["lock", str(requirements), "--out", str(workspace / "build-lock.json"), "--index-url", index])
    assert code == 0, "reprowheel lock"


def _line(folder: Path, pin: str, archive: str, comment: str = "") -> str:
    """Return the lines of one distribution, with what it is there for."""
    text = f"{pin} \\\n    --hash=sha256:{sha256(folder / archive)}\n"
    return text + (f"    {comment}\n" if comment else "")
