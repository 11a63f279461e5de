.POSIX:
.SILENT:

SWIFT = swift
PREFIX = /usr/local
FIXTURE = fixtures/ccr-v1/logs fixtures/claude-code/projects
DEMO_DAY = 2026-06-23
# Where the data of the benchmarks is kept, and whether 10 GB and 10 million requests are part of them.
BENCH = .build/bench
LARGE = yes
# How long faults are injected, seconds.
FAULTS = 150
SOURCES = Sources Tests Benchmarks Package.swift

.PHONY: help demo test faults lint format embed schema bench bench-quick bench-programs install clean dependencies

help: ## list the targets
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile | awk -F '\t' '{ printf "make %-13s%s\n", $$1, $$2 }'

demo: dependencies ## build a release and audit the shipped logs with a throw-away ledger
	echo "building a release; the first time takes a few minutes" >&2
	$(SWIFT) build --configuration release --product ccr-audit --quiet
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && \
	audit() { \
	  command=$$1; shift; \
	  env -i PATH="$$PATH" HOME="$$place" TERM="$${TERM:-dumb}" \
	    "$$bin/ccr-audit" $$command --config /dev/null --ledger "$$place/ledger.sqlite" \
	    --history "$$place/history.jsonl" --timezone Asia/Seoul "$$@"; \
	} && \
	bin=$$($(SWIFT) build --configuration release --show-bin-path) && \
	audit run --date $(DEMO_DAY) --router-config fixtures/ccr-v1/configs/config-1-p1-article-config.json $(FIXTURE) && \
	audit report --all

test: dependencies ## run all tests
	echo "building; the first time takes a few minutes" >&2
	$(SWIFT) build --build-tests --quiet
	$(SWIFT) test --skip-build --disable-xctest

faults: dependencies ## break the program at random system calls and see that the next run mends it (FAULTS=SECONDS)
	$(SWIFT) build --product ccr-audit --quiet
	Tests/Faults/campaign.py "$$($(SWIFT) build --show-bin-path)/ccr-audit" $(FAULTS)

lint: ## check the format of the sources
	$(SWIFT) format lint --strict -r $(SOURCES)

format: ## format the sources
	$(SWIFT) format -i -r $(SOURCES)

install: dependencies ## build a release and put it into PREFIX/bin (PREFIX=/usr/local)
	$(SWIFT) build --configuration release --product ccr-audit --quiet $(STATIC)
	mkdir -p "$(DESTDIR)$(PREFIX)/bin"
	bin=$$($(SWIFT) build --configuration release --show-bin-path $(STATIC)) && \
	install -m 0755 "$$bin/ccr-audit" "$(DESTDIR)$(PREFIX)/bin/ccr-audit"

bench: bench-programs ## check and time the program against other programs (LARGE=no without 10 GB, BENCH=FOLDER for data)
	case $(LARGE) in no) flags=--without-large;; *) flags=;; esac && \
	bin=$$($(SWIFT) build --configuration release --show-bin-path) && \
	"$$bin/bench" run --programs "$$bin" --folder "$(BENCH)" $$flags $(BENCH_FLAGS)

bench-quick: bench-programs ## the same with 100 MB; fails when a bar is missed by more than half
	bin=$$($(SWIFT) build --configuration release --show-bin-path) && \
	"$$bin/bench" run --programs "$$bin" --folder "$(BENCH)" --quick $(BENCH_FLAGS)

bench-programs: dependencies
	echo "building a release; the first time takes a few minutes" >&2
	for product in ccr-audit bench bench-empty; do \
	  $(SWIFT) build --configuration release --product $$product --quiet || exit; \
	done

embed: ## copy the pricing table into the program
	Sources/Pricing/embed.sh

schema: ## write docs/schema from the program
	for file in pricing config; do $(SWIFT) run --quiet ccr-audit schema $$file >docs/schema/$$file.schema.json; done

clean: ## remove what was built
	rm -rf .build

# The libraries that a bare system may lack: the headers and link names of SQLite and zlib. macOS has both.
dependencies:
	if ! command -v $(SWIFT) >/dev/null; then \
	  echo "error: Swift 6.3 is missing; see https://www.swift.org/install" >&2; exit 2; \
	fi
	for pair in sqlite3.h:libsqlite3-dev zlib.h:zlib1g-dev; do \
	  header=$${pair%%:*}; package=$${pair#*:}; \
	  if [ "$$(uname -s)" != Linux ] || printf '#include <%s>\n' $$header | cc -E - >/dev/null 2>&1 \
	    || printf '#include <%s>\n' $$header | clang -E - >/dev/null 2>&1; then \
	    continue; \
	  fi; \
	  if ! command -v apt-get >/dev/null; then \
	    echo "error: $$header is missing; install its development package" >&2; exit 2; \
	  fi; \
	  echo "installing $$package" >&2; \
	  if [ "$$(id -u)" -eq 0 ]; then root=; else root=sudo; fi; \
	  $$root apt-get update -qq >&2 && \
	  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$package >&2 || exit 2; \
	done
