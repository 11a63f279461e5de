#!/bin/sh
# Packs a built ccr-audit as an archive and, where dpkg-deb is, as a Debian package: dist.sh PROGRAM FOLDER
set -eu
umask 022
program=$1 folder=$2 here=$(dirname "$0")
version=$("$program" --version)
system=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
mkdir -p "$folder"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

"$here/completions.sh" "$program" "$stage/texts"

# The root of the package as it is installed.
tree() {
  root=$1 prefix=$2
  install -d "$root$prefix/bin" "$root$prefix/share/man/man1" "$root$prefix/share/ccr-audit" \
    "$root$prefix/share/bash-completion/completions" "$root$prefix/share/zsh/vendor-completions" \
    "$root$prefix/share/fish/vendor_completions.d"
  install -m 0755 "$program" "$root$prefix/bin/ccr-audit"
  strip "$root$prefix/bin/ccr-audit"
  install -m 0644 "$stage/texts/completions/ccr-audit.bash" "$root$prefix/share/bash-completion/completions/ccr-audit"
  install -m 0644 "$stage/texts/completions/_ccr-audit" "$root$prefix/share/zsh/vendor-completions/_ccr-audit"
  install -m 0644 "$stage/texts/completions/ccr-audit.fish" "$root$prefix/share/fish/vendor_completions.d/ccr-audit.fish"
  install -m 0644 "$stage"/texts/man/*.1 "$root$prefix/share/man/man1"
  gzip -9n "$root$prefix"/share/man/man1/*.1
  cp -R "$here/../pricing" "$here/../systemd" "$here/../launchd" "$root$prefix/share/ccr-audit/"
  rm -rf "$root$prefix/share/ccr-audit/pricing/tools"
  "$here/pages.sh" "$root$prefix/share/doc/ccr-audit"
  rm -r "$root$prefix/share/doc/ccr-audit/pricing"
  ln -s ../../ccr-audit/pricing "$root$prefix/share/doc/ccr-audit/pricing"
  find "$root$prefix/share/ccr-audit" -type d -exec chmod 0755 {} + -o -type f -exec chmod 0644 {} +
}

name=ccr-audit-$version-$system
tree "$stage/$name" ""
cp "$here/../LICENSE" "$stage/$name/"
tar -C "$stage" -cf - "$name" | xz -T0 >"$folder/$name.tar.xz"
echo "$folder/$name.tar.xz"

if command -v dpkg-deb >/dev/null; then
  architecture=$(dpkg --print-architecture)
  debian=$stage/debian
  tree "$debian" /usr
  {
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo
    echo "Files: *"
    sed -n 's/^Copyright (c) /Copyright: /p' "$here/../LICENSE"
    echo "License: Expat"
    sed '1,/^Copyright/d; s/^$/./; s/^/ /' "$here/../LICENSE" | sed '1{/^ \.$/d}'
  } >"$debian/usr/share/doc/ccr-audit/copyright"
  {
    echo "ccr-audit ($version) unstable; urgency=medium"
    echo
    echo "  * Release $version."
    echo
    echo " -- ccr-audit <ccr-audit@users.noreply.github.com>  $(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")"
  } | gzip -9n >"$debian/usr/share/doc/ccr-audit/changelog.gz"
  chmod 0644 "$debian"/usr/share/doc/ccr-audit/copyright "$debian"/usr/share/doc/ccr-audit/changelog.gz
  # Yams, the YAML reader, brings libyaml's source with it and knows no other.
  install -d "$debian/usr/share/lintian/overrides"
  echo "ccr-audit: embedded-library libyaml [usr/bin/ccr-audit]" >"$debian/usr/share/lintian/overrides/ccr-audit"
  install -d "$debian/DEBIAN"
  cat >"$debian/DEBIAN/control" <<CONTROL
Package: ccr-audit
Version: $version
Architecture: $architecture
Maintainer: ccr-audit <ccr-audit@users.noreply.github.com>
Section: utils
Priority: optional
Depends: libc6 (>= 2.35), libsqlite3-0, libstdc++6, zlib1g, tzdata
Recommends: libcurl4t64 | libcurl4, ca-certificates
Installed-Size: $(du -sk --exclude=DEBIAN "$debian" | cut -f 1)
Description: audit of what routed language models cost
 Measures whether each model that a router sends work to is cheaper than
 Claude Sonnet would have been: reads the logs of claude-code-router and
 others, prices them, and compares.
CONTROL
  package=$folder/ccr-audit_${version}_$architecture.deb
  dpkg-deb --root-owner-group -Zxz --build "$debian" "$package" >/dev/null
  echo "$package"
fi
