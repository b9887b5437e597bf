#!/bin/sh
# Compares a user of ten rules with the default user, by turns, on one node that it starts:
#
#   make build && tests/bench/users.sh [rounds]
#
# For each load it prints the median of the rounds: requests per second and the server's
# CPU time per request, of the user of ten rules as a multiple of the default user's.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-10} port=${PORT:-7389}
dir=$(mktemp -d bin/users.XXXXXX)
bin/msredis --port "$port" --dir "$dir" --save '' >"$dir/log" 2>&1 &
server=$!
trap 'kill $server; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
until redis-cli -p "$port" ping 2>/dev/null | grep -q PONG; do kill -0 $server; done
redis-cli -p "$port" acl setuser ten on '>secret' -@all +@read +@write -@dangerous \
    '%R~catalogue:*' '~session:{*}:[0-9]*' '~key:*' '&news.*' >/dev/null

cpu() { awk '{print $14 + $15}' "/proc/$server/stat"; } # in hundredths of a second

# run user command depth requests: prints requests per second and microseconds per request
run() {
    before=$(cpu)
    rate=$(redis-benchmark -p "$port" --user "$1" -a secret -c 50 -P "$3" -n "$4" -r 100000 -d 64 -t "$2" --csv 2>/dev/null | awk -F'"' 'END {print $4}')
    echo "$rate $(cpu) $before $4" | awk '{printf "%.0f %.3f\n", $1, ($2 - $3) * 10000 / $4}'
}

median() { sort -n | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

echo "load, requests, CPU, and each round's CPU"
for load in "get 1 60000" "set 1 60000" "get 16 400000" "set 16 300000"; do
    set -- $load
    run default "$1" "$2" "$3" >/dev/null
    : >"$dir/pairs"
    for _ in $(seq "$rounds"); do
        a=$(run default "$1" "$2" "$3") b=$(run ten "$1" "$2" "$3")
        echo "$a $b" | awk '{print $3 / $1, $4 / $2}' >>"$dir/pairs"
    done
    echo "$1 -P $2: $(awk '{print $1}' "$dir/pairs" | median) $(awk '{print $2}' "$dir/pairs" | median)  $(awk '{printf "%.2f ", $2}' "$dir/pairs")"
done
