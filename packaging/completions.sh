#!/bin/sh
# Writes completions and man pages of a built ccr-audit into a folder: completions.sh PROGRAM FOLDER
set -eu
program=$1 folder=$2
mkdir -p "$folder/completions" "$folder/man"
"$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$folder/completions/ccr-audit.bash"
"$program" --generate-completion-script zsh >"$folder/completions/_ccr-audit"
"$program" --generate-completion-script fish >"$folder/completions/ccr-audit.fish"
"$program" --experimental-dump-help | python3 "$(dirname "$0")/manual.py" "$folder/man" "${SOURCE_DATE_EPOCH:-}"
