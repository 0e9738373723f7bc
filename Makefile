# Juwu's workshop. Every target works on a fresh clone: what it needs is
# generated first. `make help` lists the targets.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Checkers run by exact version, outside go.mod, so that the program's own
# requirements stay the program's own. templ is a tool of go.mod: the generator
# has to be of the version of the library its output calls.
# Without cgo, as the program: then both share what is compiled.
TEMPL := CGO_ENABLED=0 go tool templ
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

# A page of templ is a function that returns a closure, and inlining copies the
# closure's whole body into every caller: three times the time to compile and
# ten megabytes of program, for nothing that a reader could feel.
PAGES := $(foreach p,admin portal internal/web/ui,-gcflags=juwu/$(p)=-l)
export GOFLAGS := $(filter-out $(PAGES),$(shell go env GOFLAGS)) $(PAGES)

# The stories start servers and browsers: they have a step of their own, so that
# `make check` stays a pre-push hook.
UNIT = $$(go list ./... | grep -vx juwu/e2e)

STATIC_SOURCES := $(shell find static -path static/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help build run generate templ check fmt vet staticcheck forbid types unit \
	test bench soak vuln mutants clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: generate ## leave bin/juwu, one static file
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o bin/juwu .

run: build ## start the example community on http://127.0.0.1:8080
	bin/juwu demo

generate: templ static/dist/.built ## templ pages, npm packages, stylesheet and scripts

templ:
	$(TEMPL) generate -log-level error

# npm writes node_modules/.package-lock.json last: it stands for the whole folder.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

# What judges the pages (axe-core, Lighthouse) is fetched for the tests alone.
e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json e2e/.npmrc
	cd e2e && npm ci --no-audit --no-fund --loglevel=error
	touch $@

static/dist/.built: node_modules/.package-lock.json $(STATIC_SOURCES)
	npm run --silent build
	touch $@

check: generate ## format, vet, staticcheck, forbidden calls, unit tests with -race
	scripts/packages gcc
	$(MAKE) --no-print-directory fmt vet types forbid staticcheck unit

fmt:
	@out=$$(find . \( -name node_modules -o -name .git -o -name data \) -prune -o -name '*.go' ! -name '*_templ.go' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$out" ]; then echo "gofmt -w these files:"; echo "$$out"; exit 1; fi

vet:
	go vet ./...

types: node_modules/.package-lock.json
	npm run --silent check

forbid:
	go run ./tools/forbid

staticcheck:
	$(STATICCHECK) ./...

# The race detector watches all code but what it would spend most of its time in:
# SQLite with its C library, put into Go by a program, whose memory it cannot see
# anyway, and the arithmetic of the curve, which starts nothing. Leave out no
# package that uses sync.Map: the linker keeps one copy of its methods, and an
# unwatched one hides the order it makes, so that races are reported where none is.
UNWATCHED := $(foreach p,modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory filippo.io/edwards25519/...,-gcflags='$(p)=-race=false')

# The garbage collector may wait: tests are short, and it costs a tenth of them.
unit:
	GOGC=400 CGO_ENABLED=1 go test -race $(UNWATCHED) -short -timeout 20m $(UNIT)

test: check e2e/node_modules/.package-lock.json ## check, then everything on SQLite and MariaDB, then Chromium
	scripts/packages gcc mariadb chromium fonts poppler
	scripts/with-belenios scripts/with-mariadb go test -count=1 -timeout 25m $(UNIT)
	JUWU_REQUIRE_CHROMIUM=1 scripts/with-mariadb go test -count=1 -timeout 30m ./e2e

bench: build e2e/node_modules/.package-lock.json ## ratios against a bare handler and the raw database
	scripts/packages mariadb chromium fonts
	JUWU_REQUIRE_CHROMIUM=1 scripts/with-belenios scripts/with-mariadb go test -run '^$$' -bench . -benchtime 1s $(UNIT) ./e2e | { grep -Ev '^(ok|PASS|\?|goos|goarch|cpu)' || true; }
	go run ./bench

FUZZ ?= 2m# of each parser; SOAK_ROUNDS: of every test that races
SOAK_ROUNDS ?= 50

soak: generate e2e/node_modules/.package-lock.json ## the long proofs: hundreds of kills, thousands of races, every parser fuzzed, every mutant
	scripts/packages gcc mariadb chromium fonts poppler
	JUWU_SOAK=1 JUWU_REQUIRE_CHROMIUM=1 scripts/with-belenios scripts/with-mariadb \
		go test -count=1 -timeout 10h -tags soak ./...
	CGO_ENABLED=1 scripts/with-mariadb go test -race $(UNWATCHED) -count=$(SOAK_ROUNDS) -timeout 10h \
		-run 'Twice|Once|AtOnce|Together|Processes|Concurrent|Race' $(UNIT)
	scripts/fuzz $(FUZZ)
	go run ./tools/mutants

vuln: generate ## known vulnerabilities, where the database can be reached
	scripts/vuln $(GOVULNCHECK)

mutants: generate ## remove refusals one by one: the tests must go red
	go run ./tools/mutants

clean: ## remove what was generated, keep ./data
	rm -rf bin node_modules e2e/node_modules
	find static/dist -mindepth 1 ! -name .keep -delete 2>/dev/null || true
	find . -name '*_templ.go' -not -path './node_modules/*' -delete
