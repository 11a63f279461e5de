#!/usr/bin/env bash
# Times ingest of generated logs against `wc -l` on the same file in the same run, after checking that the ledger holds
# exactly what the generator counted. Usage: Benchmarks/run.sh [BYTES]
set -euo pipefail
cd "$(dirname "$0")/.."
size=${1:-1000000000}
runs=5

swift build --configuration release --quiet
bin=$(swift build --configuration release --show-bin-path)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

audit() { env -i HOME="$place" CCR_AUDIT_LEDGER="$place/state/ledger.sqlite" "$bin/ccr-audit" "$@"; }
ingest() { rm -rf "$place/state"; audit ingest --quiet "$1"; }

# The median of the wall seconds of some runs, after one that warms the cache.
median() {
  "$@" >/dev/null
  local times=()
  for _ in $(seq "$runs"); do
    times+=("$({ TIMEFORMAT=%R; time "$@" >/dev/null; } 2>&1)")
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n "$((runs / 2 + 1))p"
}

check() {
  local found
  found=$(audit report --all --format csv |
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
      { print $at["model"] "," $at["requests"] "," $at["measured"] "," ($at["measured"] ? $at["input"] : 0) "," \
        ($at["measured"] ? $at["cache_read"] : 0) "," ($at["measured"] ? $at["output"] : 0) }' | sort)
  if [ "$found" != "$(sort "$1")" ]; then
    printf 'wrong result\nexpected\n%s\nfound\n%s\n' "$(cat "$1")" "$found" >&2
    exit 1
  fi
}

echo "$(uname -srm), $(getconf _NPROCESSORS_ONLN) cores, $(swift --version 2>&1 | head -n 1), $size bytes a log"
printf '%-8s %12s %12s %8s %10s\n' shape 'ingest s' 'wc -l s' ratio 'GB/s'
for shape in plain quotes tools; do
  "$bin/bench-data" "$size" "$shape" > "$place/log" 2> "$place/truth"
  ingest "$place/log"
  check "$place/truth"
  mine=$(median ingest "$place/log")
  theirs=$(median wc -l "$place/log")
  awk -v shape="$shape" -v a="$mine" -v b="$theirs" -v size="$size" \
    'BEGIN { printf "%-8s %12.3f %12.3f %8.2f %10.2f\n", shape, a, b, a / b, size / a / 1e9 }'
done
