"""Reads the name and the address of an archive.

Phase: any (pure functions).
In: a URL or a file name. Out: its parts: file name, fragment, distribution, version.
"""

load(":names.bzl", "normalize_name")
load(":versions.bzl", "parse_version")

visibility(["//python/...", "//tests/starlark/..."])

_SUFFIXES = [".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar"]
_HEX = "0123456789abcdef"

def archive_suffix(filename):
    """Gives the archive suffix of a file name.

    Args:
      filename: (str) a file name or path.

    Returns:
      (str) `.whl`, `.tar.gz`, …, or empty for what is no archive.
    """
    for suffix in _SUFFIXES:
        if filename.lower().endswith(suffix):
            return suffix
    return ""

def unquote(text):
    """Decodes percent-encoded characters (`%41`), for characters that occur in file names.

    Args:
      text: (str) part of a URL.

    Returns:
      (str) the text; what is not two hexadecimal digits, or not ASCII, stays.
    """
    parts = text.split("%")
    result = parts[0]
    for part in parts[1:]:
        digits = part[:2].lower()
        code = int(digits, 16) if len(digits) == 2 and not digits.strip(_HEX) else 0
        printable = code >= 32 and code < 127
        result += (_ASCII[code - 32] + part[2:]) if printable else "%" + part
    return result

_ASCII = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

def split_fragment(url):
    """Separates a URL from its fragment, the part after `#`.

    Args:
      url: (str) such as `https://example.org/foo.zip#sha256=…&subdirectory=x`.

    Returns:
      (tuple) the URL without fragment, dict of the fragment's keys.
    """
    address, _, fragment = url.partition("#")
    found = {}
    for part in fragment.split("&"):
        key, equals, value = part.partition("=")
        if equals:
            found[key] = unquote(value)
    return address, found

def url_filename(url):
    """Gives the file name in a URL.

    Args:
      url: (str) an address, with or without query and fragment.

    Returns:
      (str) its last segment.
    """
    return unquote(url.partition("#")[0].partition("?")[0].rstrip("/").split("/")[-1])

def archive_identity(filename):
    """Reads name and version out of a wheel's or sdist's file name.

    Args:
      filename: (str) such as `foo-1.0.tar.gz`.

    Returns:
      (tuple) normalized name, version; both empty if the file name is of no such form.
    """
    suffix = archive_suffix(filename)
    stem = filename[:-len(suffix)] if suffix else ""
    if suffix == ".whl":
        parts = stem.split("-")
        name, version = (parts[0], parts[1]) if len(parts) in [5, 6] else ("", "")
    else:
        name, _, version = stem.rpartition("-")
    if not name or parse_version(version) == None:
        return "", ""
    return normalize_name(name), version

def shown_url(url):
    """Writes an address for messages, without what may be a secret.

    Args:
      url: (str) an address.

    Returns:
      (str) the address, a password or token in front of its host replaced by `***`.
    """
    scheme, mark, rest = url.partition("://")
    user, at, host = rest.partition("/")[0].rpartition("@")
    if not at or (":" not in user and not scheme.startswith("http") and not scheme.startswith("git+http")):
        return url
    return scheme + mark + "***@" + host + rest[len(user) + 1 + len(host):]
