#!/usr/bin/env bash
# Clients over TLS and in plain text, on msredis and on redis-server with `appendfsync
# always`, in turns: requests per second of redis-benchmark, and the processor time of the
# server for each request.
#
#   tests/bench/tls.sh [ROUNDS]        PORT (6390 and the five behind it) may be set
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
msredis=${MSREDIS_BIN:-$here/../../bin/msredis}
rounds=${1:-3}
port=${PORT:-6390}
dir=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key" -out "$dir/crt" -subj /CN=localhost -days 1 2>/dev/null
tls=(--tls-cert-file "$dir/crt" --tls-key-file "$dir/key" --tls-ca-cert-file "$dir/crt" --tls-auth-clients no)
mkdir "$dir/redis"
redis-server --port "$port" --tls-port $((port + 1)) "${tls[@]}" --save "" --appendonly yes --appendfsync always \
    --dir "$dir/redis" --logfile "$dir/redis.log" &
servers+=($!)
"$msredis" --port $((port + 2)) --tls-port $((port + 3)) --peer-port $((port + 4)) "${tls[@]}" \
    --dir "$dir/msredis" --logfile "$dir/msredis.log" &
servers+=($!)
for p in "$port" $((port + 2)); do
    until redis-cli -p "$p" PING >/dev/null 2>&1; do sleep 0.1; done
done

spent() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # hundredths of a second
# run LABEL PID PORT COMMAND DEPTH OPTIONS...
run() {
    local label=$1 pid=$2 at=$3 command=$4 depth=$5 n before rate
    shift 5
    n=$((depth == 1 ? 60000 : 600000))
    before=$(spent "$pid")
    rate=$(redis-benchmark -p "$at" "$@" -t "$command" -n "$n" -c 50 -P "$depth" --csv | tail -1 | cut -d'"' -f4)
    awk -v rate="$rate" -v n="$n" -v cpu=$(($(spent "$pid") - before)) -v label="$label" -v what="$command, -P $depth" \
        'BEGIN { printf "%s\t%s\t%d\t%.1f\n", what, label, rate, cpu * 10000 / n }'
}
for _ in $(seq "$rounds"); do
    for command in get set; do
        for depth in 1 16; do
            run "redis always, TLS" "${servers[0]}" $((port + 1)) "$command" "$depth" --tls --cacert "$dir/crt"
            run "msredis, TLS" "${servers[1]}" $((port + 3)) "$command" "$depth" --tls --cacert "$dir/crt"
            run "redis always" "${servers[0]}" "$port" "$command" "$depth"
            run "msredis" "${servers[1]}" $((port + 2)) "$command" "$depth"
        done
    done
done | sort -t $'\t' -k1,1 -k2,2 -k4,4n | awk -F '\t' '
    function row() { if (n) printf "| %s | %s | %d | %s |\n", what, label, rates[int((n + 1) / 2)], cpus[int((n + 1) / 2)] }
    BEGIN { print "| 50 clients | | requests/s | server, µs of a core per request |\n| --- | --- | --- | --- |" }
    $1 != what || $2 != label { row(); n = 0; what = $1; label = $2 }
    { n++; cpus[n] = $4; at = n; while (at > 1 && rates[at - 1] > $3) { rates[at] = rates[at - 1]; at-- } rates[at] = $3 }
    END { row() }'
