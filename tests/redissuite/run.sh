#!/usr/bin/env bash
# Redis's own tests (its Tcl suite, in external mode) against msredis.
#
#   tests/redissuite/run.sh REDIS-SOURCES [SUITE...]
#
# MSREDIS_BIN, PORT, OUT (what the tests print) and TIMEOUT (seconds, of a suite) may
# be set. It ends with 1 if a test did what expected.txt does not say.
#
# README.md beside this file has the rest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sources=$(cd "${1:?where are the sources of Redis?}" && pwd)
shift
msredis=${MSREDIS_BIN:-$here/../../bin/msredis}
port=${PORT:-6399}
out=${OUT:-$(mktemp -d)}
expected=$here/expected.txt
mkdir -p "$out"

suites=("$@")
if [ ${#suites[@]} -eq 0 ]; then
    mapfile -t suites < <(awk -F '\t' '$1 == "suite" || $1 == "open" || $1 == "tls" { print $2 }' "$expected")
fi

# The tests of an open suite are tagged to be skipped in external mode. They run in a
# copy of the tests that has no such tag. Those that need a file with users stay out.
copy=$(mktemp -d)
cp -r "$sources/tests" "$copy/tests"
for part in src utils; do ln -s "$sources/$part" "$copy/$part"; done
while IFS= read -r suite; do
    sed -i '/"aclfile"\|overrides {user/!s/external:skip//g' "$copy/tests/unit/$suite.tcl"
done < <(awk -F '\t' '$1 == "open" { print $2 }' "$expected")

# A suite over TLS has certificates that Redis's own script makes.
over_tls() { awk -F '\t' -v suite="$1" '$1 == "tls" && $2 == suite { found = 1 } END { exit !found }' "$expected"; }
certificates() {
    if [ ! -e "$copy/tests/tls/server.crt" ]; then
        (cd "$copy" && bash utils/gen-test-certs.sh) >"$out/certificates.txt" 2>&1
    fi
}

node=
data=
stop() {
    if [ -n "$node" ]; then
        kill -KILL "$node" 2>/dev/null || true
        wait "$node" 2>/dev/null || true
    fi
    node=
    [ -z "$data" ] || rm -rf "$data"
    data=
}
trap 'stop; rm -rf "$copy"' EXIT

# Each suite has a node of its own: what one leaves behind is no other's affair.
start() {
    data=$(mktemp -d)
    "$msredis" "$@" --dir "$data" --enable-debug-command yes >"$out/node.log" 2>&1 &
    node=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        kill -0 "$node" 2>/dev/null || break
        sleep 0.1
    done
    cat "$out/node.log"
    exit 1
}

status=0
for suite in "${suites[@]}"; do
    name=${suite//\//-}
    skips=() listen=(--port "$port") tls=()
    if over_tls "$suite"; then
        if ! echo 'package require tls' | tclsh >/dev/null 2>&1; then
            echo "$suite: not run: Tcl has no package tls (Debian: apt install tcl-tls)"
            continue
        fi
        certificates
        files=$copy/tests/tls
        listen=(--port 0 --tls-port "$port" --tls-cert-file "$files/server.crt" --tls-key-file "$files/server.key" --tls-ca-cert-file "$files/ca.crt")
        tls=(--tls)
    fi
    while IFS= read -r test; do skips+=(--skiptest "$test"); done \
        < <(awk -F '\t' -v suite="$suite" '$1 == "skip" && $2 == suite { print $3 }' "$expected")
    start "${listen[@]}"
    (cd "$copy" && timeout "${TIMEOUT:-1200}" tclsh tests/test_helper.tcl --host 127.0.0.1 --port "$port" \
        "${tls[@]}" --tags -slow --single "unit/$suite" --durable --dont-clean \
        "${skips[@]}" </dev/null) 2>&1 |
        sed -u 's/\x1b\[[0-9;]*m//g' >"$out/$name.txt" || true
    cp "$out/node.log" "$out/$name.node.log"
    stop
    LC_ALL=C awk -v suite="$suite" -f "$here/compare.awk" "$expected" "$out/$name.txt" || status=1
done
echo "what the tests printed: $out"
exit $status
