# Compares what a suite printed with what is expected of it: expected.txt, then the
# output. Fields of the list: kind, suite, test, reason; separated by tabs.
BEGIN { FS = "\t" }
FILENAME == ARGV[1] {
    if ($2 == suite && ($1 == "fails" || $1 == "flaky")) kind[$3] = $1
    next
}
/^\[ok\]: / { passed++; next }
/^\[err\]: / {
    name = substr($0, 8)
    sub(/ in tests\/unit\/.*$/, "", name)
    failed[name] = 1
    next
}
/^\[exception\]/ { print suite ": ended early: " $0; bad = 1 }
/^\\o\/ All tests passed|^!!! WARNING The following tests failed/ { ended = 1 }
END {
    known = unexpected = 0
    for (name in failed) {
        if (name in kind) known++
        else { print suite ": FAILED: " name; bad = 1; unexpected++ }
    }
    for (name in kind) {
        if (kind[name] == "fails" && !(name in failed)) {
            print suite ": passed, and was expected to fail: " name
            bad = 1
        }
    }
    if (!ended) { print suite ": did not end"; bad = 1 }
    printf "%s: %d passed, %d failed as expected, %d failed\n", suite, passed, known, unexpected
    exit bad
}
