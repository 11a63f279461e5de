.POSIX:
.SILENT:

SWIFT = swift
PREFIX = /usr/local
FIXTURE = fixtures/ccr-v1/logs fixtures/claude-code/projects
DEMO_DAY = 2026-06-23
# Where the data of the benchmarks is kept, and whether 10 GB and 10 million requests are part of them.
BENCH = .build/bench
LARGE = yes
# A release needs no Swift where it runs: on Linux Swift's libraries are within.
BUILD = $(SWIFT) build --configuration release $$([ "$$(uname -s)" != Linux ] || echo --static-swift-stdlib)
# How long each reader is fed hostile bytes.
SECONDS = 10
# How `make prices` shows what changes: table or markdown.
FORMAT = table
# How long faults are injected, seconds.
FAULTS = 150
# How long wrong values are put into a ledger, seconds.
VALUES = 60
SOURCES = Sources Tests Benchmarks Package.swift

.PHONY: help demo test fuzz libfuzzer faults values fleet names page formats lint format prices schema bench bench-quick bench-fleet bench-programs install uninstall dist program \
  clean dependencies

help: ## list the targets
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile | awk -F '\t' '{ printf "make %-13s%s\n", $$1, $$2 }'

demo: program ## build a release and audit the shipped logs with a throw-away ledger
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && \
	audit() { \
	  command=$$1; shift; \
	  env -i PATH="$$PATH" HOME="$$place" TERM="$${TERM:-dumb}" CCR_AUDIT_CONFIG=fixtures/demo.yaml \
	    CCR_AUDIT_LEDGER="$$place/ledger.sqlite" CCR_AUDIT_HISTORY="$$place/history.jsonl" \
	    "$$bin/ccr-audit" $$command --timezone Asia/Seoul "$$@"; \
	} && \
	bin=$$($(BUILD) --show-bin-path) && \
	audit run --date $(DEMO_DAY) --router-config fixtures/ccr-v1/configs/config-1-p1-article-config.json $(FIXTURE) && \
	audit report --all

test: dependencies ## run all tests
	echo "building; the first time takes a few minutes" >&2
	$(SWIFT) build --build-tests --quiet
	if command -v python3 >/dev/null; then summary=.ci/summary; else summary=; fi; \
	$$summary $(SWIFT) test --skip-build --disable-xctest $(TEST_FLAGS)

fuzz: ## feed hostile bytes to every reader of records and files, for SECONDS each (SECONDS=10)
	$(SWIFT) build --build-tests --quiet
	FUZZ_SECONDS=$(SECONDS) $(SWIFT) test --skip-build --disable-xctest --filter Hostile

libfuzzer: dependencies ## let libFuzzer and AddressSanitizer look for bytes that stop a reader of logs (SECONDS=10 each)
	Tests/Fuzz/run "$(SWIFT)" $(SECONDS)

faults: dependencies ## break the program at system calls and see that the next run mends it (FAULTS=SECONDS)
	$(SWIFT) build --product ccr-audit --quiet
	program="$$($(SWIFT) build --show-bin-path)/ccr-audit" && \
	Tests/Faults/powercut.py "$$program" && Tests/Faults/campaign.py "$$program" $(FAULTS)

values: program ## put wrong values into every column of a ledger, one at a time, and run the commands (VALUES=SECONDS, 0: all)
	Tests/Faults/columns.py "$$($(BUILD) --show-bin-path)/ccr-audit" $(VALUES)

names: dependencies ## feed names that try to act, and read every output with parsers of others (from PyPI)
	$(SWIFT) build --product ccr-audit --quiet
	Tests/Names/check.py "$$($(SWIFT) build --show-bin-path)/ccr-audit"

page: dependencies ## look at pages in Chromium (Debian: chromium; axe-core comes from PyPI; PAGES=FOLDER keeps pictures)
	$(SWIFT) build --build-tests --quiet
	Tests/Browser/run "$(SWIFT)" "$$($(SWIFT) build --show-bin-path)" $(PAGES)

formats: dependencies ## check metrics (promtool; Debian: prometheus), FOCUS (Python 3.12, PyPI) and OpenTelemetry (PyPI)
	$(SWIFT) build --product ccr-audit --quiet
	program="$$($(SWIFT) build --show-bin-path)/ccr-audit" && status=0 && \
	for format in Metrics OTel Focus; do Tests/$$format/check "$$program" || status=$$?; done && exit $$status

lint: ## check the format of the sources
	$(SWIFT) format lint --strict -r $(SOURCES)

format: ## format the sources
	$(SWIFT) format -i -r $(SOURCES)

install: program ## build a release of one file and install it, with man pages, completions and pages (PREFIX=/usr/local)
	packaging/install.sh "$$($(BUILD) --show-bin-path)/ccr-audit" "$(DESTDIR)$(PREFIX)"

uninstall: ## remove what `make install` installed; ledger, history and configuration stay
	packaging/uninstall.sh "$(DESTDIR)$(PREFIX)"

dist: program ## pack a release: dist/*.tar.xz, and dist/*.deb where dpkg-deb is
	rm -rf dist && packaging/dist.sh "$$($(BUILD) --show-bin-path)/ccr-audit" dist

program: dependencies
	echo "building a release; the first time takes a few minutes" >&2
	$(BUILD) --product ccr-audit --quiet

bench: bench-programs ## check and time the program against other programs (LARGE=no without 10 GB, BENCH=FOLDER for data)
	case $(LARGE) in no) flags=--without-large;; *) flags=;; esac && \
	bin=$$($(BUILD) --show-bin-path) && \
	"$$bin/bench" run --programs "$$bin" --folder "$(BENCH)" $$flags $(BENCH_FLAGS)

bench-quick: bench-programs ## the same with 100 MB; fails when a bar is missed by more than half
	bin=$$($(BUILD) --show-bin-path) && \
	"$$bin/bench" run --programs "$$bin" --folder "$(BENCH)" --quick $(BENCH_FLAGS)

bench-fleet: program ## time a push of a million requests and reports of 50 million rows on three ClickHouse servers
	Tests/Fleet/bench.py "$$($(BUILD) --show-bin-path)/ccr-audit" $(BENCH_FLAGS)

fleet: ## push from many machines to real ClickHouse servers, break things, and hold reports against the ledgers
	$(SWIFT) build --product ccr-audit --quiet
	Tests/Fleet/run.py .build/debug/ccr-audit $(FLEET_FLAGS)

bench-programs: program
	for product in bench bench-empty; do $(BUILD) --product $$product --quiet || exit; done

prices: dependencies ## renew pricing/ from the newest packages of price lists and show what changes (FORMAT=table)
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && \
	python3 -m pip download --quiet --no-deps --dest "$$place" litellm genai-prices rates model-prices && \
	for name in litellm genai_prices rates model_prices; do python3 -m zipfile -e "$$place"/$$name-*.whl "$$place/$$name" || exit; done && \
	version() { basename "$$place"/$$1-*.whl | cut -d- -f2; } && \
	cp -R pricing "$$place/before" && \
	python3 -B pricing/tools/catalogue.py pricing \
	  --litellm "$$place/litellm/litellm/model_prices_and_context_window_backup.json" "$$(version litellm)" \
	  --genai-prices "$$place/genai_prices" "$$(version genai_prices)" \
	  --rates "$$place/rates/rates/ai/ledger-ai.json.gz" "$$(version rates)" \
	  --model-prices "$$place/model_prices/model_prices/snapshot.json" "$$(version model_prices)" && \
	$(SWIFT) build --quiet --product ccr-audit >&2 && \
	"$$($(SWIFT) build --show-bin-path)/ccr-audit" pricing diff "$$place/before" pricing --format $(FORMAT)

schema: ## write docs/schema from the program
	for file in pricing config report history check; do $(SWIFT) run --quiet ccr-audit schema $$file >docs/schema/$$file.schema.json; done

clean: ## remove what was built
	rm -rf .build dist

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
