#!/usr/bin/env bash
# Makes a .deb and a tar.gz of a published program: packaging/package.sh PROGRAM-FOLDER OUT-FOLDER [VERSION]. The same folder gives the same bytes.
# LEVEL is xz's level for the .deb (default 6).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
program=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
version=${3:-$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$top/Directory.Build.props")}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)} TZ=UTC LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root doc=$work/root/usr/share/doc/portolan
put() { install -D -m "$1" "$2" "$root/$3"; }

# A program that brings its own .NET needs what that needs; the other form needs the runtime itself.
depends="libc6, libgcc-s1, libsqlite3-0, libssl3 | libssl3t64, libstdc++6, libzstd1, passwd, tzdata, ca-certificates"
[ -e "$program/libcoreclr.so" ] || depends="aspnetcore-runtime-10.0, libsqlite3-0, libzstd1, passwd, tzdata, ca-certificates"

install -d "$root/usr/lib/portolan" "$root/usr/bin" "$doc"
cp -r "$program/." "$root/usr/lib/portolan/"
rm -f "$root"/usr/lib/portolan/*.pdb "$root"/usr/lib/portolan/*.xml
find "$root" -type d -exec chmod 0755 {} +
find "$root/usr/lib/portolan" -type f -exec chmod 0644 {} +
chmod 0755 "$root/usr/lib/portolan/portolan"
for helper in "$root/usr/lib/portolan/createdump"; do if [ -e "$helper" ]; then chmod 0755 "$helper"; fi; done

tree=portolan-$version-linux-x64
cp -r "$root/usr/lib/portolan" "$work/$tree"
cp "$top/LICENSE" "$top/NOTICE" "$top/README.md" "$top/CHANGELOG.md" "$top/packaging/Containerfile" "$work/$tree/"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$work" -cf - "$tree" | gzip -n -6 > "$out/$tree.tar.gz"

ln -s ../lib/portolan/portolan "$root/usr/bin/portolan"
put 0644 "$top/packaging/portolan.yml" etc/portolan/portolan.yml
put 0644 "$top/packaging/portolan.service" usr/lib/systemd/system/portolan.service
put 0644 "$top/packaging/sysusers.conf" usr/lib/sysusers.d/portolan.conf
put 0644 "$top/packaging/sysctl.conf" usr/lib/sysctl.d/50-portolan.conf
put 0644 "$top/packaging/debian/copyright" usr/share/doc/portolan/copyright
install -m 0644 "$top/NOTICE" "$top"/docs/*.md "$doc/"
{
  printf 'portolan (%s) unstable; urgency=medium\n\n' "$version"
  sed -n 's/^- /  * /p; s/^  \([^ ]\)/    \1/p' "$top/CHANGELOG.md"
  printf '\n -- The Portolan authors <portolan@localhost>  %s\n' "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -n -9 > "$doc/changelog.gz"
chmod 0644 "$doc/changelog.gz"
"$root/usr/lib/portolan/portolan" reference man | gzip -n -9 > "$work/man" && put 0644 "$work/man" usr/share/man/man1/portolan.1.gz
"$root/usr/lib/portolan/portolan" completion bash > "$work/completion" && put 0644 "$work/completion" usr/share/bash-completion/completions/portolan

install -d "$root/DEBIAN"
install -m 0755 "$top"/packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN/"
echo /etc/portolan/portolan.yml > "$root/DEBIAN/conffiles"
(cd "$root" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\n' | sort | xargs -d '\n' md5sum) > "$root/DEBIAN/md5sums"
cat > "$root/DEBIAN/control" <<TXT
Package: portolan
Version: $version
Architecture: amd64
Maintainer: The Portolan authors <portolan@localhost>
Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Section: admin
Priority: optional
Description: events, users, assets and the ports they may use, in one system
 Receives what devices say, stores each event with who, on what machine, and
 whether it was allowed, and answers searches in AQL.
TXT
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz -z"${LEVEL:-6}" --threads-max=1 --build "$root" "$out/portolan_${version}_amd64.deb" >/dev/null
(cd "$out" && ls -l "portolan_${version}_amd64.deb" "$tree.tar.gz")
