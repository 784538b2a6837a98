#!/usr/bin/env bash
# provision.sh ROOT MARKER — makes the Debian root ROOT (about 1.7 GB, some minutes), or renews its certificates.
#
# One at a time (lock), in a temporary folder beside ROOT that is renamed at the end: ROOT is complete or absent. Runs
# that were killed leave a folder behind; the next one removes it. Prints progress on standard output.
set -euo pipefail

root=$1 marker=$2
tools=${BASH_SOURCE[0]%/*}
roots=${root%/*}
suite=forky
bundle=/etc/ssl/certs/ca-certificates.crt
# shellcheck disable=SC2016 # the user's $BAZEL
alternatives='install bazelisk (or Bazel 7 or newer) on PATH, or set $BAZEL to one'

say() { printf 'bazelw: %s\n' "$*"; }
die() {
  say "$@" >&2
  exit 1
}

# Installs the host's tools that are missing.
need_tools() {
  local missing=()
  type -P mmdebstrap >/dev/null || missing+=(mmdebstrap)
  type -P bwrap >/dev/null || missing+=(bubblewrap)
  [[ $(id -u) == 0 ]] || type -P newuidmap >/dev/null || missing+=(uidmap)
  [[ -e $bundle ]] || missing+=(ca-certificates)
  ((${#missing[@]})) || return 0
  type -P apt-get >/dev/null ||
    die "no Bazel here, and no apt-get to install ${missing[*]} with, which making one needs: $alternatives"
  [[ $(id -u) == 0 ]] ||
    die "no Bazel here, and only root can install ${missing[*]}, which making one needs: have it installed, $alternatives"
  [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
  say "installing ${missing[*]} with apt-get"
  export DEBIAN_FRONTEND=noninteractive
  local log=$roots/apt.log
  { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    die "apt-get could not install ${missing[*]} ($log): $(tail -n 1 "$log"); $alternatives"
}

# The mirror and the proxy that the host's apt uses for Debian; empty where it has none, then mmdebstrap's default.
host_mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian|Debian|//p' | sed -n 1p
}

make_root() {
  local new=$1 packages mirror line options=()
  packages=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$tools/packages.txt" | paste -sd,)
  mirror=${BAZELW_DEBIAN_MIRROR:-$(host_mirror || :)}
  while IFS= read -r line; do
    options+=("--aptopt=$line")
  done < <(apt-config dump 2>/dev/null | grep -E '^Acquire::[a-z]+::(Proxy|CaInfo|No-Cache)' || :)
  # The mirror's list of packages may be past its date: it is signed all the same. Java's packages want the folder of the
  # manual pages that are left out.
  # shellcheck disable=SC2016 # $1 is for mmdebstrap
  options+=(
    --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' --setup-hook='mkdir -p "$1/usr/share/man/man1"'
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
    --dpkgopt='path-exclude=/usr/lib/jvm/*/jmods/*' "--include=$packages"
  )
  bootstrap </dev/null 2>&1 | tee "$roots/mmdebstrap.log" | grep --line-buffered -E '^(I|E): ' ||
    die "the Debian root could not be made, see $roots/mmdebstrap.log; or $alternatives"
  # What bubblewrap puts the host's own over must exist.
  mkdir -p "$new/etc/xdg/pip" "$new/etc/uv"
  touch "$new/etc/resolv.conf" "$new/etc/pip.conf" "$new/etc/xdg/pip/pip.conf" "$new/etc/uv/uv.toml"
}

# Runs mmdebstrap for make_root. As root, its mounts vanish with it, whatever happens. Others get files of their own.
bootstrap() {
  if [[ $(id -u) == 0 ]]; then
    unshare --mount --propagation private -- mmdebstrap "${options[@]}" "$suite" "$new" ${mirror:+"$mirror"}
  else
    mkdir -p -- "$new"
    mmdebstrap --mode=unshare "${options[@]}" "$suite" - ${mirror:+"$mirror"} |
      tar --extract --directory="$new" --exclude='./dev/*'
  fi
}

# Runs a command in the root at $1, which may be written to.
in_root() {
  local at=$1 user=()
  shift
  [[ $(id -u) == 0 ]] || user=(--unshare-user --uid 0 --gid 0)
  bwrap "${user[@]}" --bind "$at" / --dev-bind /dev /dev --bind /proc /proc --setenv PATH /usr/sbin:/usr/bin --chdir / -- "$@"
}

# Lets the root's OpenSSL and Java trust the certificate authorities that the host trusts and Debian does not.
trust_host_certificates() {
  local at=$1 bundles=() file folder=$1/usr/local/share/ca-certificates/host
  for file in "$bundle" "${SSL_CERT_FILE:-}" "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}"; do
    [[ -f $file ]] && bundles+=("$file")
  done
  ((${#bundles[@]})) || return 0
  rm -rf -- "$folder"
  mkdir -p -- "$folder"
  awk -v folder="$folder" '
    /-----BEGIN CERTIFICATE-----/ { body = ""; inside = 1 }
    inside { body = body $0 "\n" }
    /-----END CERTIFICATE-----/ {
      inside = 0
      if (known[body]++) next
      if (FILENAME != ARGV[1]) { file = folder "/" (++n) ".crt"; printf "%s", body > file; close(file) }
    }' "$at/usr/share/reprowheel/debian-certificates.pem" "${bundles[@]}"
  in_root "$at" update-ca-certificates --fresh >"$roots/certificates.log" 2>&1 ||
    die "the root's certificates could not be set up: $roots/certificates.log"
}

write_marker() {
  printf '%s-%s\n' "${root##*/}" "$(cat "$1"/usr/local/share/ca-certificates/host/*.crt 2>/dev/null | cksum | cut -d' ' -f1)" \
    >"$1$marker.new"
  mv -- "$1$marker.new" "$1$marker"
  [[ ! $bundle -nt $1$marker ]] || touch --reference="$bundle" "$1$marker" # a clock that went back
}

# Removes the roots of older recipes that nobody entered for a month.
remove_unused() {
  local used
  find "$roots" -maxdepth 1 -name '*.used' -mtime +30 | while IFS= read -r used; do
    rm -rf --one-file-system -- "${used%.used}" "$used"
  done
}

main() {
  umask 022
  mkdir -p -- "$roots"
  exec 9>"$roots/lock"
  if ! flock --nonblock 9; then
    say "another bazelw is making the Debian root; waiting for it"
    flock 9
  fi
  if [[ -e $root$marker ]]; then # someone else made it meanwhile, or the host's certificates changed
    [[ $bundle -nt $root$marker ]] || return 0
    say "the host's certificates changed; taking them over"
    trust_host_certificates "$root"
    write_marker "$root"
    return
  fi
  rm -rf --one-file-system -- "$roots"/*.new-*
  remove_unused
  local new=$root.new-$$ start=$SECONDS
  trap 'rm -rf --one-file-system -- "$roots"/*.new-$$' EXIT
  trap 'exit 130' INT TERM HUP
  say "no Bazel found: making a Debian root with one in $root (once, some minutes)"
  need_tools
  bwrap --ro-bind / / --dev-bind /dev /dev true || die "bubblewrap cannot make namespaces here: allow it to, or $alternatives"
  make_root "$new"
  mkdir -p -- "$new/usr/share/reprowheel"
  cp -- "$new$bundle" "$new/usr/share/reprowheel/debian-certificates.pem"
  trust_host_certificates "$new"
  bash -- "$tools/registry.sh" "$new"
  write_marker "$new"
  rm -rf --one-file-system -- "$root"
  mv -T -- "$new" "$root"
  say "the Debian root is ready after $((SECONDS - start)) s"
}

main
