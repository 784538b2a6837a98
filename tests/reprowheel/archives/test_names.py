"""What the file name of an archive says."""

from __future__ import annotations

import pytest

from reprowheel.archives.names import archive_identity


@pytest.mark.parametrize(
    ("filename", "identity"),
    [
        ("old-package-1.0.tar.gz", ("old-package", "1.0", False)),
        ("Old.Package-2.0rc1.zip", ("old-package", "2.0rc1", False)),
        ("package-1.0.tgz", ("package", "1.0", False)),
        ("package-1.0.tar.bz2", ("package", "1.0", False)),
        ("Old_Package-1.0-py3-none-any.whl", ("old-package", "1.0", True)),
        ("nothing.tar.gz", None),
        ("package-next.tar.gz", None),
        ("package-1.0.exe", None),
        ("package-1.0-any.whl", None),
    ],
)
def test_identity(filename: str, identity: tuple[str, str, bool] | None) -> None:
    """Name, version and kind, in canonical spelling, also of sdists from before PEP 625; nothing for another file."""
    assert archive_identity(filename) == identity
