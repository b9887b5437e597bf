#!/usr/bin/env bash
# Runs the image's last stage for real: builds it around bin/msredis (so that it
# needs no registry), starts three containers on a network of their own, kills
# the leader, and looks whether what was acknowledged is there.
set -euo pipefail
cd "$(dirname "$0")/.."
. docker/image.sh

name=msredis-try-$$
work=$(mktemp -d)
cleanup() {
    for i in 1 2 3; do docker rm -f -v "$name-n$i" >/dev/null 2>&1 || true; done
    docker network rm "$name" >/dev/null 2>&1 || true
    docker rmi -f "$name" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

node_image "$name"

docker network create "$name" >/dev/null
members=n1=n1:16379,n2=n2:16379,n3=n3:16379
openssl rand -hex 32 >"$work/secret"
chmod 644 "$work/secret" # the container's user has another number
for i in 1 2 3; do
    docker run -d --read-only --cap-drop ALL --security-opt no-new-privileges -v "$work/secret:/secret:ro" --name "$name-n$i" --hostname "n$i" --network "$name" --network-alias "n$i" "$name" \
        --bind '*' --protected-mode no --dir /data --metrics-port 9121 --node-name "n$i" --cluster-announce-ip "n$i" --cluster-secret-file /secret --initial-cluster $members >/dev/null
done
# Containers are reached by their addresses: no port of this machine is taken.
addr() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$name-n$1"; }
cli() { local i=$1; shift; redis-cli -h "$(addr "$i")" "$@"; }

diagnose() { for i in 1 2 3; do echo "--- n$i" && docker logs --tail 20 "$name-n$i"; done; }
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$name-n$1")" = healthy ]; }
says() { [ "$(cli "$1" GET "$2")" = "$3" ]; }
leads() { [ "$(cli "$1" ROLE | head -1)" = master ]; }
leader() { for i in $2; do if leads "$i"; then echo "$i" >"$1" && return; fi; done; return 1; }

for i in 1 2 3; do eventually 60 "n$i healthy" healthy "$i"; done
echo 'three containers are healthy'
eventually 10 'a leader' leader "$work/leader" '1 2 3'
first=$(cat "$work/leader")
others=$(echo 1 2 3 | tr -d "$first")
set -- $others
for n in $(seq 100); do [ "$(cli "$1" SET "key:$n" "value:$n")" = OK ]; done
echo "n$1 acknowledged 100 writes; killing n$first, which leads"
docker kill "$name-n$first" >/dev/null
eventually 15 'another leader' leader "$work/leader" "$others"
for n in $(seq 100); do
    eventually 5 "key:$n on n$2" says "$2" "key:$n" "value:$n"
done
echo "all of them are on n$2; n$(cat "$work/leader") leads"
docker start "$name-n$first" >/dev/null
eventually 60 "n$first healthy again" healthy "$first"
eventually 10 "key:100 on n$first" says "$first" key:100 value:100
for i in 1 2 3; do docker stop -t 20 "$name-n$i" >/dev/null; done
for i in 1 2 3; do
    code=$(docker inspect -f '{{.State.ExitCode}}' "$name-n$i")
    [ "$code" = 0 ] || { echo "n$i ended with $code" >&2; docker logs --tail 20 "$name-n$i" >&2; exit 1; }
done
echo 'ok: the killed node came back, and all three stopped in order'
