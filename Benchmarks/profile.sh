#!/usr/bin/env bash
# Where the time of each bar's command goes: the functions with the largest costs, callees counted in. Uses the data that
# `make bench` left behind. Usage: [PROFILER=perf|callgrind] Benchmarks/profile.sh [FOLDER [FUNCTIONS]]
# perf sees the kernel, but loses who called SQLite; callgrind sees all callers, but no kernel, and takes 50 times as long.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(cd "${1:-.build/bench}" && pwd)
functions=${2:-40}

swift build --configuration release --product ccr-audit --quiet
bin=$(swift build --configuration release --show-bin-path)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
profiler=${PROFILER:-$(command -v perf >/dev/null && echo perf || echo callgrind)}
# callgrind 3.19 stumbles over Swift's debugging information. The names of functions stay.
if [ "$profiler" = callgrind ]; then strip --strip-debug -o "$place/ccr-audit" "$bin/ccr-audit"; fi

words() { echo --config /dev/null --ledger "$place/$1/ledger.sqlite" --history "$place/history.jsonl" --timezone UTC; }
priced() { echo --pricing "$data/pricing" --baseline bench-base/base; }
audit() { env -i HOME="$place" "$bin/ccr-audit" "$@"; }

profile() {
  local title=$1
  shift
  printf '\n== %s\n' "$title"
  if [ "$profiler" = perf ]; then
    env -i HOME="$place" perf record --quiet --call-graph fp --freq 4000 --output "$place/perf" "$bin/ccr-audit" "$@" \
      >/dev/null
    perf report --input "$place/perf" --stdio --children --call-graph none --sort symbol 2>/dev/null
  else
    env -i HOME="$place" valgrind --tool=callgrind --callgrind-out-file="$place/callgrind" "$place/ccr-audit" "$@" \
      >/dev/null 2>&1
    callgrind_annotate --inclusive=yes --show-percs=yes "$place/callgrind"
  fi | swift demangle --simplified >"$place/costs"
  grep -E '^ *[0-9].*%' "$place/costs" | cut -c 1-170 | sed -n "1,${functions}p"
}

# The largest file or folder of a kind.
largest() { find "$data" -maxdepth 1 -name "$1" ! -name '*.json' | sort -t - -k "${2:-2},${2:-2}n" | tail -n 1; }

for shape in plain quotes tools; do
  # shellcheck disable=SC2046
  profile "ingest, $shape" ingest "$(largest "$shape-1*-0.log")" $(words "$shape") --quiet
  rm -rf "${place:?}/$shape"
done
tree=$(largest 'transcripts-260*')
# shellcheck disable=SC2046
profile 'ingest, transcripts' ingest "$tree" $(words tree) --quiet
many=$(largest 'transcripts-10000-*')
# shellcheck disable=SC2046
audit ingest "$many" $(words many) --quiet
# shellcheck disable=SC2046
profile 'ingest again, unchanged files' ingest "$many" $(words many) --quiet
requests=$(largest 'requests-*.log')
# shellcheck disable=SC2046
profile "ingest, $(basename "$requests")" ingest "$requests" $(words requests) --quiet
# shellcheck disable=SC2046
profile 'report of 30 days' report --since 2026-03-10 --until 2026-04-08 $(priced) $(words requests)
# shellcheck disable=SC2046
profile 'report --all --by model' report --all --by model $(priced) $(words requests)
profile 'start' --version
