"""Identifies the programs of the host that builds are allowed to run.

Phase: repository.
In: names and paths from `pip.override` and the build lock. Out: for each, a command that prints digests, and its answer.
"""

load(":probe.bzl", "PROBE_ENVIRONMENT", "SYSTEM_FOLDERS")

visibility(["//python/...", "//tests/starlark/..."])

_SHELL = "/bin/sh"

# Prints the digests of a program and, if it is a script, of the programs that its text names by absolute paths. A link to rustup
# stands for the program that rustup chooses. The helper finds the same programs, see environment/host_tools.py.
_SCRIPT = """\
tool=$1
case $tool in
/*) ;;
*) for folder in {folders}; do [ -f "$folder/$1" ] && [ -x "$folder/$1" ] && {{ tool=$folder/$1; break; }}; done ;;
esac
case $tool in
*/rustup) ;;
/*) folder=${{tool%/*}}
    [ "$tool" -ef "$folder/rustup" ] && tool=$(HOME=${{folder%/*/*}} "$folder/rustup" which "${{tool##*/}}") ;;
esac
set -- "$tool"
seen=:
while [ $# -gt 0 ]; do
    file=$1
    shift
    case $seen in *":$file:"*) continue ;; esac
    seen=$seen$file:
    sha256sum "$file" 2>/dev/null || continue
    [ "$(head -c 2 "$file" | od -An -tx1 | tr -d ' ')" = 2321 ] || continue
    for name in $(head -c 1048576 "$file" | grep -aoE '/[A-Za-z0-9_./+-]+' | LC_ALL=C sort -u); do
        [ -f "$name" ] && [ -x "$name" ] && set -- "$@" "$name"
    done
done
exit 0
""".format(folders = " ".join(SYSTEM_FOLDERS))

def tool_key(tool):
    """Gives the key of a tool's fingerprint. Libraries and headers are in the same table.

    Args:
      tool: (str) as `host_tools` has it.

    Returns:
      (str) the key.
    """
    return "tool " + tool

def identify_tools(rctx, tools):
    """Identifies programs by their content. Bazel fetches the repository again when one of them changes.

    Args:
      rctx: the repository context.
      tools: (list[str]) names, or absolute paths.

    Returns:
      (dict[str, str]) key of each tool to a fingerprint (JSON object of tool to commands). For a program that is not there the
      answer is empty, and the build reports that.
    """
    if not rctx.path(_SHELL).exists:
        return {}
    found = {}
    for tool in tools:
        arguments = ["-c", _SCRIPT, "sh", tool]
        answer = rctx.execute([_SHELL] + arguments, environment = PROBE_ENVIRONMENT).stdout
        if hasattr(rctx, "watch"):
            for line in answer.strip().split("\n"):
                path = line.partition("  ")[2]
                if path.startswith("/"):
                    rctx.watch(rctx.path(path).realpath)
        found[tool_key(tool)] = json.encode({_SHELL: [{"argv": arguments, "stdout": answer}]})
    return found
