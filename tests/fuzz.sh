#!/bin/sh
# Runs every fuzz test for a while each: tests/fuzz.sh [time [package ...]]. Without packages
# those of the whole tree.
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
[ $# = 0 ] || shift
if [ $# = 0 ]; then
    files=$(grep -rl --include='*_test.go' '^func Fuzz' .)
else
    files=$(for package; do grep -l '^func Fuzz' "$package"/*_test.go; done)
fi
for file in $(printf '%s\n' "$files" | sort -u); do
    sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r name; do
        echo "== $(dirname "$file") $name"
        go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time"
    done
done
