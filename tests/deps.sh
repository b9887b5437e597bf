#!/bin/sh
# Sees to the programs that tests use: redis-server as the oracle, redis-cli and
# redis-benchmark as clients, openssl for keys as it encrypts them. Where they are missing and cannot be installed, the
# tests that need them are skipped, and the summary names them.
set -eu

have() {
    for program in redis-server redis-cli redis-benchmark openssl; do
        command -v "$program" >/dev/null || return 1
    done
}

have && exit 0
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
    echo 'Installing redis-server, redis-tools and openssl for the tests ...'
    # Debian starts the server when it is installed; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq redis-server redis-tools openssl >/dev/null ||
        echo 'The installation failed.' >&2
fi
have || echo 'redis-server, redis-cli, redis-benchmark or openssl is missing: tests that need them will not run.' >&2
