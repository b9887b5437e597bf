#!/usr/bin/env bash
# Three local nodes, n1 to n3, on ports 6379 to 6381, in the foreground; Ctrl-C
# stops them. With an argument: only that node, to start it again after a kill.
#
#   tests/cluster.sh [1|2|3]
set -euo pipefail
cd "$(dirname "$0")/.."

data=${CLUSTER_DATA:-./cluster-data}
first=${CLUSTER_PORT:-6379}
members=""
for i in 1 2 3; do
    members+="${members:+,}n$i=127.0.0.1:$((first + 10000 + i - 1))"
done

pids=()
trap : INT # Ctrl-C reaches the nodes by itself, and a second signal would hurry them
trap 'kill -TERM "${pids[@]}" 2>/dev/null || true' TERM

mkdir -p "$data"
for i in ${1:-1 2 3}; do
    # The prefixing sed must outlive the node, or the node's last lines are lost.
    bin/msredis --node-name "n$i" --port $((first + i - 1)) --dir "$data/n$i" \
        --pidfile "$data/n$i.pid" --initial-cluster "$members" \
        > >(trap '' INT TERM; exec sed -u "s/^/n$i | /") 2>&1 &
    pids+=($!)
done

# A signal ends wait early; the nodes need a moment to hand over and close.
for pid in "${pids[@]}"; do
    while kill -0 "$pid" 2>/dev/null; do
        wait "$pid" || true
    done
done
