#!/bin/sh
# Installs a built ccr-audit below a folder: install.sh PROGRAM FOLDER
set -eu
umask 022
program=$1 root=$2 here=$(dirname "$0")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# Folders that were not there before go with the program.
doc=share/doc/ccr-audit
made=
for folder in . bin share share/man share/man/man1 share/bash-completion share/bash-completion/completions share/zsh \
  share/zsh/site-functions share/fish share/fish/vendor_completions.d share/doc; do
  [ -d "$root/$folder" ] || { made="$folder $made"; mkdir -p "$root/$folder"; }
done
made="$made$(cat "$root/$doc/.folders" 2>/dev/null || true)"
rm -rf "${root:?}/$doc"
"$here/pages.sh" "$root/$doc"
echo "$made" >"$root/$doc/.folders"

install -m 0755 "$program" "$root/bin/ccr-audit"
strip "$root/bin/ccr-audit"
if command -v python3 >/dev/null; then
  "$here/completions.sh" "$program" "$place"
  install -m 0644 "$place"/man/*.1 "$root/share/man/man1"
  install -m 0644 "$place/completions/ccr-audit.bash" "$root/share/bash-completion/completions/ccr-audit"
  install -m 0644 "$place/completions/_ccr-audit" "$root/share/zsh/site-functions/_ccr-audit"
  install -m 0644 "$place/completions/ccr-audit.fish" "$root/share/fish/vendor_completions.d/ccr-audit.fish"
else
  echo "python3 is missing: no man pages and completions" >&2
fi
