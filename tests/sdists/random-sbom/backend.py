"""Adds a bill of materials with a random serial number, as back ends that are not written in Python do."""

import json
import os
import uuid
import zipfile

from setuptools import build_meta


def build_wheel(directory, settings=None, metadata=None):
    name = build_meta.build_wheel(directory, settings)
    serial = f"urn:uuid:{uuid.UUID(bytes=os.urandom(16), version=4)}"
    text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": serial, "components": []})
    with zipfile.ZipFile(f"{directory}/{name}", "a") as archive:
        archive.writestr("tiny-1.0.dist-info/sboms/tiny.cyclonedx.json", text)
    return name
