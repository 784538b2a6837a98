"""A back end that leaves something else than files where the front end reads files. Its config setting `case` says what."""

import os
import shutil
import tempfile
import zipfile

WHEEL = "tiny-1.0-py3-none-any.whl"
INFO = "tiny-1.0.dist-info"


def write_wheel(path, content="answer = 42\n"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", content)
        archive.writestr(INFO + "/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(INFO + "/RECORD", "")


def replace(path, make):
    """Put something else at a path."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    make(path)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    settings = config_settings or {}
    case, precious = settings.get("case", ""), settings.get("precious", "/nowhere")
    root, wheel = os.path.dirname(wheel_directory), os.path.join(wheel_directory, WHEEL)
    write_wheel(wheel)

    def link(path):
        os.symlink(precious, path)

    def to_elsewhere(path):  # a wheel behind a link
        other = tempfile.mkdtemp()
        write_wheel(os.path.join(other, WHEEL))
        os.symlink(other if path == wheel_directory else os.path.join(other, WHEEL), path)

    headers = os.path.join(root, "headers")
    cases = {
        "wheel is a fifo": lambda: replace(wheel, os.mkfifo),
        "wheel is a link": lambda: replace(wheel, to_elsewhere),
        "wheel is a folder": lambda: replace(wheel, os.mkdir),
        "wheel is missing": lambda: os.unlink(wheel),
        "wheel is endless": lambda: replace(wheel, lambda path: os.symlink("/dev/zero", path)),
        "wheel is huge": lambda: os.truncate(wheel, 1 << 40),
        "output folder is a link": lambda: replace(wheel_directory, to_elsewhere),
        "record is a fifo": lambda: os.mkfifo(os.path.join(headers, "x.list")),
        "record is a link": lambda: link(os.path.join(headers, "x.list")),
        "record is huge": lambda: open(os.path.join(headers, "x.list"), "w").truncate(1 << 40),
        "records are a fifo": lambda: replace(headers, os.mkfifo),
        "records are a link": lambda: replace(headers, link),
        "answer is a fifo": lambda: os.mkfifo(os.path.join(root, "hooks", "exchange", "output.json")) or os._exit(0),
        "answer is a link": lambda: link(os.path.join(root, "hooks", "exchange", "output.json")) or os._exit(0),
        "answer is missing": lambda: os._exit(0),
        "header is no file": lambda: write(os.path.join(headers, "x.list"), precious + "\n"),
        # not errors: the front end does not look at these
        "second wheel": lambda: write_wheel(os.path.join(wheel_directory, "evil-1.0-py3-none-any.whl"), "evil"),
        "folders of the front end": lambda: [
            write_planted(os.path.join(root, name)) for name in ("tree", "debug", "wheel", "raw", "build.log")
        ],
        "network is a fifo": lambda: os.mkfifo(os.path.join(root, "network")),
        "network is a link": lambda: link(os.path.join(root, "network")),
    }
    if case:
        cases[case]()
    if "fail" in settings:
        raise SystemExit("on purpose")
    return WHEEL


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def write_planted(path):
    os.mkdir(path)
    write_wheel(os.path.join(path, "evil-1.0-py3-none-any.whl"), "evil")
