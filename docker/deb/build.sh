#!/bin/sh
# Makes a Debian package of a binary: docker/deb/build.sh binary version architecture
# It prints the package's name. The same binary and version give the same bytes.
set -eu
binary=$(realpath "$1") arch=$3
case $2 in # a version of Debian's begins with a digit
    v[0-9]*) version=$(echo "${2#v}" | tr - '~') ;;
    *) version=0~$(echo "$2" | tr - +) ;;
esac
cd "$(dirname "$0")/../.."
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
umask 022
chmod 755 "$root"

put() { install -D -m "$1" "$2" "$root/$3"; }
put 755 "$binary" usr/bin/msredis
put 644 docker/deb/msredis.conf etc/msredis/msredis.conf
put 644 LICENSE usr/share/doc/msredis/copyright
put 644 docs/OPERATING.md usr/share/doc/msredis/OPERATING.md
mkdir -p "$root/lib/systemd/system"
# The way without a package is no business of the package's unit.
sed -e '/^#$/,/^\[Unit\]/{/^\[Unit\]/!d}' -e 's|/usr/local/bin/msredis|/usr/bin/msredis|' docker/msredis.service >"$root/lib/systemd/system/msredis.service"
for script in postinst prerm postrm; do put 755 docker/deb/$script DEBIAN/$script; done
echo /etc/msredis/msredis.conf >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<EOF
Package: msredis
Version: $version
Architecture: $arch
Maintainer: The msredis authors <msredis@users.noreply.github.com>
Section: database
Priority: optional
Homepage: https://github.com/msredis/msredis
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: init-system-helpers, passwd
Suggests: redis-tools
Description: Redis-compatible server behind raft
 A server that speaks the Redis protocol. Every acknowledged write is fsynced
 on a majority of the nodes, every read is linearizable, on every node.
EOF
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=bin/msredis_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz -b "$root" "$package" >/dev/null
echo "$package"
