# Sourced by the trials of this directory: images without a registry.

# node_image tag: the last stage of docker/Dockerfile, around bin/msredis.
node_image() {
    local dir
    dir=$(mktemp -d)
    mkdir -p "$dir/out/data"
    cp bin/msredis "$dir/out/msredis"
    # It takes its files from the directory instead of the stage before.
    sed -n '/^FROM scratch/,$p' docker/Dockerfile | sed 's|COPY --from=build \(.*\)/out/|COPY \1out/|' >"$dir/Dockerfile"
    docker build -q -t "$1" "$dir" >/dev/null
    rm -rf "$dir"
}

# eventually seconds what command...: waits until the command succeeds. When it does not,
# the function diagnose of the caller says what there is, and the trial fails.
eventually() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ]; then
            echo "not in time: $what" >&2
            diagnose >&2
            exit 1
        fi
        sleep 0.2
    done
}
