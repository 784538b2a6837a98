"""A PEP 517 back end that compiles one extension module with `cc`, as a build system would: by names of libraries."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sysconfig
import zipfile

NAME = "lib_native-1.0"
METADATA = "Metadata-Version: 2.1\nName: lib-native\nVersion: 1.0\n"


def get_requires_for_build_wheel(_settings: object = None) -> list[str]:
    """Nothing."""
    return []


def build_wheel(wheel_directory: str, _settings: object = None, _metadata_directory: object = None) -> str:
    """Compile, and write the wheel by hand."""
    module = "lib_native" + sysconfig.get_config_var("EXT_SUFFIX")
    include = sysconfig.get_paths()["include"]
    subprocess.run(["cc", "-shared", "-fPIC", "-I" + include, "lib_native.c", "-o", module, "-louter"], check=True)
    with open(module, "rb") as file:
        files = {module: file.read(), "jobs.txt": os.environ.get("MAKEFLAGS", "").encode()}
    tag = "cp{0}-cp{0}-{1}".format(sysconfig.get_config_var("py_version_nodot"), sysconfig.get_platform().replace("-", "_"))
    files[NAME + ".dist-info/METADATA"] = METADATA.encode()
    files[NAME + ".dist-info/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    record = ""
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    files[NAME + ".dist-info/RECORD"] = (record + NAME + ".dist-info/RECORD,,\n").encode()
    wheel = f"{NAME}-{tag}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel
