# shellcheck shell=bash
# Runs a command in the Debian root, as if the root's /usr, /etc and /var were this machine's and all else were left as
# it is: every other top-level folder of the host is there under its own name, so paths mean the same inside.
# Uses home, cache, marker, bazelw_tools and the functions of common.sh.
# shellcheck disable=SC2154

# Sets stamp: what the root is made of, so that a changed recipe is another root.
root_stamp() {
  stamp=$(cat -- "$bazelw_tools/packages.txt" "$bazelw_tools/registry.sh" | sha256sum)
  stamp=${stamp:0:16}
}

host_bundle=/etc/ssl/certs/ca-certificates.crt

# True if the host's folder or file P is seen inside already.
is_bound() {
  local seen
  for seen in "${bound[@]}"; do
    [[ $1 == "$seen" || $1 == "$seen"/* ]] && return 0
  done
  return 1
}

# bind_extra OPTION P: makes the host's P visible under the same name, unless it is already or the root has its own.
bind_extra() {
  local option=$1 path=$2
  [[ $path == /* && -e $path ]] && ! is_bound "$path" || return 0
  if [[ -d $path ]]; then
    [[ -d $root$path ]] && compgen -G "$root$path/*" >/dev/null && return 0
    [[ -d $root$path ]] || mkdir -p -- "$root$path"
  else
    [[ -s $root$path ]] && return 0
    [[ -e $root$path ]] || { mkdir -p -- "$root${path%/*}" && : >"$root$path"; }
  fi
  binds+=("$option" "$path" "$path")
  bound+=("$path")
  extra+=:$path
}

# Everything that pip's or uv's settings name as a local path: indexes, find-links folders, certificates.
bind_index_paths() {
  local file name words=' ' word
  for file in /etc/pip.conf /etc/xdg/pip/pip.conf /etc/uv/uv.toml "${PIP_CONFIG_FILE:-}" "${UV_CONFIG_FILE:-}" \
    "$home/.pip/pip.conf" "${XDG_CONFIG_HOME:-$home/.config}"/{pip/pip.conf,uv/uv.toml}; do
    [[ -f $file ]] || continue
    slurp "$file"
    words+=" $text"
    bind_extra --ro-bind "$file"
  done
  for name in "${!PIP_@}" "${!UV_@}" SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE; do
    words+=" ${!name:-}"
  done
  words=${words//[,\"\'=\[\]]/ }
  set -f
  for word in $words; do
    word=${word#file://}
    [[ $word == /* ]] || continue
    printf -v word '%b' "${word//%/\\x}"
    word=${word%/}
    bind_extra --ro-bind "$word"
  done
  set +f
}

# Sets binds, the bubblewrap options, and extra, what of it is more than the same for everyone.
collect_binds() {
  local path
  binds=() bound=(/proc /sys /dev /var/tmp) extra=
  for path in /*; do
    case $path in
      /bin | /boot | /dev | /etc | /lib* | /lost+found | /proc | /run | /sbin | /sys | /usr | /var) continue ;;
    esac
    [[ -d $path ]] || continue
    [[ -d $root$path ]] || mkdir -p -- "$root$path"
    binds+=(--bind "$path" "$path")
    bound+=("$path")
  done
  for path in /etc/passwd /etc/group /etc/hosts /etc/resolv.conf; do
    [[ -f $path ]] && binds+=(--ro-bind "$path" "$path")
  done
  bazelw_workspace
  for path in "$home" "$cache" "${TMPDIR:-/tmp}"; do
    bind_extra --bind "${path%/}"
  done
  [[ -z $workspace ]] || bind_extra --bind "$workspace"
  [[ -d $root$PWD ]] || bind_extra --bind "$PWD"
  IFS=: read -r -a paths <<<"${BAZELW_BIND:-}"
  for path in "${paths[@]}"; do
    [[ -z $path || -e $path ]] || die "BAZELW_BIND names '$path', which does not exist"
    bind_extra --bind "${path%/}"
  done
  bind_index_paths
}

# Adds a /tmp in memory, if BAZELW_TMP asks for it, 12 GiB are available, and nothing that the command needs lies in the host's.
memory_tmp() {
  local name available=0
  [[ ${BAZELW_TMP:-} == memory && -z ${TMPDIR:-} && $workspace/ != /tmp/* && $PWD/ != /tmp/* ]] || return 0
  while read -r name available _; do
    [[ $name != MemAvailable: ]] || break
  done </proc/meminfo
  ((available >= 12 << 20)) || return 0
  binds+=(--perms 1777 --tmpfs /tmp)
  extra+=:memory
}

enter_root() {
  root_stamp
  root=${BAZELW_ROOTS:-$cache/root}/$stamp
  if [[ ! -e $root$marker || $host_bundle -nt $root$marker ]]; then
    bash -- "$bazelw_tools/provision.sh" "$root" "$marker" >&2 || exit 1
  fi
  : >"$root.used"
  slurp "$root$marker"
  local name made=${text//[[:space:]]/}
  collect_binds
  memory_tmp
  for name in LD_LIBRARY_PATH LD_PRELOAD JAVA_HOME PYTHONHOME PYTHONPATH VIRTUAL_ENV CC CXX "${!PYENV_@}" "${!CONDA_@}"; do
    unset "$name"
  done
  export HOME=$home BAZELW_VIEW=$made$extra
  binds=(--ro-bind "$root" / --dev-bind /dev /dev --bind /proc /proc --ro-bind /sys /sys --bind /var/tmp /var/tmp
    --tmpfs /run "${binds[@]}" --chdir "$PWD"
    --setenv PATH /usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin)
  supervise "$@"
}

# Runs the command under bubblewrap and ends with its status. Bubblewrap passes no signal on, so this does: TERM and HUP go
# to the command, INT too where no terminal sends it to everyone; if this process is killed, the command is as well.
supervise() {
  local child status=0
  # What a shell starts in the background ignores INT: right for bubblewrap, wrong for the command.
  bwrap "${binds[@]}" --die-with-parent -- /usr/bin/env --default-signal=INT,QUIT -- "$@" <&0 &
  child=$!
  trap 'pass_on TERM' TERM
  trap 'pass_on HUP' HUP
  trap '[[ -t 0 || -t 1 || -t 2 ]] || pass_on INT' INT
  while :; do # `wait` also ends when a signal came
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || exit "$status"
  done
}

pass_on() {
  local command=
  read -r command <"/proc/$child/task/$child/children" || :
  kill -s "$1" "${command:-$child}" 2>/dev/null || :
}
