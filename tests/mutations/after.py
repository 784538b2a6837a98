"""Measures in the compiler and in what becomes of its output: tools and file formats."""

from __future__ import annotations

from mutations.mutation import UMASK, Edit, Mutation, one

__all__ = ["FORMATS", "TOOLS"]

TOOLS = (
    one(
        "random-seed",
        "`-frandom-seed`",
        "compilers/wrapper.py",
        '    if config["gnu"]:\n',
        "    if False:\n",
        "compiler-lto",
        "compiler-coverage",
    ),
    one(
        "coverage",
        "relative paths for objects that count how often they run",
        "compilers/wrapper.py",
        "    if counting:\n",
        "    if False:\n",
        "compiler-coverage-path",
    ),
    one(
        "date-macros",
        "fixed date macros",
        "compilers/wrapper.py",
        "for macro in macros if",
        "for macro in () if",
        "time-timestamp-macro",
    ),
    Mutation(
        id="date-macros-and-epoch",
        measure="fixed date macros and SOURCE_DATE_EPOCH, which cover for each other",
        edits=(
            Edit("compilers/wrapper.py", "for macro in macros if", "for macro in () if"),
            Edit("environment/create.py", '        "SOURCE_DATE_EPOCH": str(epoch),\n', ""),
        ),
        causes=("time-macros",),
    ),
    one(
        "baseline",
        "a declared CPU baseline for `native`",
        "compilers/wrapper.py",
        'if w[-7:] == "=native" and',
        "if False and",
        "cpu-march-native",
        "cpu-mtune-native",
    ),
)

FORMATS = (
    one("comment", "dropping `.comment`", "normalize/elf/plan.py", '        b".comment",\n', "", "compiler-comment"),
    one(
        "debuglink",
        "dropping `.gnu_debuglink`",
        "normalize/elf/plan.py",
        '        b".gnu_debuglink",\n',
        "",
        "linker-debuglink",
    ),
    one(
        "symbols",
        "dropping `.symtab` and `.strtab`",
        "normalize/elf/plan.py",
        '        b".strtab",\n        b".symtab",\n',
        "",
        "linker-temporary-symbols",
    ),
    one(
        "temporary-symbols",
        "one name for temporary objects in debug files",
        "normalize/elf/debug.py",
        'if section.label == b".strtab":',
        "if False:",
        "linker-temporary-symbols",
    ),
    one(
        "build-id",
        "a build id computed anew",
        "normalize/elf/rewrite.py",
        "build_ids = tuple(find_build_ids(image))",
        "build_ids = ()",
        "linker-build-id",
        "path-string",
    ),
    one(
        "ar",
        "normalized static archives",
        "normalize/formats.py",
        "_by_path(normalize_ar)",
        "lambda _: None",
        "time-ar",
    ),
    Mutation(
        id="pyc-cache",
        measure="leaving bytecode caches out",
        edits=(
            Edit("normalize/pyc.py", 'return folder.rpartition("/")[2] == "__pycache__" or', "return False and"),
            Edit("normalize/formats.py", "_by_path(normalize_pyc)", "lambda _: None"),
        ),
        causes=("time-pyc",),
    ),
    one(
        "pyc",
        "no time in modules without source",
        "normalize/formats.py",
        "_by_path(normalize_pyc)",
        "lambda _: None",
        "time-pyc",
    ),
    one(
        "sbom",
        "normalized bills of materials",
        "normalize/formats.py",
        "_by_path(normalize_sbom)",
        "lambda _: None",
        "random-sbom",
    ),
    one(
        "recorded",
        "a search for recorded digests",
        "normalize/recorded.py",
        "    if not changed and not leaks:\n",
        "    if True:\n",
        "digest-of-time",
    ),
    *(
        one(
            kind,
            f"normalized {kind} files",
            "normalize/formats.py",
            f'_stamped("{kind}")',
            "lambda _: None",
            f"time-{kind}",
        )
        for kind in ("gzip", "zip", "png", "tar")
    ),
    Mutation(
        id="member-order",
        measure="sorted wheel members, in the walk and in the writer",
        edits=(
            Edit(
                "normalize/wheel.py",
                '    names.sort(key=lambda name: (name.startswith(f"{dist_info}/"), name.encode()))\n',
                "",
            ),
            Edit("files.py", "    found.sort(key=lambda item: os.fsencode(item[0]))\n", ""),
        ),
        causes=("order-archive",),
    ),
    one(
        "member-time",
        "a fixed time of wheel members",
        "files.py",
        "info = zipfile.ZipInfo(name, _ZIP_TIME)",
        "info = zipfile.ZipInfo(name, __import__('time').localtime()[:6])",
        "time-archive",
    ),
    Mutation(
        id="member-mode",
        measure="fixed modes of wheel members: umask, unpacking and packing, which cover for each other",
        edits=(
            *UMASK,
            Edit(
                "normalize/wheel.py",
                "0o755 if (member.external_attr >> 16) & stat.S_IXUSR else 0o644",
                "member.external_attr >> 16 & 0o777",
            ),
            Edit(
                "files.py",
                "return 0o755 if path.lstat().st_mode & stat.S_IXUSR else 0o644",
                "return path.lstat().st_mode & 0o777",
            ),
        ),
        causes=("mode-archive",),
    ),
    Mutation(
        id="stored",
        measure="stored wheel members",
        edits=(Edit("files.py", "info.compress_type = zipfile.ZIP_STORED", "info.compress_type = zipfile.ZIP_DEFLATED"),),
        causes=("zlib-archive",),
    ),
)
