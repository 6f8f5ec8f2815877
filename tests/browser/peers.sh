#!/usr/bin/env bash
# Downloads the Debian packages of tests/browser-peers.txt, unpacks them into .cache/peers/chromium-root and writes .cache/peers/chromium, which starts the
# browser from there. Nothing is installed.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
peers="$top/.cache/peers"
root="$peers/chromium-root"
stamp="$root/.done-$(sha256sum "$top/tests/browser-peers.txt" | cut -c1-12)"
if [ ! -e "$stamp" ]; then
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
    echo "browser peers: this needs a Debian machine: apt-get and dpkg were not found" >&2
    exit 1
  }
  rm -rf "$root"
  mkdir -p "$root" "$peers/chromium-deb"
  cd "$peers/chromium-deb"
  packages=$(sed -e 's/#.*//' "$top/tests/browser-peers.txt" | xargs)
  log="$peers/chromium-fetch.log"
  # shellcheck disable=SC2086
  if ! apt-get download $packages >"$log" 2>&1; then
    if [ "$(id -u)" = 0 ]; then apt-get update >>"$log" 2>&1 || true; fi
    # shellcheck disable=SC2086
    apt-get download $packages >>"$log" 2>&1 || {
      echo "browser peers: could not download all packages; try: apt-get update. What apt-get said is in $log" >&2
      exit 1
    }
  fi
  for deb in *.deb; do dpkg -x "$deb" "$root"; done
  rm -rf "$peers/chromium-deb" "$root"/usr/share/{doc,man,locale}
fi
# Paths in these two are this checkout's; they are written each time, for a checkout may have been moved or its cache copied.
cat > "$root/fonts.conf" <<TXT
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$root/usr/share/fonts</dir>
  <cachedir>$root/font-cache</cachedir>
  <!-- A page that names no family which is here, and the browser's own default, is a sans-serif. -->
  <match target="pattern"><edit name="family" mode="append_last"><string>sans-serif</string></edit></match>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family><family>IPAGothic</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>IPAGothic</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family><family>IPAGothic</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family><family>IPAGothic</family></prefer></alias>
</fontconfig>
TXT
cat > "$peers/chromium.new" <<TXT
#!/bin/sh
# Debian's Chromium from where tests/browser/peers.sh unpacked it.
root='$root'
libraries=
for folder in "\$root"/usr/lib/*-linux-gnu "\$root"/usr/lib/*-linux-gnu/pulseaudio "\$root"/lib/*-linux-gnu; do libraries=\$folder:\$libraries; done
# No modules of the machine's either.
export LD_LIBRARY_PATH="\${libraries%:}" FONTCONFIG_FILE="\$root/fonts.conf" GIO_MODULE_DIR="\$root/none"
exec "\$root/usr/lib/chromium/chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \\
  --disable-component-update --disable-sync --disable-dev-shm-usage "\$@"
TXT
chmod +x "$peers/chromium.new"
mv "$peers/chromium.new" "$peers/chromium"
touch "$stamp"
