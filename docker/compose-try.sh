#!/usr/bin/env bash
# Runs docker/compose.yaml for real, as far as it goes without a registry: the three nodes,
# built around bin/msredis, and Prometheus from Debian's package. Grafana is left out. It
# kills a node under its restart policy, looks for what was acknowledged, asks Prometheus
# for all three, and takes everything down in order.
set -euo pipefail
cd "$(dirname "$0")/.."
. docker/image.sh

name=msredistry$$
work=$(mktemp -d)
compose() { (cd docker && MSREDIS_CLUSTER_SECRET=$secret $composer -p "$name" -f "$work/compose.json" --project-directory "$PWD" "$@"); }
composer=docker-compose
if docker compose version >/dev/null 2>&1; then composer='docker compose'; fi
secret=$(openssl rand -hex 32)
cleanup() {
    compose down -v -t 20 >/dev/null 2>&1 || true
    docker rmi -f "$name-node" "$name-prometheus" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

node_image "$name-node"

# Debian's prometheus, with the libraries that it is linked to.
if ! command -v prometheus >/dev/null; then
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root prometheus >/dev/null && dpkg -x prometheus_*.deb deb)
fi
binary=$(command -v prometheus || echo "$work/deb/usr/bin/prometheus")
root=$work/image
mkdir -p "$root/bin" "$root/tmp"
cp "$binary" "$root/bin/prometheus"
ldd "$binary" | grep -o '/[^ ]*' | while read -r lib; do cp --parents -L "$lib" "$root"; done
printf 'FROM scratch\nCOPY . /\nENTRYPOINT ["/bin/prometheus"]\n' >"$root/Dockerfile"
docker build -q -t "$name-prometheus" "$root" >/dev/null

# The file as it is, with these images and without the ports of this machine. Older
# composers know neither a name nor secrets of the environment.
printf %s "$secret" >"$work/secret"
chmod 644 "$work/secret" # the container's user has another number
NAME=$name SECRET=$work/secret python3 - >"$work/compose.json" <<'PY'
import json, os, yaml
c = yaml.safe_load(open("docker/compose.yaml"))
for key in ("name", "x-node"):
    del c[key]
del c["services"]["grafana"]
for name, s in c["services"].items():
    s.pop("ports"), s.pop("build", None)
    s["image"] = os.environ["NAME"] + ("-prometheus" if name == "prometheus" else "-node")
c["secrets"] = {"cluster": {"file": os.environ["SECRET"]}}
c["version"] = "3.8"
print(json.dumps(c))
PY

compose up -d >"$work/up" 2>&1 || { cat "$work/up" >&2; exit 1; }
container() { compose ps -q "$1"; }
for s in n1 n2 n3 prometheus; do declare "id_$s=$(container $s)"; done
id() { local v=id_$1; echo "${!v}"; }
addr() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(id "$1")"; }
cli() { local n=$1; shift; redis-cli -h "$(addr "$n")" "$@"; }
diagnose() { compose ps; compose logs --tail 20; }
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$(id "$1")")" = healthy ]; }
says() { [ "$(cli "$1" GET "$2")" = "$3" ]; }
started() { [ "$(docker inspect -f '{{.RestartCount}}' "$(id "$1")")" -ge 1 ]; }
prometheus() { curl -fsS -G "http://$(addr prometheus):9090/api/v1/query" --data-urlencode "query=$1"; }
counts() { prometheus "$1" | grep -q "\"$2\"\]"; }

for n in n1 n2 n3; do eventually 60 "$n healthy" healthy $n; done
echo 'three nodes are healthy'
for i in $(seq 100); do [ "$(cli n1 SET "key:$i" "value:$i")" = OK ]; done
eventually 60 'Prometheus reaches three nodes' counts 'count(up{job="msredis"} == 1)' 3
eventually 60 'all nodes see a quorum' counts 'sum(msredis_quorum)' 3
alerts=$(curl -fsS "http://$(addr prometheus):9090/api/v1/rules" | grep -o '"type":"alerting"' | wc -l)
[ "$alerts" = "$(grep -c -- '- alert:' docker/prometheus/alerts.yml)" ] || { echo "Prometheus has $alerts alerts" >&2; exit 1; }
echo "Prometheus has their metrics, and $alerts alerts"

# A process that dies by itself is started again by Docker.
pid=$(docker inspect -f '{{.State.Pid}}' "$(id n2)")
kill -9 "$pid"
eventually 30 'n2 was started again' started n2
eventually 60 'n2 healthy again' healthy n2
for i in $(seq 100); do eventually 5 "key:$i on n2" says n2 "key:$i" "value:$i"; done
echo 'a killed node is back, with all that was acknowledged'

compose stop -t 20 >/dev/null 2>&1
for n in n1 n2 n3; do
    code=$(docker inspect -f '{{.State.ExitCode}}' "$(id $n)")
    [ "$code" = 0 ] || { echo "$n ended with $code" >&2; docker logs --tail 20 "$(id $n)" >&2; exit 1; }
done
compose start >/dev/null 2>&1
for n in n1 n2 n3; do eventually 60 "$n healthy after all were stopped" healthy $n; done
eventually 10 'key:100 after all were stopped' says n3 key:100 value:100
echo 'ok: all stopped in order, and came back with their data'
