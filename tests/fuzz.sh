#!/bin/sh
# Runs every fuzz test of the tree for a while each: tests/fuzz.sh [time]
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do
    sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r name; do
        echo "== $(dirname "$file") $name"
        go test "$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time"
    done
done
