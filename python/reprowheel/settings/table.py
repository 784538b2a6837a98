"""The table of settings. A new setting is a field here, and code in the build that uses it.

The order of the fields is also the order of their files in a bill of materials and in an attestation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING

from reprowheel.compilers.native import read_native
from reprowheel.containment.policy import allowed_kinds
from reprowheel.settings import forms
from reprowheel.settings.forms import Files, Form, Lists, Native, Setting, flag, number, path, paths, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.compilers.native import NativeInputs

__all__ = ["BuildSettings", "build_settings"]

_NOT_IN_BYTES = "a limit ends a build, and changes no byte of its wheel"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSettings:
    """The settings of one build: all choices of a user besides sdist, build requirements and toolchains."""

    patches: Sequence[Path] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(paths("--patch", "FILE", "patch for the unpacked sdist, in order"),),
                make=forms.absolute,
                form=Files(label="filename"),
                measured=True,
            )
        },
    )
    patch_strip: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--patch-strip", "N", "leading folders to drop from the patches' paths"),),
                form=None,
                apart="the report says which files the patches changed",
            )
        },
    )
    native: NativeInputs | None = field(
        default=None,
        metadata={
            "setting": Setting(
                options=(
                    path("--native", "FILE", "headers and libraries that the build finds, as JSON"),
                    paths("--native-include", "DIR", "folder of headers it finds"),
                    paths("--native-library", "FILE", "static library it finds"),
                ),
                make=read_native,
                form=Native(),
                measured=True,
            )
        },
    )
    host_headers: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--host-header", "GLOB", "header compilers may take from the host"),),
                form=Files(),
                measured=True,
                attested="",
            )
        },
    )
    host_libraries: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--host-library", "SONAME", "host library the wheel may need"),),
                form=Form(list),
                measured=True,
                apart="it allows what is in the wheel, and changes no byte of it",
                attested="internal",
            )
        },
    )
    host_tools: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--host-tool", "TOOL", "program of the host the build may run: name or absolute path"),),
                form=Files(),
                measured=True,
                attested="",
            )
        },
    )
    epoch: int | None = field(
        default=None,
        metadata={
            "setting": Setting(
                options=(number("--epoch", "SECONDS", "the build's time (default: newest member of the sdist)", default=None),),
                form=Form(int),
                measured=True,
                attested="internal",
            )
        },
    )
    config_settings: Mapping[str, str | list[str]] = field(
        default_factory=dict,
        metadata={
            "setting": Setting(
                options=(texts("--config-setting", "K=V", "PEP 517 config setting"),),
                make=partial(forms.split_lists, "--config-setting"),
                form=Lists(),
                bill="parameters",
            )
        },
    )
    global_options: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--global-option", "OPTION", "option of setup.py before its command"),),
                form=Form(list),
                bill="parameters",
            )
        },
    )
    build_options: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--build-option", "OPTION", "option of setup.py's bdist_wheel"),),
                form=Form(list),
                bill="parameters",
            )
        },
    )
    env: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "setting": Setting(
                options=(texts("--env", "K=V", "variable for the build"),),
                make=partial(forms.split_pairs, "--env"),
                form=Form(dict),
                words="variables",
                bill="environmentVars",
            )
        },
    )
    cpu_baseline: str = field(
        default="",
        metadata={
            "setting": Setting(
                options=(text("--cpu-baseline", "CPU", "CPU to make code for, such as x86-64-v3 (default: the oldest)"),),
                form=Form(str),
                words="CPU baseline",
            )
        },
    )
    deep: bool = field(
        default=False,
        metadata={
            "setting": Setting(
                options=(flag("--deep", "fix what programs like date, find and uname see, too"),),
                form=Form(bool),
                words="deep mode",
            )
        },
    )
    jobs: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--jobs", "N", "jobs that may run at once (default: the builders' own)"),),
                form=None,
                apart="the wheel must not depend on it",
            )
        },
    )
    allow_uncontained: Sequence[str] = field(
        default=(),
        metadata={
            "setting": Setting(
                options=(texts("--allow-uncontained", "KINDS", "build though files, network or processes are not contained"),),
                make=allowed_kinds,
                form=Form(list),
                words="uncontained",
                attested="internal",
            )
        },
    )
    max_processes: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--max-processes", "N", "processes and threads at one time (default: 4096)"),),
                form=None,
                apart=_NOT_IN_BYTES,
            )
        },
    )
    max_memory_mb: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--max-memory", "MIB", "memory of the build (default: nine tenths of the machine's)"),),
                form=None,
                apart=_NOT_IN_BYTES,
            )
        },
    )
    max_seconds: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--max-seconds", "SECONDS", "time of each hook of the back end (default: a day)"),),
                form=None,
                apart=_NOT_IN_BYTES,
            )
        },
    )
    max_disk_mb: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--max-disk", "MIB", "size of the workspace (default: 65536)"),),
                form=None,
                apart=_NOT_IN_BYTES,
            )
        },
    )
    max_files: int = field(
        default=0,
        metadata={
            "setting": Setting(
                options=(number("--max-files", "N", "files in the workspace (default: 2000000)"),),
                form=None,
                apart=_NOT_IN_BYTES,
            )
        },
    )


def build_settings() -> dict[str, Setting]:
    """Return name → description of each setting, in the order of the fields."""
    return {f.name: f.metadata["setting"] for f in fields(BuildSettings) if "setting" in f.metadata}
