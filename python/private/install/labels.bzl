"""Reads files that tags name by a label.

Phase: repository.
In: a label. Out: the file's text, or a message that names the tag.
"""

visibility(["//python/...", "//tests/starlark/..."])

def missing_file_error(package, attribute, label, is_folder):
    """Says that a file of a tag cannot be read.

    Args:
      package: (str) such as `requirements.txt:3: foo==1.0`.
      attribute: (str) the attribute that names it.
      label: (str) the file.
      is_folder: (bool) whether there is a directory of that name.

    Returns:
      (str) the message.
    """
    return "{}: {} has {}, which {}; expected a file. To fix: make the file, or correct the label.".format(
        package,
        attribute,
        label.replace("@@//", "//"),
        "is a directory" if is_folder else "is not there",
    )

def read_label(rctx, label, attribute):
    """Reads a file of a tag.

    Args:
      rctx: the repository context of a distribution.
      label: (Label or str) the file.
      attribute: (str) the attribute that names it, for messages.

    Returns:
      (str) its text.
    """
    path = rctx.path(label if type(label) == "Label" else Label(label))
    if not path.exists or path.is_dir:
        package = "{}: {}{}".format(rctx.attr.where, rctx.attr.distribution, "==" + rctx.attr.version if rctx.attr.version else "")
        fail(missing_file_error(package, attribute, str(label), path.exists))
    return rctx.read(path)
