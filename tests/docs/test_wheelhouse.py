"""docs/wheelhouse.md: its signing block does what DSSE says."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/wheelhouse.md"


def block() -> str:
    """Return the commands between the marks."""
    marked = PAGE.read_text(encoding="utf-8").split("<!-- sign begin -->")[1].split("<!-- sign end -->")[0]
    return marked.split("```sh\n")[1].split("```")[0]


def openssl(folder: Path, *arguments: str) -> int:
    """Run openssl and return its exit code."""
    return subprocess.run(["openssl", *arguments], cwd=folder, check=False, capture_output=True).returncode


def test_signing(tmp_path: Path) -> None:
    """The envelope holds the statement, and its signature is of DSSE's encoding of it; of a changed statement it is not."""
    statement = b'{\n  "_type": "https://in-toto.io/Statement/v1",\n  "x": "\xc3\xa9"\n}\n'
    folder = tmp_path / "wheelhouse/attestations"
    folder.mkdir(parents=True)
    (folder / "a-1.0-py3-none-any.whl.intoto.json").write_bytes(statement)
    assert openssl(tmp_path, "genpkey", "-algorithm", "ed25519", "-out", "key.pem") == 0
    assert openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem") == 0
    done = subprocess.run(["bash", "-euc", block()], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    envelope = json.loads((folder / "a-1.0-py3-none-any.whl.intoto.dsse.json").read_text(encoding="utf-8"))
    assert base64.b64decode(envelope["payload"]) == statement
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    (signature,) = envelope["signatures"]
    (tmp_path / "signature").write_bytes(base64.b64decode(signature["sig"]))
    verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-sigfile", "signature", "-in"]
    for body, code in ((statement, 0), (statement.replace(b"x", b"y"), 1)):
        encoded = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(body), body)
        (tmp_path / "encoded").write_bytes(encoded)
        assert openssl(tmp_path, *verify, "encoded") == code
