#!/bin/sh
# Runs a node as docker/compose.yaml does, without docker: docker/confined.sh binary port
# Its root is read-only but for the data, it has no capability, no user of this machine,
# and can gain no privilege. It has to serve, to stop in order, to find its data again, and
# to write nowhere else. Needs root, for what it gives up.
set -eu
binary=$(realpath "$1") port=$2
work=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" || true; fi; rm -rf "$work"' EXIT
mkdir "$work/data" "$work/elsewhere"
cp "$binary" "$work/msredis"
chmod 755 "$work" "$work/msredis"
chown 10001:10001 "$work/data" "$work/elsewhere"

cat >"$work/confine" <<'EOF'
set -eu
mount --bind "$1/data" "$1/data"
mount -o remount,bind,ro "$(findmnt -no TARGET --target "$1/elsewhere")"
mount -o remount,bind,ro /
if touch "$1/elsewhere/x" 2>/dev/null; then echo 'the root is not read-only' >&2; exit 1; fi
dir=$1
shift
cd "$dir/data"
exec setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$dir/msredis" --dir "$dir/data" "$@"
EOF

cli() { redis-cli -p "$port" "$@"; }
start() {
    unshare --mount -- sh "$work/confine" "$work" --port "$port" --peer-port "$((port + 1))" "$@" >>"$work/log" 2>&1 &
    pid=$!
    n=0
    until [ "$(cli PING 2>/dev/null)" = PONG ]; do
        n=$((n + 1))
        if [ $n -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
            cat "$work/log" >&2
            exit 1
        fi
        sleep 0.1
    done
}
stop() {
    kill "$pid"
    code=0
    wait "$pid" || code=$?
    pid=
    [ $code = 0 ] || { cat "$work/log" >&2; echo "it ended with $code" >&2; exit 1; }
}

start --unixsocket "$work/data/r.sock"
status=/proc/$pid/status
for fact in 'NoNewPrivs:.1$' 'CapBnd:.0000000000000000$' 'CapEff:.0000000000000000$' 'Uid:.10001'; do
    grep -q "^$fact" "$status" || { echo "not so: $fact" >&2; exit 1; }
done
[ "$(cli SET k v)" = OK ]
[ "$(redis-cli -s "$work/data/r.sock" GET k)" = v ]
[ "$(cli SAVE)" = OK ]
stop
start
[ "$(cli GET k)" = v ]
stop
if unshare --mount -- sh "$work/confine" "$work" --port "$port" --logfile "$work/elsewhere/log" >>"$work/log" 2>&1; then
    echo 'it wrote to a file of the read-only root' >&2
    exit 1
fi
echo 'ok: without privileges and with a read-only root the node serves, stops and finds its data'
