"""Applies the other parts: some at once, others right after the import of the module that they patch."""

# mypy: ignore-errors

import builtins
import sys

from reprowheel.environment.neutral.bytecode import keep_bytecode
from reprowheel.environment.neutral.clock import fix_clock, patch_datetime
from reprowheel.environment.neutral.directories import sort_directories
from reprowheel.environment.neutral.identity import fix_identity, fix_user, patch_getpass
from reprowheel.environment.neutral.isolated import fix_hash_seed
from reprowheel.environment.neutral.network import patch_socket
from reprowheel.environment.neutral.packed import patch_tarfile, patch_zipfile
from reprowheel.environment.neutral.programs import patch_find_executable, patch_shutil, tell_programs, tell_unstarted
from reprowheel.environment.neutral.seeds import patch_random, patch_tempfile, patch_uuid
from reprowheel.environment.neutral.shared import ROOT
from reprowheel.environment.neutral.sqlite import patch_sqlite3
from reprowheel.environment.neutral.tools import patch_build_ext, patch_meson
from reprowheel.environment.neutral.waits import patch_select, patch_selectors, patch_subprocess, patch_threading


def _patch_subprocess(module):
    tell_unstarted(module)
    patch_subprocess(module)


_PATCHES = {
    "_datetime": patch_datetime,
    "_sqlite3": patch_sqlite3,
    "datetime": patch_datetime,
    "distutils.command.build_ext": patch_build_ext,
    "distutils.spawn": patch_find_executable,
    "getpass": patch_getpass,
    "mesonbuild.backend.backends": patch_meson,
    "random": patch_random,
    "select": patch_select,
    "selectors": patch_selectors,
    "setuptools._distutils.command.build_ext": patch_build_ext,
    "setuptools._distutils.spawn": patch_find_executable,
    "shutil": patch_shutil,
    "socket": patch_socket,
    "subprocess": _patch_subprocess,
    "tarfile": patch_tarfile,
    "tempfile": patch_tempfile,
    "threading": patch_threading,
    "uuid": patch_uuid,
    "zipfile": patch_zipfile,
}


class _PatchingLoader:
    """Stands for the loader of a built-in module, which is a class that all of them share, until the module is loaded."""

    def __init__(self, real, patch):
        self._real, self._patch = real, patch

    def create_module(self, spec):
        """Make the module."""
        return self._real.create_module(spec)

    def exec_module(self, module):
        """Load the module, and patch it."""
        module.__spec__.loader = module.__loader__ = self._real
        self._real.exec_module(module)
        self._patch(module)


class _PatchingFinder:
    """Patches a module right after its import, so that modules that are never imported cost nothing."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = _PATCHES.pop(name, None)
        if patch is None:
            return None
        from importlib.machinery import BuiltinImporter, PathFinder

        spec = BuiltinImporter.find_spec(name)
        if spec is not None:
            spec.loader = _PatchingLoader(spec.loader, patch)
            return spec
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_and_patch(module):
            execute(module)
            patch(module)

        spec.loader.exec_module = exec_and_patch
        return spec


def _install():
    fix_hash_seed()
    sort_directories()
    fix_identity()
    fix_user()
    fix_clock()
    keep_bytecode()
    tell_programs()
    for name in list(_PATCHES):
        if name in sys.modules:
            _PATCHES.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _PatchingFinder)


if getattr(builtins, "_reprowheel_neutral", None) is None:
    builtins._reprowheel_neutral = True  # noqa: SLF001 - a mark of our own
    if ROOT:
        _install()
