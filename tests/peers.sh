#!/usr/bin/env bash
# Downloads the Debian packages of tests/peers.txt and unpacks them into .cache/peers. Nothing is installed, no daemon is started.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
peers="$top/.cache/peers"
stamp="$peers/.done-$(sha256sum "$top/tests/peers.txt" | cut -c1-12)"
[ -e "$stamp" ] && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
  echo "peers: this needs a Debian or Ubuntu machine: apt-get and dpkg were not found" >&2
  exit 1
}
mkdir -p "$peers/deb"
cd "$peers/deb"
packages=$(sed -e 's/#.*//' -e 's/^\([^ ]*\).*/\1/' "$top/tests/peers.txt" | xargs)
log="$peers/fetch.log"
# shellcheck disable=SC2086
if ! apt-get download $packages >"$log" 2>&1; then
  if [ "$(id -u)" = 0 ]; then apt-get update >>"$log" 2>&1 || true; fi
  # shellcheck disable=SC2086
  apt-get download $packages >>"$log" 2>&1 || {
    echo "peers: could not download $packages; try: apt-get update. What apt-get said is in $log" >&2
    exit 1
  }
fi
for deb in *.deb; do dpkg -x "$deb" "$peers"; done
touch "$stamp"
