# shellcheck shell=bash
# What bazelw and tools/bazelw/shell share: which Bazel it is, and with which startup options.
# Reads the environment only; starts no process where a built-in will do, because it runs before every Bazel command.

bazelw_tools=${BASH_SOURCE[0]%/*}
home=${HOME:-}
[[ -n $home ]] || home=~
cache=${XDG_CACHE_HOME:-$home/.cache}/rules_reprowheel
# The file that marks the inside of the root; tests point it elsewhere to look at the choice made outside.
marker=${BAZELW_MARKER:-/etc/reprowheel-root}
oldest=7

say() { printf 'bazelw: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# Sets mode (external, inside, root) and, for external, bazel (the program to run).
bazelw_select() {
  bazel='' mode=root
  if [[ -n ${BAZEL:-} ]]; then
    bazel=$(type -P -- "$BAZEL") || die "\$BAZEL is '$BAZEL', which is not an executable file; name one, or unset it"
    mode=external
  elif [[ -e $marker ]]; then
    mode=inside
  elif bazel=$(type -P bazelisk); then
    mode=external
  elif bazel=$(type -P bazel); then
    local version
    version=$("$bazel" --version 2>/dev/null </dev/null) || version=
    if [[ $version =~ ^bazel\ ([0-9]+)\. ]] && ((BASH_REMATCH[1] >= oldest)); then
      mode=external
    else
      say "$bazel is not used: it says '${version:-nothing}' to --version, but Bazel $oldest or newer is needed"
    fi
  fi
}

# Sets workspace to the folder at or above the current one that Bazel takes as the workspace, or to nothing.
bazelw_workspace() {
  workspace=$PWD
  while [[ -n $workspace ]]; do
    [[ -e $workspace/MODULE.bazel || -e $workspace/REPO.bazel || -e $workspace/WORKSPACE ||
      -e $workspace/WORKSPACE.bazel ]] && return
    workspace=${workspace%/*}
  done
}

# Sets text to what FILE holds, or to nothing.
slurp() {
  text=
  [[ -r $1 && -f $1 ]] || return 0
  IFS= read -r -d '' text <"$1" || : # no NUL at the end is no failure
}

# Writes the lines given after the name into the bazelrc NAME in the cache folder and adds it to the startup options.
add_bazelrc() {
  local file=$cache/bazelrc/$1 content
  shift
  printf -v content '%s\n' "$@"
  slurp "$file"
  if [[ $text != "$content" ]]; then
    mkdir -p -- "${file%/*}"
    printf '%s' "$content" >"$file.$$"
    mv -f -- "$file.$$" "$file"
  fi
  startup+=("--bazelrc=$file")
}

# The label of the toolchain that offers the root's own python3, as the workspace's MODULE.bazel may call it.
host_toolchain() {
  local call="\\([^)]*name[[:space:]]*=[[:space:]]*\"rules_reprowheel\"[^)]*\\)" repository=rules_reprowheel
  label=
  [[ ${BAZELW_HOST_TOOLCHAIN:-1} != 0 && -n $workspace ]] || return 0
  slurp "$workspace/MODULE.bazel"
  [[ $text =~ (module|bazel_dep)$call ]] || return 0
  [[ ${BASH_REMATCH[0]} =~ repo_name[[:space:]]*=[[:space:]]*\"([^\"]+)\" ]] && repository=${BASH_REMATCH[1]}
  label=@$repository//python/toolchains:host
}

# Sets startup to the options that stand before the user's ARGS. What the user's own flags or .bazelrc say wins.
bazelw_startup_options() {
  startup=()
  case ${1:-} in --version | -h | --help) return ;; esac # Bazel knows these as the first argument only
  bazelw_workspace
  local theirs=" $*" file
  for file in "$home/.bazelrc" ${workspace:+"$workspace/.bazelrc"}; do
    slurp "$file"
    theirs+=" $text"
  done
  [[ $theirs == *--disk_cache* ]] || add_bazelrc disk_cache "common --disk_cache=$cache/disk-cache"
  [[ $theirs == *--repository_cache* ]] || add_bazelrc repository_cache "common --repository_cache=$cache/repository-cache"
  [[ $mode == inside ]] || return 0
  host_toolchain
  [[ -z $label ]] || add_bazelrc "toolchain-${label//[@\/:]/_}" "common --extra_toolchains=$label"
  # A running server sees the files that were there when it started: another view is another server.
  startup+=("--host_jvm_args=-Dreprowheel.view=${BAZELW_VIEW:-}")
  # Debian's Bazel does not find its own library for compact execution logs and compressed remote caches.
  for file in /usr/lib/*/libzstd-jni.so; do
    [[ ! -e $file ]] || startup+=("--host_jvm_args=-DZstdNativePath=$file")
  done
}

# Enters the root, made first if need be, and runs the given command in it.
bazelw_enter() {
  # shellcheck source=tools/bazelw/enter.sh
  source "$bazelw_tools/enter.sh"
  enter_root "$@"
}
