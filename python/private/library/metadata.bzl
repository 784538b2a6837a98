"""What a distribution is, for tools that list what a program is made of: a package URL (PURL).

Phase: loading.
In: name, version and file of a distribution. Out: the target `package_metadata`, where rules_python brings the module of that name.
Spec: "pypi" of the package URL specification, ECMA-427.
"""

load("@reprowheel_rules_python//:offers.bzl", _package_metadata = "package_metadata")

visibility(["//python/...", "//tests/starlark/..."])

_TARGET = "package_metadata"

# For `package(default_package_metadata = …)` of generated BUILD files.
PACKAGE_METADATA = [":" + _TARGET] if _package_metadata else []

def package_url(distribution, version, archive):
    """Writes a package URL. The address of an index is configuration, so it is not in it.

    Args:
      distribution: (str) normalized name.
      version: (str) its version.
      archive: (str) name of the locked file; empty if there is none.

    Returns:
      (str) the URL.
    """
    url = "pkg:pypi/{}@{}".format(distribution, _encoded(version))
    return url + ("?file_name=" + _encoded(archive) if archive else "")

def _encoded(text):
    return text.replace("%", "%25").replace("!", "%21").replace("+", "%2B")

def distribution_metadata(distribution, version, archive):
    """Makes the target with the package URL, if the loaded rules_python has that.

    Args:
      distribution: (str) normalized name.
      version: (str) its version.
      archive: (str) name of the locked file.
    """
    if _package_metadata:
        _package_metadata(
            name = _TARGET,
            purl = package_url(distribution, version, archive),
            visibility = ["//visibility:public"],
        )
