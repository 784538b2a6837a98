"""A back end that answers what its config setting `answer` says, as JSON; its wheel is good."""

import json
import os
import zipfile

WHEEL = "tiny-1.0-py3-none-any.whl"
INFO = "tiny-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"


def write_wheel(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "answer = 42\n")
        archive.writestr(INFO + "/METADATA", METADATA)
        archive.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(INFO + "/RECORD", "")


def get_requires_for_build_wheel(config_settings=None):
    return json.loads((config_settings or {}).get("requires", "[]"))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    settings = config_settings or {}
    write_wheel(os.path.join(wheel_directory, WHEEL))
    if "bytes" in settings:
        return WHEEL.encode()
    if "raw" in settings:  # an answer that is not by pyproject-hooks
        answer = os.path.join(os.path.dirname(wheel_directory), "hooks", "exchange", "output.json")
        text = settings["raw"]
        with open(answer, "w") as file:
            file.write("[" * 200000 if text == "nested" else text)
        os._exit(0)
    return json.loads(settings["answer"]) if "answer" in settings else WHEEL
