#!/bin/sh
# Removes what install.sh put below a folder: uninstall.sh FOLDER
set -eu
root=$1 doc=share/doc/ccr-audit
made=$(cat "$root/$doc/.folders" 2>/dev/null || true)
rm -f "$root/bin/ccr-audit" "$root"/share/man/man1/ccr-audit.1 "$root"/share/man/man1/ccr-audit-*.1 \
  "$root/share/bash-completion/completions/ccr-audit" "$root/share/zsh/site-functions/_ccr-audit" \
  "$root/share/fish/vendor_completions.d/ccr-audit.fish"
rm -rf "${root:?}/$doc"
for folder in $made; do
  # What others keep there stays.
  rmdir "$root/${folder#.}" 2>/dev/null || true
done
