#!/bin/sh
# Sees to the programs that tests use: redis-server as the oracle, redis-cli and
# redis-benchmark as clients, openssl for keys as it encrypts them, promtool for the
# alerts, and the applications and libraries of tests/apps. Where one is missing and cannot be
# installed, the tests that need it are skipped, and the summary names them.
set -eu

# package=file: the file shows that the package is installed.
wanted="
redis-server=/usr/bin/redis-server
redis-tools=/usr/bin/redis-benchmark
openssl=/usr/bin/openssl
python3-rq=/usr/lib/python3/dist-packages/rq/worker.py
python3-celery=/usr/lib/python3/dist-packages/celery/app/base.py
python3-django-redis=/usr/lib/python3/dist-packages/django_redis/cache.py
ruby-sidekiq=/usr/bin/sidekiq
nodejs=/usr/bin/node
node-redis=/usr/share/nodejs/redis/package.json
php-cli=/usr/bin/php
php-predis=/usr/share/php/Predis/Client.php
php-redis=/etc/php/*/mods-available/redis.ini
prometheus=/usr/bin/promtool
prometheus-redis-exporter=/usr/bin/prometheus-redis-exporter
"

# lacking names the packages that are not installed. The first three may have come in
# another way.
lacking() {
    for row in $wanted; do
        file=${row#*=}
        set -- $file
        [ -e "$1" ] || command -v "${file##*/}" >/dev/null || printf '%s ' "${row%%=*}"
    done
}

missing=$(lacking)
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
    echo "Installing for the tests: $missing..."
    # Debian starts a server when it is installed; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    install() { apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
    # One that cannot be had does not keep the others away.
    # shellcheck disable=SC2086 # the packages are words
    install $missing || for package in $missing; do install "$package" || true; done
fi
missing=$(lacking)
[ -z "$missing" ] || echo "Missing: ${missing}- tests that need them will not run." >&2
