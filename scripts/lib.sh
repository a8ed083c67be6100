# lib.sh: what the scripts share; sourced, never run.  Sets ROOT and defines
# say, die, need_packages, build_program, free_port, wait_for.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8 LANG=C.UTF-8
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian packages by purpose.
PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config git ca-certificates libgit2-dev
  libjansson-dev libc-ares-dev libcurl4-openssl-dev libldns-dev libidn2-dev libssl-dev
  libcmocka-dev"
PACKAGES_SANDBOX="pdns-server pdns-backend-lmdb pdns-backend-sqlite3 knot knot-dnsutils curl
  procps iproute2"
PACKAGES_TEST="python3 python3-jsonschema openssh-client mandoc bash-completion zsh fish sqlite3
  clang libclang-rt-14-dev clang-format-14 g++"
PACKAGES_BENCH="wrk dnsperf python3"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "packages are missing ($*); run this once as root or install sudo"; fi
}

missing_packages() {
  local p
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || printf '%s ' "$p"
  done
}

# Installs what is missing and nothing else.  The packages' own services are not
# started: this project's servers run on high loopback ports, by process id.
need_packages() {
  local missing policy=/usr/sbin/policy-rc.d placed=no
  # shellcheck disable=SC2046,SC2086
  missing=$(missing_packages $*)
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "needs Debian's packages: $missing"
  say "installing: $missing"
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
    placed=yes
  fi
  local log status=0
  log=$(mktemp)
  {
    as_root apt-get -q update
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
  } >"$log" 2>&1 </dev/null || status=$?
  [ $placed = no ] || as_root rm -f $policy
  [ $status -eq 0 ] || { cat "$log" >&2; rm -f "$log"; die "apt-get could not install: $missing"; }
  rm -f "$log"
}

# build_program BUILD_DIR [cmake options]: configures and builds quietly.
build_program() {
  local dir=$1 log
  shift
  log=$(mktemp)
  if ! { cmake -S "$ROOT" -B "$dir" -G Ninja "$@" && cmake --build "$dir"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "the build in $dir failed"
  fi
  rm -f "$log"
}

# A TCP and UDP port on 127.0.0.1 that nobody uses, at or above $1.
free_port() {
  local port=$1
  while ss -Hltun "sport = :$port" | grep -q .; do port=$((port + 1)); done
  printf '%s' "$port"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local left=$(($1 * 10)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || die "$what did not come up"
    sleep 0.1
  done
}
