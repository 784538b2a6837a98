"""Digests of files in the repository: one process for all of them, a program that every machine has.

Phase: repository.
In: folders or files. Out: their digests.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Algorithms of Python's hashlib with digests of a fixed length → programs, each with its first arguments.
_PROGRAMS = {
    "blake2b": [["b2sum"]],
    "blake2s": [],
    "md5": [["md5sum"]],
    "sha1": [["sha1sum"], ["shasum", "-a", "1"]],
    "sha224": [["sha224sum"], ["shasum", "-a", "224"]],
    "sha256": [["sha256sum"], ["shasum", "-a", "256"]],
    "sha384": [["sha384sum"], ["shasum", "-a", "384"]],
    "sha3_224": [],
    "sha3_256": [],
    "sha3_384": [],
    "sha3_512": [],
    "sha512": [["sha512sum"], ["shasum", "-a", "512"]],
}

_PYTHON = """\
import hashlib, sys
for name in sys.argv[2:]:
    digest = hashlib.new(sys.argv[1])
    with open(name, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    sys.stdout.buffer.write(digest.hexdigest().encode() + b"  " + name.encode(errors="surrogateescape") + b"\\n")
"""

_FILES_AT_ONCE = 500
_SECONDS = 3600
_OUTPUT = "_digests"

def known_algorithm(algorithm):
    """Says whether digests of an algorithm can be compared.

    Args:
      algorithm: (str) such as `sha256`.

    Returns:
      (bool) whether they can.
    """
    return algorithm in _PROGRAMS

def no_program_error(algorithm):
    """Says that a machine has no program for an algorithm.

    Args:
      algorithm: (str) a known one.

    Returns:
      (str) the message.
    """
    programs = [words[0] for words in _PROGRAMS[algorithm]] + ["python3"]
    return "{} of unpacked files: PATH has none of {}; expected one of them. To fix: install one.".format(algorithm, ", ".join(programs))

def digest_command(which, algorithm):
    """Chooses the program for an algorithm.

    Args:
      which: (function) name of a program → its path, or None.
      algorithm: (str) a known one.

    Returns:
      (list) program and first arguments; None if the machine has no program for it.
    """
    for command in _PROGRAMS[algorithm]:
        program = which(command[0])
        if program:
            return [program] + command[1:]
    python = which("python3")
    return [python, "-I", "-c", _PYTHON, algorithm] if python else None

def parse_digests(text):
    """Reads what a digest program prints.

    Args:
      text: (str) lines of a digest, two characters, a path.

    Returns:
      (dict[str, str]) path → digest.
    """
    found = {}
    for line in text.split("\n"):
        digest, _, path = line.partition(" ")
        if path:
            found[path[1:]] = digest
    return found

def digests_error(stderr):
    """Says that files cannot be read.

    Args:
      stderr: (str) what the program says.

    Returns:
      (str) one line.
    """
    return "digests of unpacked files cannot be computed: {}".format(" ".join([line.strip() for line in stderr.strip().split("\n")]))

def _run(rctx, words, arguments):
    """Runs a command, whose output is read from a file: so the bytes of names stay as they are."""
    run = rctx.execute(["sh", "-c", "exec \"$@\" > " + _OUTPUT, "sh"] + words + arguments, timeout = _SECONDS)
    if run.return_code != 0:
        fail(digests_error(run.stderr))
    text = rctx.read(_OUTPUT, watch = "no")
    rctx.delete(_OUTPUT)
    return parse_digests(text)

def _command(rctx, algorithm):
    command = digest_command(rctx.which, algorithm)
    if not command:
        fail(no_program_error(algorithm))
    return command

def digests_of_folders(rctx, algorithm, folders):
    """Gives the digests of all files below some folders.

    Args:
      rctx: the repository context.
      algorithm: (str) a known one.
      folders: (list[str]) paths in the repository.

    Returns:
      (dict[str, str]) path → digest.
    """
    return _run(rctx, ["find"] + folders + ["-type", "f", "-exec"] + _command(rctx, algorithm), ["{}", "+"])

def digests_of_files(rctx, algorithm, files):
    """Gives the digests of some files.

    Args:
      rctx: the repository context.
      algorithm: (str) a known one.
      files: (list[str]) paths in the repository.

    Returns:
      (dict[str, str]) path → digest.
    """
    found = {}
    for at in range(0, len(files), _FILES_AT_ONCE):
        found.update(_run(rctx, _command(rctx, algorithm), files[at:at + _FILES_AT_ONCE]))
    return found
