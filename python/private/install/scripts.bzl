"""Scripts of an installed wheel: those that an entry point asks for, and those that are files of the wheel.

Phase: repository (pure functions).
In: entry points, or a file. Out: the script's text. The helper's `install` writes the same bytes.
"""

visibility(["//python/...", "//tests/starlark/..."])

# First line of every installed Python script; the caller of the script puts the interpreter on PATH.
SHEBANG = "#!/usr/bin/env python3"

_PLACEHOLDER = "#!python"

_SCRIPT_TMPL = """\
{shebang}
# -*- coding: utf-8 -*-
import re
import sys
from {module} import {first}
if __name__ == "__main__":
    sys.argv[0] = re.sub(r"(-script\\.pyw|\\.exe)?$", "", sys.argv[0])
    sys.exit({attr}())
"""

def _is_dotted(text):
    for char in text.elems():
        if not (char.isalnum() or char in "._" or char >= "\200"):
            return False
    return bool(text)

def script_text(text):
    """Writes the script of an entry point.

    Args:
      text: (str) such as `pkg.module:main.run`.

    Returns:
      (str) the script; empty if the entry point is not `module:function`.
    """
    module, _, attr = text.partition(":")
    module, attr = module.strip(), attr.strip()
    if not _is_dotted(module) or not _is_dotted(attr):
        return ""
    return _SCRIPT_TMPL.format(attr = attr, first = attr.partition(".")[0], module = module, shebang = SHEBANG)

def entry_point_scripts(entry_points):
    """Writes the scripts of all entry points.

    Args:
      entry_points: (dict[str, dict[str, str]]) groups as in `entry_points.txt`.

    Returns:
      (tuple[dict[str, str], str]) name → text; message or empty.
    """
    scripts = {}
    for group in ["console_scripts", "gui_scripts"]:
        for name, text in entry_points.get(group, {}).items():
            if "/" in name or name in ["", ".", ".."]:
                return {}, "entry point '{}' is not a file name".format(name)
            script = script_text(text)
            if not script:
                return {}, "entry_points.txt: a script that is not written as module:function"
            if name in scripts:
                return {}, "bin/{} would be installed twice".format(name)
            scripts[name] = script
    return scripts, ""

def with_shebang(text):
    """Replaces a first line `#!python…`. Options after the interpreter are dropped, as pip does.

    Args:
      text: (str) the script.

    Returns:
      (str) the script; None if there is nothing to replace.
    """
    return SHEBANG + "\n" + text.partition("\n")[2] if text.startswith(_PLACEHOLDER) else None
