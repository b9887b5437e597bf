# msredis: bare `make` lists the targets.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)
LDFLAGS  = -X main.version=$(VERSION)
# RACE=1 runs the tests with the race detector, V=1 prints every test, AGAIN=1
# runs what failed among the others once more, alone.
RACE    ?=
V       ?=
AGAIN   ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/msredis
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/msredis ./cmd/msredis

.PHONY: run
run: build ## one node on 127.0.0.1:6379, its data in ./data
	exec bin/msredis

.PHONY: cluster
cluster: build ## three nodes on ports 6379 to 6381, data in ./cluster-data; Ctrl-C stops them
	exec tests/cluster.sh

.PHONY: node
node: build ## start node N of `make cluster` again: make node N=2
	exec tests/cluster.sh $(N)

.PHONY: test
test: ## all tests; on Debian as root installs the programs that they use
	tests/deps.sh
	$(GO) test -json $(if $(RACE),-race) -count=1 -timeout 12m ./... | \
		$(GO) run ./tests/summary $(if $(V),-v) $(if $(AGAIN),-again) -- $(if $(RACE),-race)

.PHONY: race
race: ## all tests with the race detector
	$(MAKE) test RACE=1

.PHONY: fuzz
fuzz: ## every fuzz test of the peer port's decoders for FUZZTIME (1h) each; PACKAGES='cluster/wal ...' for others
	tests/fuzz.sh $(or $(FUZZTIME),1h) $(or $(PACKAGES),cluster cluster/transport cluster/transport/secure cluster/replica cluster/shelf)

.PHONY: fuzz-short
fuzz-short: ## every fuzz test for FUZZTIME (10s)
	tests/fuzz.sh $(or $(FUZZTIME),10s)

.PHONY: sim
sim: ## SEEDS (10000) simulated clusters under faults; SEED=n replays one, with all that happens
	$(GO) test ./tests/sim -count=1 -v -timeout 0 -run TestSeeds $(if $(SEED),-seed $(SEED),-seeds $(or $(SEEDS),10000) -from $(or $(FROM),1))

.PHONY: mutants
mutants: ## break the build on purpose, in every way that has a name: the tests have to notice
	$(GO) test ./tests/sim -tags mutants -count=1 -v -timeout 0 -run TestMutants
	$(GO) test ./store -tags mutants -count=1 -v -timeout 0 -run TestViewMutants

# What `make robust` and `make soak` run; the report is in bin/robust.
ROBUST = $(GO) test ./tests/robust -count=1 -v -timeout 0 $(if $(RACE),-race) -run TestMixedFaults \
	-robust.rate=$(or $(RATE),1500) -robust.nodes=$(or $(NODES),3) -robust.report=$(CURDIR)/bin/robust

.PHONY: robust
robust: ## clients against real nodes under mixed faults, for DURATION (10m)
	$(ROBUST) -robust.duration=$(or $(DURATION),10m)

.PHONY: soak
soak: ## the same with five nodes and for longer: make soak DURATION=8h
	$(MAKE) robust NODES=$(or $(NODES),5) DURATION=$(or $(DURATION),8h)

.PHONY: overload
overload: ## nodes under more work than they can do, in large: ten million keys, a million that expire at once; minutes
	$(GO) test ./tests/overload -count=1 -v -timeout 0 -overload.keys=$(or $(KEYS),10000000) -overload.expiring=$(or $(EXPIRING),1000000) \
		-overload.duration=$(or $(DURATION),10s)

.PHONY: apps
apps: ## applications and libraries of others while the leader is killed KILLS (20) times
	tests/deps.sh
	$(GO) test ./tests/apps -count=1 -v -timeout 0 -apps.kills=$(or $(KILLS),20)

.PHONY: failover-plot
failover-plot: ## measure ROUNDS (50) fail-overs of each kind and draw docs/failover.svg
	$(GO) test ./tests/robust -count=1 -v -timeout 0 -run TestPause \
		-robust.rounds=$(or $(ROUNDS),50) -robust.plot=$(CURDIR)/docs/failover.svg

.PHONY: redis-suite
redis-suite: build ## Redis's own tests against msredis: make redis-suite REDIS=sources [SUITES='scripting pubsub']
	tests/redissuite/run.sh $(REDIS) $(SUITES)

.PHONY: sbom
sbom: ## the modules in the server: path, version, and the first words of the licence
	@$(GO) list -deps -f '{{with .Module}}{{if .Version}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/msredis | sort -u | \
		while read -r path version dir; do \
			printf '%s %s: %s\n' "$$path" "$$version" "$$(find "$$dir" -maxdepth 1 \( -iname 'licen[cs]e*' -o -iname 'copying*' \) -exec cat {} + | \
				grep -m1 -ioE 'apache license|mit license|mozilla public license|permission is hereby granted|redistribution and use' || echo unknown)"; \
		done

.PHONY: lint
lint: ## gofmt, go vet, and staticcheck, whose version is in internal/tools
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(GO) vet $(if $(RACE),-race) ./...
	$(GO) vet -C tests/apps/testdata/golibs ./...
	$(if $(RACE),GOFLAGS="$(GOFLAGS) -race") $$($(GO) -C internal/tools tool -n staticcheck) ./...

.PHONY: vuln
vuln: ## known vulnerabilities in what the server is built of (govulncheck; VULNDB=url of another database)
	GO="$(GO)" tests/vuln.sh

.PHONY: docs
docs: ## write docs/COMMANDS.md and the table of options in docs/OPERATING.md anew
	$(GO) test ./internal/options -run TestDocs -update
	$(GO) test ./cmd/msredis -run TestDocs -update

# More flags in BENCH, as in `make bench BENCH='-only GET -rounds 3'`; with
# -update the figures go into docs/performance and docs/PERFORMANCE.md.
.PHONY: bench
bench: build ## msredis, redis-server and etcd side by side, a quarter of an hour
	$(GO) run ./tests/bench $(BENCH)

.PHONY: bench-full
bench-full: build ## the same with every load, number of clients and depth: hours
	$(GO) run ./tests/bench -full -rounds 3 -length 2s $(BENCH)

.PHONY: bench-apply
bench-apply: ## the store in memory, beside one lock and beside maps
	$(GO) run ./tests/bench -apply $(BENCH)

.PHONY: bench-memory
bench-memory: build ## ten million keys: memory and pauses, beside redis-server
	$(GO) run ./tests/bench -memory $(BENCH)

.PHONY: bench-tls
bench-tls: build ## clients over TLS, beside redis-server: ROUNDS (3) in turns
	tests/bench/tls.sh $(or $(ROUNDS),3)

.PHONY: bench-elements
bench-elements: build ## what an element of each type costs, beside redis-server
	$(GO) run ./tests/bench -elements $(BENCH)

.PHONY: bench-stalls
bench-stalls: build ## what clients feel of snapshots, a new node, expiry and large keys, with ten million keys
	$(GO) run ./tests/bench -stalls $(BENCH)

# Without the state of the tree, which is in VERSION, equal sources give equal bytes.
DIST = CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -buildvcs=false -ldflags '-s -w $(LDFLAGS)'

.PHONY: dist
dist: ## static binaries for linux on amd64 and arm64, with checksums, in bin/dist
	mkdir -p bin/dist
	for arch in amd64 arm64; do GOARCH=$$arch $(DIST) -o bin/dist/msredis-linux-$$arch ./cmd/msredis || exit 1; done
	cd bin/dist && sha256sum msredis-linux-* >SHA256SUMS && cat SHA256SUMS

.PHONY: deb
deb: ## a Debian package for this machine, with a systemd unit
	$(DIST) -o bin/deb/msredis ./cmd/msredis
	docker/deb/build.sh bin/deb/msredis $(VERSION) $$(dpkg --print-architecture)

.PHONY: deb-try
deb-try: ## install, kill, upgrade, remove and purge the package under systemd, in a container; as root
	for v in 1 2; do $(DIST) -ldflags "-X main.version=0.0.$$v" -o bin/deb/msredis-$$v ./cmd/msredis && \
		docker/deb/build.sh bin/deb/msredis-$$v v0.0.$$v $$(dpkg --print-architecture) || exit 1; done
	docker/deb/try.sh bin/msredis_0.0.1_*.deb bin/msredis_0.0.2_*.deb

.PHONY: bench-large
bench-large: build ## what one write on a value of a million elements costs in the server, beside redis-server
	$(GO) run ./tests/bench -large -rounds 3 $(BENCH)

.PHONY: docker
docker: ## build the image msredis:latest
	docker build --build-arg VERSION=$(VERSION) -f docker/Dockerfile -t msredis:latest .

.PHONY: docker-try
docker-try: build ## three containers of bin/msredis: is a write there after its leader was killed?
	docker/try.sh

.PHONY: compose-try
compose-try: build ## docker/compose.yaml without a registry: three nodes, and Debian's Prometheus in place of the image
	docker/compose-try.sh

.PHONY: confined
confined: build ## a node without privileges and with a read-only root, as in docker/compose.yaml; as root
	docker/confined.sh bin/msredis 16379

.PHONY: clean
clean: ## remove what was built; data directories stay
	rm -rf bin
