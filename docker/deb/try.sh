#!/usr/bin/env bash
# Installs, starts, upgrades, kills, removes and purges the package for real: on a Debian
# with systemd, made by debootstrap, in a container. `make deb-try`; as root, with docker.
#
#   docker/deb/try.sh old.deb new.deb [root of a Debian with systemd and redis-tools]
set -euo pipefail
old=$(realpath "$1") new=$(realpath "$2") root=${3:-}
cd "$(dirname "$0")/../.."
. docker/image.sh

name=msredis-deb-$$
work=$(mktemp -d)
cleanup() {
    docker rm -f -v "$name" >/dev/null 2>&1 || true
    docker rmi -f "$name" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT
diagnose() { docker exec "$name" sh -c 'systemctl status msredis; journalctl -u msredis --no-pager | tail -30'; }
if [ -z "$root" ]; then
    root=$work/root
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,redis-tools bookworm "$root" >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
fi
tar -C "$root" -c . | docker import -c 'CMD ["/sbin/init"]' - "$name" >/dev/null

# systemd wants cgroups and mounts of its own, and so do the confines of the unit.
docker run -d --cap-add SYS_ADMIN --cap-add SYS_PTRACE --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns=private --tmpfs /run --tmpfs /tmp --name "$name" "$name" >/dev/null
inside() { docker exec "$name" "$@"; }
booted() { inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; }
eventually 60 'systemd is up' booted
docker cp -q "$old" "$name:/old.deb"
docker cp -q "$new" "$name:/new.deb"
must() { "$@" || { echo "failed: $*" >&2; diagnose >&2; exit 1; }; }
pid() { inside systemctl show -p MainPID --value msredis; }
says() { [ "$(inside redis-cli GET "$1")" = "$2" ]; }
answers() { inside redis-cli PING | grep -q PONG; }

must inside dpkg -i /old.deb >/dev/null
must inside systemctl is-active -q msredis
must inside systemctl is-enabled -q msredis
must answers # at once: the unit is started when the node serves
must inside redis-cli SET kept before >/dev/null
must test "$(inside systemctl show -p StatusText --value msredis)" = "Ready to accept connections"
must test "$(inside stat -c %U "/proc/$(pid)")" = msredis
must inside redis-cli CONFIG SET maxclients 1234 >/dev/null
must inside redis-cli CONFIG REWRITE >/dev/null
must inside grep -q '^maxclients 1234' /etc/msredis/msredis.conf
echo 'installed: it serves, without privileges'

inside sh -c "kill -9 $(pid)"
eventually 20 'the killed node serves again' answers
must says kept before
echo 'killed: systemd started it again, with its data'

first=$(inside redis-cli INFO server | grep msredis_version)
must inside dpkg --force-confold -i /new.deb >/dev/null
must answers
must says kept before
must test "$(inside redis-cli INFO server | grep msredis_version)" != "$first"
must test "$(inside redis-cli CONFIG GET maxclients | tail -1)" = 1234
echo 'upgraded: the new binary, with the data and the options'

must inside dpkg -r msredis >/dev/null
if answers 2>/dev/null; then echo 'it serves after it was removed' >&2; exit 1; fi
must inside test -d /var/lib/msredis
must inside dpkg -i /new.deb >/dev/null
must says kept before
echo 'removed and installed again: the data were kept'

must inside dpkg -P msredis >/dev/null
for left in /var/lib/msredis /etc/msredis /usr/bin/msredis /lib/systemd/system/msredis.service; do
    if inside test -e $left; then echo "$left is left after the purge" >&2; exit 1; fi
done
echo 'ok: purged'
