#!/bin/sh
# Prints the Homebrew formula of a release: formula.sh VERSION REPOSITORY_URL SHA256SUMS
set -eu
version=$1 repository=$2 sums=$3
sum() {
  found=$(sed -n "s/^\([0-9a-f]\{64\}\)  ccr-audit-$version-$1\.tar\.xz\$/\1/p" "$sums")
  if [ -z "$found" ]; then echo "error: $sums has no ccr-audit-$version-$1.tar.xz" >&2; exit 2; fi
  echo "$found"
}
macos=$(sum darwin-arm64) intel=$(sum linux-x86_64) arm=$(sum linux-aarch64)
cat <<FORMULA
class CcrAudit < Formula
  desc "Measures whether routed models are cheaper than Claude Sonnet"
  homepage "$repository"
  version "$version"
  license "MIT"

  on_macos do
    url "$repository/releases/download/v$version/ccr-audit-$version-darwin-arm64.tar.xz"
    sha256 "$macos"
    depends_on arch: :arm64
  end
  on_linux do
    on_intel do
      url "$repository/releases/download/v$version/ccr-audit-$version-linux-x86_64.tar.xz"
      sha256 "$intel"
    end
    on_arm do
      url "$repository/releases/download/v$version/ccr-audit-$version-linux-aarch64.tar.xz"
      sha256 "$arm"
    end
  end

  def install
    bin.install "bin/ccr-audit"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/ccr-audit"
    zsh_completion.install "share/zsh/vendor-completions/_ccr-audit"
    fish_completion.install "share/fish/vendor_completions.d/ccr-audit.fish"
    pkgshare.install "share/ccr-audit/pricing"
    doc.install Dir["share/doc/ccr-audit/*"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/ccr-audit --version")
  end
end
FORMULA
