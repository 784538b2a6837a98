"""A back end whose metadata hook leaves something else than metadata; the file `case` in the sdist says what."""

import os

INFO = "tiny-1.0.dist-info"


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("case") as file:
        case, _, precious = file.read().strip().partition("|")
    folder = os.path.join(metadata_directory, INFO)
    metadata, points = os.path.join(folder, "METADATA"), os.path.join(folder, "entry_points.txt")
    os.mkdir(folder)
    with open(metadata, "w") as file:
        file.write("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    if case == "metadata is a fifo":
        os.unlink(metadata)
        os.mkfifo(metadata)
    elif case == "metadata is a link":
        os.unlink(metadata)
        os.symlink(precious, metadata)
    elif case == "metadata is missing":
        os.unlink(metadata)
    elif case == "metadata is huge":
        os.truncate(metadata, 1 << 40)
    elif case == "metadata is not text":
        with open(metadata, "wb") as file:
            file.write(b"\xff\xfe")
    elif case == "entry points are a fifo":
        os.mkfifo(points)
    elif case == "entry points are nonsense":
        with open(points, "w") as file:
            file.write("]]]\n[[[")
    elif case == "folder is a link":
        os.rename(folder, folder + "2")
        os.symlink(folder + "2", folder)
    elif case == "name is a path":
        return os.path.join(metadata_directory, INFO)
    elif case == "name is no text":
        return [INFO]
    elif case == "pkg-info is a fifo":
        os.unlink("PKG-INFO")
        os.mkfifo("PKG-INFO")
    return INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise SystemExit("no wheel today")
